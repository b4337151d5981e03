/** The latest happenings, the newest last: ended nodes, failures, notices, and the lines that stages log. */
import { cutNode, fit, plainLine } from '../text/cells.ts';
import { formatSeconds } from '../text/format.ts';
import { failurePlace } from '../model/failure-place.ts';
import type { NodePlace } from '../model/experiment-view.ts';
import { cutPlace, nodePlace } from '../model/node-words.ts';
import type { FeedLine, RunModel } from '../model/run-model.ts';
import { cutLine, type Line, lineWidth, span, type Tone } from '../text/view-line.ts';

const TONES: Readonly<Record<FeedLine['kind'], Tone>> = {
  log: 'plain',
  waiting: 'warn',
  ran: 'good',
  retry: 'warn',
  failed: 'bad',
  notice: 'warn',
};
const WORDS: Readonly<Record<FeedLine['kind'], string>> = {
  log: '',
  waiting: 'waiting',
  ran: 'ran',
  retry: 'retry',
  failed: 'failed',
  notice: 'note',
};
const WORD = 9;
const MOST_NODE = 28;
const MOST_PLACE = 22;

/** From so many lines on, the latest failure may take two. */
const ROOMY = 4;

/** At most `rows` lines. The latest failure stays in sight. Paths are relative to `directory`. */
export function feedLines(model: RunModel, rows: number, width: number, directory: string): readonly Line[] {
  if (rows <= 0) return [];
  const latest = model.feed.slice(-rows);
  const failed = model.feed.findLast(({ kind }) => kind === 'failed');
  const shown = failed === undefined || latest.includes(failed) || rows < 2 ? latest : [failed, ...latest.slice(1)];
  const places = shown.flatMap(({ node }) => (node === null ? [] : [nodePlace(model, node)]));
  const widths = {
    name: Math.min(
      MOST_NODE,
      places.reduce((most, { name }) => Math.max(most, name.length), 0),
    ),
    where: Math.min(
      MOST_PLACE,
      places.reduce((most, { where }) => Math.max(most, where.length), 0),
    ),
  };
  const entries = shown.map((line) => {
    const whole = feedLine(model, line, widths, directory);
    const isLong = line === failed && rows >= ROOMY && lineWidth(whole) > width;
    return { line, lines: isLong ? inTwo(whole, width) : [cutLine(whole, width)] };
  });
  while (entries.length > 1 && entries.reduce((sum, { lines }) => sum + lines.length, 0) > rows)
    entries.splice(entries[0]!.line === failed ? 1 : 0, 1);
  return entries.flatMap(({ lines }) => lines);
}

/** Not cut yet: the last part is what was said. */
function feedLine(
  model: RunModel,
  { kind, node, text, failure }: FeedLine,
  widths: { readonly name: number; readonly where: number },
  directory: string,
): Line {
  const said = kind === 'ran' ? ranText(model, node) : plainLine(text);
  // Before the message, which may be cut: the place is what the reader opens next.
  const place = failure === null ? null : failurePlace(failure, directory);
  return [
    span(fit(WORDS[kind], WORD), TONES[kind]),
    ...(node === null ? [] : nodeSpans(nodePlace(model, node), widths)),
    ...(place === null ? [] : [span(`${place}  `, 'strong')]),
    span(said, kind === 'log' || kind === 'ran' ? 'plain' : TONES[kind]),
  ];
}

function nodeSpans({ name, where }: NodePlace, widths: { readonly name: number; readonly where: number }): Line {
  const place = widths.where === 0 ? '' : `${fit(cutPlace(where, widths.where), widths.where)}  `;
  return [span(`${fit(cutNode(name, widths.name), widths.name)}  ${place}`, 'faint')];
}

function inTwo(line: Line, width: number): readonly Line[] {
  return [cutLine(line.slice(0, -1), width), cutLine([span(' '.repeat(WORD)), ...line.slice(-1)], width)];
}

function ranText(model: RunModel, node: string | null): string {
  const view = node === null ? undefined : model.node(node);
  const took = view?.seconds ?? null;
  const peak = view?.peakMiB ?? null;
  return took === null ? '' : `in ${formatSeconds(took)}${peak === null ? '' : `, peak ${Math.round(peak)} MiB`}`;
}
