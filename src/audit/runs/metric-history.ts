/** How metrics went, step by step: a series for each metric of each state that nodes of runs came to. */
import type { CacheKey } from '../../core/identity/digest.ts';
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { UsageError } from '../../errors.ts';
import type { Readers } from '../../store/query/readers.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import type { NodeState } from '../../store/query/visits.ts';
import { endsWith } from './run-value.ts';
import { groupOf } from './run-values.ts';

export interface MetricPoint {
  /** As the stage gave it; null if it gave none. */
  readonly step: number | null;
  /** NaN and infinities included. */
  readonly value: number;
}

export interface MetricHistory {
  readonly node: string;
  readonly metric: string;
  /** The runs in which the node came to this state, of those that were asked for. */
  readonly runs: readonly number[];
  readonly state: CacheKey;
  /** In the order in which they were recorded; one at least. */
  readonly points: readonly MetricPoint[];
}

export interface MetricQuestion {
  /**
   * Metrics by name or the last part of it: `loss` of any node, or `fit.loss` of the nodes called fit; default: all.
   */
  readonly names?: readonly string[] | undefined;
  /** Nodes, by their names without (`fit`) or with the key of an instance (`fit@fold=3`); default: all. */
  readonly nodes?: readonly string[] | undefined;
}

/**
 * In the order of the runs, and of the nodes in the record.
 * @throws UsageError for a name that nothing in these runs has
 */
export function metricHistories(
  query: Readers,
  runs: readonly RunRecord[],
  { names = [], nodes = [] }: MetricQuestion = {},
): readonly MetricHistory[] {
  const states = statesOf(query, runs);
  const known = new Set(states.flatMap(({ node }) => [node, groupOf(node)]));
  for (const node of nodes)
    if (!known.has(node))
      throw new UsageError(
        `No node of ${runWords(runs)} that has a state is called ${node}${didYouMean(node, known)}; "restage log ${runs[0]?.id ?? ''}" lists the nodes.`,
      );
  const wanted = states.filter(
    ({ node }) => nodes.length === 0 || nodes.some((each) => each === node || each === groupOf(node)),
  );
  if (names.length === 0) return read(query, wanted);
  const recorded = namesOf(query, wanted);
  const missing = names.find((name) => !recorded.some((each) => isCalled(each, name)));
  if (missing !== undefined) throw noMetric(runs, missing, recorded);
  const meant = recorded.filter((each) => names.some((name) => isCalled(each, name)));
  return read(query, wanted, [...new Set(meant.map(({ metric }) => metric))]).filter((each) =>
    names.some((name) => isCalled(each, name)),
  );
}

function read(query: Readers, states: StatesOfNodes, metrics?: readonly string[]): readonly MetricHistory[] {
  const recorded = query.attempts.metricHistories(new Set(states.map(({ state }) => state)), metrics);
  return states.flatMap(({ node, state, key, runs }) =>
    [...series(recorded.get(state) ?? [])].map(([metric, points]) => ({ node, metric, runs, state: key, points })),
  );
}

function namesOf(query: Readers, states: StatesOfNodes): readonly { readonly node: string; readonly metric: string }[] {
  const final = query.attempts.finalMetrics(new Set(states.map(({ state }) => state)));
  return states.flatMap(({ node, state }) => (final.get(state) ?? []).map(({ name }) => ({ node, metric: name })));
}

function isCalled({ node, metric }: { node: string; metric: string }, name: string): boolean {
  return endsWith(`${groupOf(node)}.${metric}`, name) || `${node}.${metric}` === name;
}

type StatesOfNodes = readonly (NodeState & { readonly runs: readonly number[] })[];

/** Each state of a node once, with the runs that had it. */
function statesOf(query: Readers, runs: readonly RunRecord[]): StatesOfNodes {
  const states = new Map<string, NodeState & { readonly runs: number[] }>();
  for (const { id } of runs)
    for (const each of query.visits.statesOf(id)) {
      const name = `${each.state} ${each.node}`;
      const known = states.get(name);
      if (known === undefined) states.set(name, { ...each, runs: [id] });
      else known.runs.push(id);
    }
  return [...states.values()];
}

function series(metrics: readonly (MetricPoint & { readonly name: string })[]): ReadonlyMap<string, MetricPoint[]> {
  const byName = new Map<string, MetricPoint[]>();
  for (const { name, step, value } of metrics) {
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [{ step, value }]);
    else known.push({ step, value });
  }
  return byName;
}

function noMetric(
  runs: readonly RunRecord[],
  name: string,
  all: readonly { readonly node: string; readonly metric: string }[],
): UsageError {
  const what = `No node of ${runWords(runs)} recorded a metric ${name}`;
  const known = [...new Set(all.map(({ node, metric }) => `${groupOf(node)}.${metric}`))];
  if (known.length === 0) return new UsageError(`${what}, nor any other; a stage does so with metric(name, value).`);
  const hint = didYouMean(name, [...known, ...all.map(({ metric }) => metric)]);
  const more = known.length > MOST_NAMED ? ` and ${known.length - MOST_NAMED} more` : '';
  return new UsageError(`${what}${hint}; there are ${known.slice(0, MOST_NAMED).join(', ')}${more}.`);
}

const MOST_NAMED = 8;

function runWords(runs: readonly RunRecord[]): string {
  return runs.length === 1 ? `run ${runs[0]!.id}` : `these ${runs.length} runs`;
}
