/** Reads from the record what an export tells: of a whole run, or of one thing and all that it was made of. */
import type { CacheKey } from '../core/identity/digest.ts';
import type { Cache } from '../store/cache.ts';
import { UsageError } from '../errors.ts';
import type { AttemptRecord } from '../store/query/attempts.ts';
import type { RunRecord } from '../store/query/runs.ts';
import type { VisitRecord } from '../store/query/visits.ts';
import { type Lineage, type LineageInput, lineageOf, type LineageState } from '../audit/lineage/lineage.ts';
import { fieldsByMeaning } from '../audit/lineage/field-meaning.ts';
import type { Root, Subject } from '../audit/lineage/subject.ts';
import { stageNamesOf } from '../audit/view/stage-names.ts';
import { actIdentity, runIdentity } from './identifiers.ts';
import type { Act, ExportedResult, ExportedRun, ExportFacts, Step } from './facts.ts';

/** A run, also one that failed, that still runs, or that made nothing. */
export function runFacts(cache: Cache, run: RunRecord, asked = `run:${run.id}`): ExportFacts {
  const visits = cache.query.visits.ofRun(run.id);
  const roots = visits.flatMap(({ node, state }): readonly Root[] =>
    state === null ? [] : [{ id: state.id, state: state.key, node, output: undefined, result: undefined }],
  );
  const facts = factsOf(cache, lineageOf(cache, wholeRun(run, roots, asked)), run.id);
  const failed = failedActs(cache, run, facts.run, visits);
  const acts = [...facts.acts, ...failed];
  return { ...facts, asked, scope: 'run', acts, ...stepsOf(acts, visits), results: resultsOf(cache, run.id) };
}

/** What one thing was made of. @throws UsageError for a file that no stage made */
export function subjectFacts(cache: Cache, subject: Subject): ExportFacts {
  const { asked, kind } = subject;
  if (kind === 'run') return runFacts(cache, cache.query.runs.get(subject.run!)!, asked);
  const lineage = lineageOf(cache, subject);
  const run = subject.run ?? subject.effects?.run ?? lineage.states.at(-1)?.run;
  if (run === undefined) throw new UsageError(`${asked} is a file that no stage made; export what was made from it.`);
  const facts = factsOf(cache, lineage, run);
  const named = new Map(subject.roots.map((root) => [root.state, root]));
  const steps = facts.acts.map(({ node, stage, state }, act): Step => {
    return { node: named.get(state!)?.node ?? node, stage, outcome: 'ran', act };
  });
  const outputs = new Set(subject.roots.map(({ node, output }) => `${node}.${output ?? ''}`));
  const results = resultsOf(cache, run).filter(({ node, output }) => outputs.has(`${node}.${output}`));
  return { ...facts, asked, scope: 'lineage', steps: unique(steps), skipped: 0, results };
}

type Common = Pick<ExportFacts, 'run' | 'runs' | 'acts' | 'codes'>;

function factsOf(cache: Cache, lineage: Lineage, number: number): Common {
  const runs = lineage.runs.map((each): ExportedRun => ({ ...each, identity: runIdentity(each) }));
  const byNumber = new Map(runs.map((each) => [each.run, each]));
  const { states, ancestry, attempts } = cache.query;
  const ids = states.byKeys(lineage.states.map(({ state }) => state)).flatMap((row) => row?.id ?? []);
  const made = new Map(ancestry.states(ids).map(({ key, attempt }) => [key, attempts.get(attempt)!]));
  return {
    run: byNumber.get(number)!,
    runs,
    acts: lineage.states.map((state) => actOf(state, made.get(state.state)!, byNumber.get(state.run)!)),
    codes: lineage.codes,
  };
}

type Made = Omit<LineageState, 'observed' | 'accesses' | 'verified'>;

function actOf(made: Made, attempt: AttemptRecord, run: ExportedRun): Act {
  const { state, node, stage, code, worker, startedAt, compute, inputs, outputs, seconds } = made;
  const { params, packages, env, reads, runtime, seed, backend } = made;
  return {
    identity: actIdentity(run.identity, attempt.node, attempt.number),
    ...{ node, stage, code, state, worker, startedAt, compute, inputs, outputs },
    ...{ params, packages, env, reads, runtime, seed, backend },
    run: made.run,
    attempt: attempt.number,
    endedAt: attempt.endedAt ?? startedAt + Math.round(seconds * 1000),
    cpuSeconds: attempt.cpuSeconds,
    peakBytes: attempt.peakBytes,
    failure: null,
  };
}

/** A run on record as exports name it. */
export function exportedRun({ query }: Cache, number: number): ExportedRun | undefined {
  const record = query.runs.get(number);
  if (record === undefined) return undefined;
  const { id, ...run } = record;
  const environment = (query.runs.environment(id) ?? {}) as ExportedRun['environment'];
  return { run: id, ...run, environment, identity: runIdentity({ run: id, ...run, environment }) };
}

/** The acts that made these states, without what is above them. */
export function actsOfStates(cache: Cache, keys: readonly CacheKey[], run: ExportedRun): readonly Act[] {
  const { states, ancestry, attempts } = cache.query;
  const ids = states.byKeys(keys).flatMap((row) => row?.id ?? []);
  const [inputs, outputs, fields] = [ancestry.inputs(ids), ancestry.outputs(ids), ancestry.fields(ids)];
  const producers = new Set([...inputs.values()].flat().flatMap(({ producer }) => producer ?? []));
  const makers = new Map(ancestry.states(producers).map((state) => [state.id, state]));
  return ancestry.states(ids).map(({ id, key, ...made }): Act => {
    const taken = (inputs.get(id) ?? []).map(({ slot, index, digest, bytes, producer, output, path }): LineageInput => {
      const maker = producer === null ? undefined : makers.get(producer)!;
      const from = maker === undefined ? { path: path ?? '' } : { state: maker.key, node: maker.node, output: output! };
      return { slot, index, digest, bytes, from };
    });
    const state = { ...made, state: key, ...fieldsByMeaning(fields.get(id) ?? []), inputs: taken };
    return actOf({ ...state, outputs: outputs.get(id) ?? [] }, attempts.get(made.attempt)!, run);
  });
}

/** What a failed attempt took is not on record: it has no state. */
function failedActs(
  { query }: Cache,
  { id }: RunRecord,
  run: ExportedRun,
  visits: readonly VisitRecord[],
): readonly Act[] {
  const attempts = query.attempts.failed(id);
  if (attempts.length === 0) return [];
  const nodes = new Set(attempts.map(({ node }) => node));
  const stages = stageNamesOf(
    query,
    visits.filter(({ node }) => nodes.has(node)),
  );
  return attempts.map((attempt): Act => {
    const { node, number, worker, startedAt, endedAt, cpuSeconds, peakBytes, compute, failure } = attempt;
    return {
      identity: actIdentity(run.identity, node, number),
      ...{ node, worker, startedAt, endedAt, cpuSeconds, peakBytes, compute, failure },
      ...{ stage: stages.get(node)!, code: null, state: null, run: id, attempt: number },
      ...{ params: [], packages: [], env: [], reads: [], runtime: null, seed: null, backend: null },
      ...{ inputs: [], outputs: [] },
    };
  });
}

function stepsOf(acts: readonly Act[], visits: readonly VisitRecord[]): Pick<ExportFacts, 'steps' | 'skipped'> {
  const byState = new Map(acts.flatMap(({ state }, index) => (state === null ? [] : [[state, index] as const])));
  const failed = new Map(acts.flatMap(({ state, node }, index) => (state === null ? [[node, index] as const] : [])));
  const steps = visits.flatMap(({ node, outcome, state }): readonly Step[] => {
    const act = state === null ? failed.get(node) : byState.get(state.key);
    return act === undefined ? [] : [{ node, stage: acts[act]!.stage, outcome, act }];
  });
  return { steps, skipped: visits.filter(({ outcome }) => outcome === 'skipped').length };
}

function resultsOf({ query }: Cache, run: number): readonly ExportedResult[] {
  return query.runs.resultOutputs(run).map(({ name, node, output, artifact }): ExportedResult => {
    if (artifact === null) return { name, node, output, artifact, value: undefined };
    const { kind, digest, bytes, inline } = artifact;
    const isJson = kind === 'json' && inline !== null;
    const value = isJson ? (JSON.parse(Buffer.from(inline).toString()) as unknown) : undefined;
    return { name, node, output, artifact: { name: output, kind, digest, bytes }, value };
  });
}

/** Two states of a lineage may have been made under the name of one node. */
function unique(steps: readonly Step[]): readonly Step[] {
  const seen = new Map<string, number>();
  return steps.map((step) => {
    const times = (seen.get(step.node) ?? 0) + 1;
    seen.set(step.node, times);
    return times === 1 ? step : { ...step, node: `${step.node} (${times})` };
  });
}

function wholeRun(run: RunRecord, roots: readonly Root[], asked: string): Subject {
  const nothing = { path: undefined, value: undefined, digest: undefined, file: undefined, others: [] };
  return { kind: 'run', asked, run: run.id, roots, ...nothing };
}
