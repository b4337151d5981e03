/**
 * How two runs differ: what was asked for, where, how it was wired, and what came out; and the first node that was
 * given the same and came to something else.
 */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { Digest } from '../../core/identity/digest.ts';
import { type Change, changesOf } from '../../core/params/paste.ts';
import type { Cache } from '../../store/cache.ts';
import type { Readers } from '../../store/query/readers.ts';
import type { MetricRecord } from '../../store/query/attempts.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import type { OutputRecord } from '../../store/query/states.ts';
import { type FieldChange, fieldChanges } from '../change/field-changes.ts';
import { type AcceptedNodes, acceptancesIn, type MeantKey, meantKeysIn } from '../view/acceptances.ts';
import { type Edge, graphOfRun } from '../view/run-graph.ts';
import { type RunView, viewRun } from '../view/run-view.ts';
import { type ChangedFile, changedFiles } from './changed-files.ts';
import { type ArtifactDiff, diffArtifacts } from './diff-artifacts.ts';

export interface RunDiff {
  readonly before: RunRecord;
  readonly after: RunRecord;
  readonly params: readonly Change[];
  /** Facts of host, user and versions, by name, and the run's seed, backend and commit. */
  readonly environment: readonly FactChange[];
  /** Stages whose code differs. */
  readonly codes: readonly { readonly stage: string; readonly before: Digest; readonly after: Digest }[];
  /** What else entered keys besides parameters, inputs and code: packages, variables, backend, runtime. */
  readonly fields: readonly (FieldChange & { readonly stages: readonly string[] })[];
  /** Files that nodes of both took, with other contents. */
  readonly files: readonly ChangedFile[];
  readonly structure: StructureDiff;
  /** The last value of each metric that differs. */
  readonly metrics: readonly MetricChange[];
  /** The pipeline's results that differ, part by part. */
  readonly results: readonly (ArtifactDiff & { readonly name: string })[];
  /** Results that one side alone has, or has no state for. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
  /** Outputs of nodes that both have: how many are the same, and how many differ. */
  readonly outputs: { readonly same: number; readonly differ: number };
  readonly firstDivergence: Divergence | null;
  /**
   * States that nodes took for other keys, since a person accepted that. Codes and fields above are those of the keys.
   */
  readonly accepted: { readonly before: readonly AcceptedNodes[]; readonly after: readonly AcceptedNodes[] };
}

export interface FactChange {
  readonly name: string;
  /** Undefined where a side does not have it. */
  readonly before: unknown;
  readonly after: unknown;
}

export interface MetricChange {
  readonly node: string;
  readonly name: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
}

export interface StructureDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Inputs of nodes that both have, wired to other outputs: `slot <- node.output`. */
  readonly rewired: readonly {
    readonly node: string;
    readonly before: readonly string[];
    readonly after: readonly string[];
  }[];
}

/** A node with the same inputs and other outputs. */
export interface Divergence {
  readonly node: string;
  /** The fields of its keys that differ. */
  readonly fields: readonly FieldChange[];
  readonly outputs: readonly string[];
  /** The equivalences by which it took the state of another key; null for a run in which it had its own. */
  readonly equivalence: { readonly before: number | null; readonly after: number | null };
}

export function diffRuns(cache: Cache, before: RunRecord, after: RunRecord): RunDiff {
  const { query } = cache;
  const sides = [before, after].map((run) => {
    const view = viewRun(query, run);
    const meant = meantKeysIn(query, run.id);
    return { view, meant, graph: graphOfRun(query, view, meant), outputs: query.states.outputsOfRun(run.id) };
  }) as [RunSide, RunSide];
  const shared = sharedNodes(sides);
  const own = ownDifferences(cache, sides, shared);
  return {
    before,
    after,
    params: changesOf(before.params as CanonicalValue, after.params as CanonicalValue),
    environment: environmentChanges(cache, before, after),
    codes: own.codes,
    fields: own.fields,
    files: changedFiles(query.conditions.files(before.id), query.conditions.files(after.id)),
    structure: structureDiff(sides, shared),
    metrics: metricChanges(cache, sides),
    ...resultDiffs(cache, sides),
    outputs: countOutputs(sides, shared),
    firstDivergence: firstDivergence(cache, sides, shared),
    accepted: { before: acceptancesIn(query, before.id), after: acceptancesIn(query, after.id) },
  };
}

interface RunSide {
  readonly view: RunView;
  /** By node: the keys of those that took the state of another one. */
  readonly meant: ReadonlyMap<string, MeantKey>;
  readonly graph: ReadonlyMap<string, readonly Edge[]>;
  readonly outputs: ReadonlyMap<number, readonly OutputRecord[]>;
}

/** A node that has a state in both runs. */
interface Pair {
  readonly node: string;
  readonly before: number;
  readonly after: number;
}

function sharedNodes([first, second]: readonly [RunSide, RunSide]): readonly Pair[] {
  return [...first.view.nodes.values()].flatMap(({ node, state }) => {
    const other = second.view.nodes.get(node)?.state;
    return state === null || other == null ? [] : [{ node, before: state.id, after: other.id }];
  });
}

/** Of each stage one pair of keys that differ: what its nodes have in common is in it. */
function ownDifferences(
  { query }: Cache,
  sides: readonly [RunSide, RunSide],
  shared: readonly Pair[],
): Pick<RunDiff, 'codes' | 'fields'> {
  const stages = new Set<string>();
  const codes: { stage: string; before: Digest; after: Digest }[] = [];
  const fields = new Map<string, FieldChange & { stages: string[] }>();
  for (const pair of shared) {
    if (pair.before === pair.after && sides.every(({ meant }) => !meant.has(pair.node))) continue;
    const { stage } = query.states.get(pair.after)!;
    if (stages.has(stage)) continue;
    const changes = keyChanges(query, sides, pair);
    if (changes.length > 0) stages.add(stage);
    for (const change of changes) {
      const { group, before, after } = change;
      if (group === 'code') codes.push({ stage, before: before!.digest, after: after!.digest });
      if (TOLD_ELSEWHERE.has(group)) continue;
      const id = JSON.stringify([change.field, before?.digest, after?.digest]);
      const known = fields.get(id);
      if (known === undefined) fields.set(id, { ...change, stages: [stage] });
      else known.stages.push(stage);
    }
  }
  return { codes, fields: [...fields.values()] };
}

/** The fields in which the keys differ that the node had in the two runs. */
function keyChanges(query: Readers, sides: readonly [RunSide, RunSide], pair: Pair): readonly FieldChange[] {
  const [before, after] = [pair.before, pair.after].map(
    (state, side) => sides[side]!.meant.get(pair.node)?.fields ?? query.states.fields(state),
  );
  return fieldChanges(before!, after!);
}

const TOLD_ELSEWHERE: ReadonlySet<string> = new Set(['code', 'param', 'input', 'seed', 'stage']);

function environmentChanges({ query }: Cache, before: RunRecord, after: RunRecord): readonly FactChange[] {
  const factsOf = (run: RunRecord): ReadonlyMap<string, unknown> =>
    new Map<string, unknown>([
      ['seed', run.seed],
      ['backend', run.backend],
      ['commit', run.commit === null ? null : `${run.commit}${run.dirty === true ? ' with changes' : ''}`],
      ...Object.entries((query.runs.environment(run.id) ?? {}) as Readonly<Record<string, unknown>>),
    ]);
  return factChanges(factsOf(before), factsOf(after));
}

/** The facts in which two machines and their checkouts differ. */
export function factChanges(
  first: ReadonlyMap<string, unknown>,
  second: ReadonlyMap<string, unknown>,
): readonly FactChange[] {
  return [...new Set([...first.keys(), ...second.keys()])]
    .map((name) => ({ name, before: first.get(name), after: second.get(name) }))
    .filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.after));
}

function structureDiff([first, second]: readonly [RunSide, RunSide], shared: readonly Pair[]): StructureDiff {
  const wires = (edges: readonly Edge[]): readonly string[] => edges.map(wireWords);
  return {
    added: [...second.view.nodes.keys()].filter((node) => !first.view.nodes.has(node)),
    removed: [...first.view.nodes.keys()].filter((node) => !second.view.nodes.has(node)),
    rewired: shared.flatMap(({ node }) => {
      const [a, b] = [wires(first.graph.get(node)!), wires(second.graph.get(node)!)];
      const [before, after] = [a.filter((wire) => !b.includes(wire)), b.filter((wire) => !a.includes(wire))];
      return before.length + after.length === 0 ? [] : [{ node, before, after }];
    }),
  };
}

function wireWords({ slot, index, from }: Edge): string {
  const place = index === null ? slot : `${slot}.${index}`;
  return `${place} <- ${from.kind === 'file' ? from.path : `${from.node}.${from.output}`}`;
}

type NodeMetric = MetricRecord & { readonly node: string };

function metricChanges({ query }: Cache, sides: readonly [RunSide, RunSide]): readonly MetricChange[] {
  const [first, second] = sides.map(({ view }): ReadonlyMap<string, NodeMetric> => {
    const visits = [...view.nodes.values()];
    const metrics = query.attempts.finalMetrics(visits.flatMap(({ state }) => (state === null ? [] : [state.id])));
    const values = visits.flatMap(({ node, state }) =>
      (state === null ? [] : (metrics.get(state.id) ?? [])).map((metric) => ({ node, ...metric })),
    );
    return new Map(values.map((value) => [`${value.node} ${value.name}`, value]));
  }) as unknown as [ReadonlyMap<string, NodeMetric>, ReadonlyMap<string, NodeMetric>];
  return [...new Set([...first.keys(), ...second.keys()])].flatMap((id) => {
    const [a, b] = [first.get(id), second.get(id)];
    const { node, name } = (a ?? b)!;
    return Object.is(a?.value, b?.value) ? [] : [{ node, name, before: a?.value, after: b?.value }];
  });
}

function resultDiffs(
  cache: Cache,
  sides: readonly [RunSide, RunSide],
): Pick<RunDiff, 'results' | 'onlyBefore' | 'onlyAfter'> {
  const [first, second] = sides.map(({ view }) => new Map(view.results.map((result) => [result.name, result])));
  const artifactOf = (side: number, name: string) => {
    const { node, output } = (side === 0 ? first : second)!.get(name)!;
    const state = sides[side]!.view.nodes.get(node)?.state;
    return state == null ? undefined : cache.query.states.outputs(state.id).find((each) => each.name === output);
  };
  const names = (side: number): readonly string[] =>
    [...(side === 0 ? first : second)!.keys()].filter((name) => artifactOf(side, name) !== undefined);
  const [before, after] = [names(0), names(1)];
  return {
    results: before
      .filter((name) => after.includes(name))
      .map((name) => ({ name, ...diffArtifacts(cache, artifactOf(0, name)!, artifactOf(1, name)!, name) }))
      .filter(({ how }) => how.type !== 'same'),
    onlyBefore: before.filter((name) => !after.includes(name)),
    onlyAfter: after.filter((name) => !before.includes(name)),
  };
}

function countOutputs([first, second]: readonly [RunSide, RunSide], shared: readonly Pair[]): RunDiff['outputs'] {
  let [same, differ] = [0, 0];
  for (const { before, after } of shared) {
    const others = new Map((second.outputs.get(after) ?? []).map(({ name, digest }) => [name, digest]));
    for (const { name, digest } of first.outputs.get(before) ?? []) {
      if (!others.has(name)) continue;
      if (others.get(name) === digest) same++;
      else differ++;
    }
  }
  return { same, differ };
}

/**
 * The first one that was made of those whose inputs are the same and whose outputs differ: what comes below it follows.
 */
function firstDivergence(
  { query }: Cache,
  sides: readonly [RunSide, RunSide],
  shared: readonly Pair[],
): Divergence | null {
  const [first, second] = sides;
  const given = (edges: readonly Edge[]): string =>
    JSON.stringify(edges.map(({ slot, index, digest }) => [slot, index, digest]));
  const candidates = shared.filter(
    ({ node, before, after }) =>
      before !== after &&
      given(first.graph.get(node)!) === given(second.graph.get(node)!) &&
      differingOutputs(first, second, before, after).length > 0,
  );
  const [earliest] = candidates.sort((a, b) => a.after - b.after);
  if (earliest === undefined) return null;
  const { node, before, after } = earliest;
  return {
    node,
    fields: keyChanges(query, sides, earliest),
    outputs: differingOutputs(first, second, before, after),
    equivalence: {
      before: first.meant.get(node)?.equivalence ?? null,
      after: second.meant.get(node)?.equivalence ?? null,
    },
  };
}

function differingOutputs(first: RunSide, second: RunSide, before: number, after: number): readonly string[] {
  const others = new Map((second.outputs.get(after) ?? []).map(({ name, digest }) => [name, digest]));
  return (first.outputs.get(before) ?? [])
    .filter(({ name, digest }) => others.has(name) && others.get(name) !== digest)
    .map(({ name }) => name);
}
