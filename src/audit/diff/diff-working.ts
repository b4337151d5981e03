/**
 * How a run on record differs from what a run would be now: parameters, code, packages, environment, wiring; which
 * nodes would run; and, of nodes that have a state today, the outputs that differ. Nothing is executed.
 */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { changesOf } from '../../core/params/paste.ts';
import { environmentFacts, gitState } from '../../identity/environment/environment.ts';
import { type PreparedRun, prepare } from '../../planning/plan/prepared-run.ts';
import type { ResolvedRequest } from '../../planning/request/resolve-request.ts';
import type { Cache } from '../../store/cache.ts';
import type { FileRead } from '../../store/query/conditions.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { fieldChanges } from '../change/field-changes.ts';
import { type AcceptedNodes, acceptancesIn, acceptancesOf } from '../view/acceptances.ts';
import { viewRun } from '../view/run-view.ts';
import { planSide } from '../why/plan-side.ts';
import { runSide } from '../why/run-side.ts';
import { type Side, type SideInput, sourceText } from '../why/side.ts';
import { changedFiles } from './changed-files.ts';
import { type ArtifactDiff, diffArtifacts } from './diff-artifacts.ts';
import { factChanges, type FactChange, type RunDiff, type StructureDiff } from './diff-runs.ts';

export interface WorkingDiff extends Pick<
  RunDiff,
  'params' | 'environment' | 'codes' | 'fields' | 'files' | 'structure'
> {
  readonly before: RunRecord;
  readonly pipeline: string;
  /** What a run would do about each node that is not up to date, and why. */
  readonly nodes: readonly { readonly node: string; readonly status: 'run' | 'pending'; readonly reason: string }[];
  /** How many nodes are up to date. */
  readonly hits: number;
  /** Outputs of nodes that have a state on both sides. */
  readonly outputs: RunDiff['outputs'];
  /** Results that differ, part by part, of nodes that have a state on both sides. */
  readonly results: readonly (ArtifactDiff & { readonly name: string })[];
  /** Results that the run alone has, or that today alone has. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
  /** States that nodes took, or would take, for other keys, since a person accepted that. */
  readonly accepted: { readonly before: readonly AcceptedNodes[]; readonly now: readonly AcceptedNodes[] };
}

/** @throws RestageError if the pipeline as it is now is wrong */
export async function diffWorking(cache: Cache, before: RunRecord, request: ResolvedRequest): Promise<WorkingDiff> {
  const prepared = await prepare(cache, request);
  const [then, now] = [runSide(cache.query, before), planSide(cache, prepared)];
  const waiting = [...now.nodes.values()].flatMap(({ id, outcome, reason }) =>
    outcome === 'run' || outcome === 'pending' ? [{ node: id, status: outcome, reason: reason ?? '' }] : [],
  );
  return {
    before,
    pipeline: prepared.pipeline,
    params: changesOf(before.params as CanonicalValue, prepared.params),
    environment: await environmentNow(cache, before, prepared, request),
    ...ownChanges(then, now, prepared),
    files: changedFiles(cache.query.conditions.files(before.id), filesOf(now)),
    structure: structureOf(then, now),
    nodes: waiting,
    hits: now.nodes.size - waiting.length,
    ...outputsOf(cache, before, prepared),
    accepted: { before: acceptancesIn(cache.query, before.id), now: acceptedNow(cache, prepared) },
  };
}

function filesOf({ nodes }: Side): readonly FileRead[] {
  return [...nodes.values()].flatMap(({ inputs }) =>
    inputs.flatMap(({ digest, from }) =>
      from.kind === 'file' && digest !== null ? [{ path: from.path, digest }] : [],
    ),
  );
}

function acceptedNow({ query }: Cache, { steps, nodes }: PreparedRun): readonly AcceptedNodes[] {
  const taken = new Map<number, { readonly state: number; readonly nodes: string[] }>();
  for (const [index, step] of steps.entries()) {
    if (step.status !== 'hit' || step.equivalence === undefined) continue;
    const known = taken.get(step.equivalence) ?? { state: step.state.id, nodes: [] };
    taken.set(step.equivalence, known);
    known.nodes.push(nodes[index]!.id);
  }
  const states = new Set([...taken.values()].map(({ state }) => state));
  return acceptancesOf(query, states).flatMap((each) => {
    const named = taken.get(each.id)?.nodes;
    return named === undefined ? [] : [{ ...each, nodes: named }];
  });
}

async function environmentNow(
  { query }: Cache,
  before: RunRecord,
  { backend, conditions }: PreparedRun,
  { project }: ResolvedRequest,
): Promise<readonly FactChange[]> {
  const git = await gitState(project.root);
  const facts = JSON.parse(environmentFacts().facts) as Readonly<Record<string, unknown>>;
  const recorded = (query.runs.environment(before.id) ?? {}) as Readonly<Record<string, unknown>>;
  const commit = (hash: string | null, dirty: boolean | null): string | null =>
    hash === null ? null : `${hash}${dirty === true ? ' with changes' : ''}`;
  return factChanges(
    new Map<string, unknown>([
      ['seed', before.seed],
      ['backend', before.backend],
      ['commit', commit(before.commit, before.dirty)],
      ...Object.entries(recorded),
    ]),
    new Map<string, unknown>([
      ['seed', conditions.seed],
      ['backend', backend?.name ?? 'none'],
      ['commit', commit(git?.commit ?? null, git?.dirty ?? null)],
      ...Object.entries(facts),
    ]),
  );
}

/** Of each stage one node that both have: what its nodes have in common is in it. */
function ownChanges(then: Side, now: Side, { definition }: PreparedRun): Pick<WorkingDiff, 'codes' | 'fields'> {
  const stageOf = new Map(definition.graph.nodes.map(({ id, stage }) => [id, stage]));
  const first = new Map<string, string>();
  for (const { id, key } of then.nodes.values()) {
    const stage = stageOf.get(id);
    if (stage !== undefined && key !== null && now.nodes.has(id) && !first.has(stage)) first.set(stage, id);
  }
  const asked = [...first.values()];
  const [fieldsThen, fieldsNow] = [then.fieldsOf(asked), now.fieldsOf(asked)];
  const codes: WorkingDiff['codes'][number][] = [];
  const fields = new Map<string, WorkingDiff['fields'][number]>();
  for (const [stage, id] of first)
    for (const change of fieldChanges(fieldsThen.get(id) ?? [], fieldsNow.get(id) ?? [])) {
      if (change.group === 'code' && change.before !== undefined && change.after !== undefined)
        codes.push({ stage, before: change.before.digest, after: change.after.digest });
      if (TOLD_ELSEWHERE.has(change.group)) continue;
      const name = JSON.stringify([change.field, change.before?.digest, change.after?.digest]);
      const known = fields.get(name);
      fields.set(name, { ...change, stages: [...(known?.stages ?? []), stage] });
    }
  return { codes, fields: [...fields.values()] };
}

const TOLD_ELSEWHERE: ReadonlySet<string> = new Set(['code', 'param', 'input', 'seed', 'stage']);

function structureOf(then: Side, now: Side): StructureDiff {
  const wires = (inputs: readonly SideInput[]): readonly string[] =>
    inputs.map(({ slot, index, from }) => `${index === null ? slot : `${slot}.${index}`} <- ${sourceText(from)}`);
  return {
    added: [...now.nodes.keys()].filter((node) => !then.nodes.has(node)),
    removed: [...then.nodes.keys()].filter((node) => !now.nodes.has(node)),
    rewired: [...then.nodes.values()].flatMap(({ id, key, inputs }) => {
      const other = now.nodes.get(id);
      if (other === undefined || key === null) return [];
      const [a, b] = [wires(inputs), wires(other.inputs)];
      const [before, after] = [a.filter((wire) => !b.includes(wire)), b.filter((wire) => !a.includes(wire))];
      return before.length + after.length === 0 ? [] : [{ node: id, before, after }];
    }),
  };
}

function outputsOf(
  cache: Cache,
  run: RunRecord,
  { definition, results, steps }: PreparedRun,
): Pick<WorkingDiff, 'outputs' | 'results' | 'onlyBefore' | 'onlyAfter'> {
  const { states } = cache.query;
  const view = viewRun(cache.query, run);
  const { nodes } = definition.graph;
  const stateNow = (index: number): number | undefined => {
    const step = steps[index]!;
    return step.status === 'hit' ? step.state.id : undefined;
  };
  let [same, differ] = [0, 0];
  for (const [index, { id }] of nodes.entries()) {
    const [before, after] = [view.nodes.get(id)?.state?.id, stateNow(index)];
    if (before === undefined || after === undefined) continue;
    const others = new Map(states.outputs(after).map(({ name, digest }) => [name, digest]));
    for (const { name, digest } of states.outputs(before)) {
      if (!others.has(name)) continue;
      if (others.get(name) === digest) same++;
      else differ++;
    }
  }
  const had = new Map(view.results.map((result) => [result.name, result]));
  const has = new Map(results.map((result) => [result.name, result]));
  const changed = [...has].flatMap(([name, { node, output }]) => {
    const old = had.get(name);
    const [before, after] = [old && view.nodes.get(old.node)?.state?.id, stateNow(node)];
    if (old === undefined || before === undefined || after === undefined || before === after) return [];
    const [a, b] = [
      states.outputs(before).find((each) => each.name === old.output),
      states.outputs(after).find((each) => each.name === output),
    ];
    return a === undefined || b === undefined ? [] : [{ name, ...diffArtifacts(cache, a, b, name) }];
  });
  return {
    outputs: { same, differ },
    results: changed.filter(({ how }) => how.type !== 'same'),
    onlyBefore: [...had.keys()].filter((name) => !has.has(name)),
    onlyAfter: [...has.keys()].filter((name) => !had.has(name)),
  };
}

/** Whether a run now would be another one than that run, besides its place and its time. */
export function differsFromWorking({ params, codes, fields, structure, nodes, outputs }: WorkingDiff): boolean {
  const { added, removed, rewired } = structure;
  return outputs.differ > 0 || [params, codes, fields, added, removed, rewired, nodes].some((list) => list.length > 0);
}
