/** How a node of a report was made, with links to what it was made of. */
import type { ReportNode, ReportState } from '../../audit/report/run-nodes.ts';
import type { Edge } from '../../audit/view/run-graph.ts';
import { formatBytes, formatSeconds } from '../../ui/text/format.ts';
import type { Anchors } from './anchors.ts';
import { type Html, markup } from './html.ts';
import { digestWord, numberWord, outcomeChip, timeWord } from './words.ts';

const MOST_METRICS = 12;
/** A slot with more inputs than this lists them by number. */
const MOST_NAMED = 8;

/**
 * Links that a page may have to the inputs of its nodes: with thousands of nodes that each take thousands, nobody
 * follows them.
 */
export class LinkBudget {
  #left: number;

  constructor(links = 30_000) {
    this.#left = links;
  }

  /** How many of so many links may be written. */
  take(wanted: number): number {
    const given = Math.min(wanted, this.#left);
    this.#left -= given;
    return given;
  }
}

export interface EntryContext {
  readonly anchors: Anchors;
  readonly budget: LinkBudget;
  /** Parameters that all nodes of the stage have alike are told with the stage: names of the others. */
  readonly ownParams: ReadonlySet<string> | undefined;
}

/**
 * A node that can be expanded; one of several of a stage. Its anchor is within it, so that a link opens it, with script
 * and without.
 */
export function nodeEntry(node: ReportNode, id: string, context: EntryContext): Html {
  const { outcome, made } = node;
  return markup`<details class="node"><summary>${outcome === null ? '' : markup`${outcomeChip(outcome)} `}<span class="name">${node.node}</span>${made === null ? '' : markup` <span class="seconds">${formatSeconds(made.seconds)}</span>`}</summary>${nodeBody(node, id, context)}</details>\n`;
}

/** The same without a name: of the only node of a stage. */
export function nodeBody({ outcome, reason, made, inputs }: ReportNode, id: string, context: EntryContext): Html {
  return markup`<dl id="${id}">${reason === null ? '' : markup`<dt>${outcome === 'skipped' ? 'skipped for' : 'reason'}<dd>${reason}`}${made === null ? markup`<dt>state<dd>none: it ${outcome === 'skipped' ? 'was skipped' : 'failed'}, so the record does not say what it took` : stateRows(made, context)}${inputRows(inputs, context)}${made === null ? '' : outputRows(made)}</dl>`;
}

function stateRows(made: ReportState, { ownParams }: EntryContext): Html {
  const params = made.params.filter(({ name }) => ownParams === undefined || ownParams.has(name));
  return markup`<dt>state<dd>${digestWord(made.state)} made by run ${made.run} on ${made.worker}, ${timeWord(made.startedAt)}, ${formatSeconds(made.seconds)}${made.compute === null ? '' : `, ${made.compute}`}${made.seed === null ? '' : `; seed ${made.seed}`}${params.length === 0 ? '' : markup`<dt>parameters<dd>${params.map(({ name, value }) => markup`<code>${name} = ${value}</code> `)}`}${made.verified === null ? '' : markup`<dt>verified<dd>${made.verified.verdict}, ${timeWord(made.verified.at)}`}`;
}

function inputRows(inputs: readonly Edge[], context: EntryContext): readonly Html[] {
  const slots = new Map<string, Edge[]>();
  for (const input of inputs) slots.set(input.slot, [...(slots.get(input.slot) ?? []), input]);
  return [...slots].map(([slot, edges]) => markup`<dt>in: ${slot}<dd>${sourcesHtml(edges, context)}`);
}

function sourcesHtml(edges: readonly Edge[], { anchors, budget }: EntryContext): Html {
  const shown = budget.take(edges.length);
  const rest = edges.length - shown === 0 ? '' : ` and ${edges.length - shown} more, which "restage how" lists`;
  if (edges.length <= MOST_NAMED)
    return markup`${edges.slice(0, shown).map((edge, n) => markup`${n > 0 ? ', ' : ''}${sourceHtml(edge, anchors)} ${digestWord(edge.digest)}`)}${rest}`;
  const first = edges[0]!.from;
  const name = first.kind === 'file' ? 'files' : first.node.split('@', 1)[0]!;
  return markup`${edges.length} from ${name}: ${edges.slice(0, shown).map((edge, n) => {
    const id = anchorOf(edge, anchors);
    return id === undefined ? markup`${n} ` : markup`<a href="#${id}">${n}</a> `;
  })}${rest}`;
}

function anchorOf({ from }: Edge, anchors: Anchors): string | undefined {
  switch (from.kind) {
    case 'node':
      return anchors.node(from.node);
    case 'state':
      return anchors.state(from.state);
    case 'file':
      return undefined;
  }
}

function sourceHtml({ from }: Edge, anchors: Anchors): Html {
  switch (from.kind) {
    case 'node':
      return markup`${anchors.named(from.node)}.${from.output}`;
    case 'state':
      return markup`${anchors.namedState(from.state, from.node)}.${from.output}`;
    case 'file':
      return markup`file ${from.path}`;
  }
}

function outputRows({ outputs, metrics }: ReportState): Html {
  const shown = metrics.slice(0, MOST_METRICS);
  const rest = metrics.length - shown.length;
  return markup`${outputs.map(({ name, kind, digest, bytes }) => markup`<dt>out: ${name}<dd>${kind}, ${formatBytes(bytes)} ${digestWord(digest)}`)}${shown.length === 0 ? '' : markup`<dt>metrics<dd>${shown.map(({ name, value }) => markup`<span class="metric">${name} ${numberWord(value)}</span> `)}${rest > 0 ? `and ${rest} more` : ''}`}`;
}
