/** A picture as DOT, the language of Graphviz. */
import { FAINT, FILLS, LINE } from './palette.ts';
import type { Arrow, Box, Picture } from './picture.ts';

export function toDot({ title, boxes, arrows, direction = 'down' }: Picture): string {
  return [
    `digraph ${quote(title)} {`,
    `  graph [${RANKS[direction]}, pad=0.2, fontname="Helvetica", fontsize=11, labelloc=t]`,
    `  label=${quote(caption(title, boxes))}`,
    `  node [shape=box, style="rounded,filled", fillcolor="${FILLS.unknown}", color="${LINE}", fontname="Helvetica", fontsize=12, margin="0.22,0.08"]`,
    `  edge [color="${LINE}", fontcolor="${FAINT}", fontname="Helvetica", fontsize=9, arrowsize=0.7]`,
    ...boxes.map((box) => `  ${boxStatement(box)}`),
    ...arrows.map((arrow) => `  ${arrowStatement(arrow)}`),
    '}',
    '',
  ].join('\n');
}

const RANKS = {
  down: 'rankdir=TB, nodesep=0.3, ranksep=0.4',
  right: 'rankdir=LR, nodesep=0.15, ranksep=0.6',
} as const;

function boxStatement({ id, kind, label, detail, status }: Box): string {
  const attributes = [`label=${quote(detail === '' ? label : `${label}\n${detail}`)}`, ...SHAPES[kind]];
  if (status !== null) attributes.push(`fillcolor="${FILLS[status]}"`);
  const longest = Math.max(...`${label}\n${detail}`.split('\n').map((line) => line.length));
  if (kind === 'stage' && longest > LONG) attributes.push(`margin="${(0.22 + 0.007 * longest).toFixed(2)},0.08"`);
  return `${id} [${attributes.join(', ')}]`;
}

/** A longer line needs more room beside it, where the viewer's font is wider than Graphviz thinks. */
const LONG = 24;

const SHAPES: Readonly<Record<Box['kind'], readonly string[]>> = {
  stage: [],
  observation: ['style="rounded,filled,dashed"'],
  file: ['shape=note', 'style=filled', 'fillcolor=white', 'fontsize=10'],
  result: ['shape=plain', 'style=""', 'fontname="Helvetica-Bold"'],
};

/** Blanks around a label keep it off the line where the viewer's font is wider than Graphviz thinks. */
function arrowStatement({ from, to, labels }: Arrow): string {
  return `${from} -> ${to} [label=${quote(labels.map((label) => `  ${label}  `).join('\n'))}]`;
}

/** The title, and what the colours mean if there are any. */
function caption(title: string, boxes: readonly Box[]): string {
  const present = new Set(boxes.flatMap(({ status }) => (status === null ? [] : [status])));
  if (present.size === 0) return `${title}\n `;
  const isPast = PAST.some((status) => present.has(status));
  return `${title}\n${isPast ? LEGEND_OF_PAST : LEGEND}\n `;
}

const PAST = ['cut-off', 'ran', 'failed', 'skipped'] as const;
const LEGEND = 'green: up to date, orange: to run\nyellow: pending, blue: some of each';
const LEGEND_OF_PAST = 'green: up to date or unchanged, orange: ran\nred: failed, grey: skipped, blue: some of each';

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
