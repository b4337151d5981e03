/**
 * A run as runs of MLflow: one with the parameters and what each metric came to, and below it one for each node that
 * has metrics, with every step. The files are those of MLflow's file store.
 */
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { leavesOf } from '../../core/params/paste.ts';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import type { MetricRecord } from '../../store/query/attempts.ts';
import { paramsOf } from '../../audit/view/run-view.ts';
import { type Act, type ExportedRun, type ExportFacts, statusOf } from '../facts.ts';
import { mlflowNames } from './names.ts';

export interface MlflowRun {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** Contents by path in the run's folder. */
  readonly files: ReadonlyMap<string, string>;
  /** Content of artifacts in the cache, by path in the run's folder. */
  readonly artifacts: ReadonlyMap<string, Digest>;
}

export interface MlflowExperiment {
  readonly id: string;
  readonly meta: string;
}

/** Where metrics come from: each call reads those of one execution, so that not all of them are held at once. */
export type MetricsOf = (act: Act) => readonly MetricRecord[];

/** One for each pipeline. @param store the folder of the file store, absolute */
export function experimentOf({ run }: ExportFacts, store: string): MlflowExperiment {
  // As MLflow draws them: 18 digits.
  const id = String(
    10n ** 17n + (BigInt(`0x${sha256(`${run.pipeline}\n${run.source}`).slice(0, 16)}`) % (9n * 10n ** 17n)),
  );
  const meta = {
    artifact_location: pathToFileURL(join(store, id)).href,
    creation_time: run.startedAt,
    experiment_id: id,
    last_update_time: run.startedAt,
    lifecycle_stage: 'active',
    name: run.pipeline,
  };
  return { id, meta: yaml(meta) };
}

/** The runs of the nodes first, and the run that they are part of last. */
export function* mlflowRuns(
  facts: ExportFacts,
  metricsOf: MetricsOf,
  { store, experiment }: { readonly store: string; readonly experiment: string },
): Generator<MlflowRun> {
  const { run, acts, steps } = facts;
  const place = { store, experiment, run, parent: run.identity.slice(0, 32) };
  const last = new Map<string, readonly [at: number, metrics: readonly MetricRecord[]]>();
  for (const { node, act } of steps) {
    const metrics = metricsOf(acts[act]!);
    if (metrics.length === 0) continue;
    const at = acts[act]!.endedAt ?? acts[act]!.startedAt;
    const byName = groupedByName(metrics);
    for (const [name, values] of byName) last.set(`${node}/${name}`, [at, [{ ...values.at(-1)!, step: null }]]);
    yield nodeRun(place, node, acts[act]!, byName);
  }
  yield wholeRun(place, facts, last);
}

interface Place {
  readonly store: string;
  readonly experiment: string;
  readonly run: ExportedRun;
  readonly parent: string;
}

function groupedByName(metrics: readonly MetricRecord[]): ReadonlyMap<string, readonly MetricRecord[]> {
  const byName = new Map<string, MetricRecord[]>();
  for (const metric of metrics) {
    const known = byName.get(metric.name);
    if (known === undefined) byName.set(metric.name, [metric]);
    else known.push(metric);
  }
  return byName;
}

function nodeRun(
  place: Place,
  node: string,
  act: Act,
  byName: ReadonlyMap<string, readonly MetricRecord[]>,
): MlflowRun {
  const { startedAt, endedAt, stage, failure, state } = act;
  const at = endedAt ?? startedAt;
  const id = sha256(`${place.run.identity}\n${node}`).slice(0, 32);
  const meta = { name: node, startedAt, endedAt, status: failure === null ? FINISHED : FAILED };
  const params = act.params.map(({ name, value }) => [name, value] as const);
  return runOf(place, { id, ...meta, params }, new Map([...byName].map(([name, values]) => [name, [at, values]])), {
    'mlflow.parentRunId': place.parent,
    'restage.stage': stage,
    'restage.node': node,
    ...(state === null ? {} : { 'restage.state': state }),
    ...(failure === null ? {} : { 'restage.error': failure.message }),
  });
}

function wholeRun(place: Place, facts: ExportFacts, last: ReadonlyMap<string, History>): MlflowRun {
  const { run, results } = facts;
  const { startedAt, endedAt, outcome, source, commit } = run;
  const at = endedAt ?? startedAt;
  const numbers = results.flatMap(({ name, value }) => numbersIn(name, value));
  const metrics = new Map([
    ...numbers.map(([name, value]) => [name, [at, [{ name, step: null, value }]]] as const),
    ...last,
  ]);
  const params = [
    ['seed', String(run.seed)] as const,
    ...[...paramsOf(run)].map(([path, value]) => [path, textOf(value)] as const),
  ];
  const meta = { name: `run ${run.run} of ${run.pipeline}`, startedAt, endedAt, status: statusNumber(run) };
  const { error } = statusOf(run);
  const told = runOf(place, { id: place.parent, ...meta, params }, metrics, {
    'restage.run': String(run.run),
    'restage.outcome': outcome,
    'restage.command': run.argv.join(' '),
    'mlflow.source.name': source,
    'mlflow.source.type': 'LOCAL',
    ...(commit === null ? {} : { 'mlflow.source.git.commit': commit }),
    ...(error === undefined ? {} : { 'restage.error': error }),
  });
  const files = mlflowNames(results.map(({ name }) => name));
  const artifacts = results.flatMap(({ name, artifact }) =>
    artifact === null
      ? []
      : [[`artifacts/${files.get(name)!}${ENDINGS[artifact.kind] ?? ''}`, artifact.digest] as const],
  );
  return { ...told, artifacts: new Map(artifacts) };
}

const ENDINGS: Readonly<Record<string, string>> = { json: '.json', text: '.txt' };

/** The values of a metric, and the time that they are given: the record has none of each value. */
type History = readonly [at: number, values: readonly MetricRecord[]];

interface Meta {
  readonly id: string;
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly status: number;
  readonly params: readonly (readonly [name: string, value: string])[];
}

function runOf(
  { store, experiment, run }: Place,
  { id, name, startedAt, endedAt, status, params }: Meta,
  metrics: ReadonlyMap<string, History>,
  tags: Readonly<Record<string, string>>,
): MlflowRun {
  const user = typeof run.environment['user'] === 'string' ? run.environment['user'] : 'unknown';
  const files = new Map<string, string>();
  const meta = {
    artifact_uri: pathToFileURL(join(store, experiment, id, 'artifacts')).href,
    end_time: endedAt,
    entry_point_name: '',
    experiment_id: experiment,
    lifecycle_stage: 'active',
    run_id: id,
    run_name: name,
    run_uuid: id,
    source_name: '',
    source_type: LOCAL,
    source_version: '',
    start_time: startedAt,
    status,
    tags: [],
    user_id: user,
  };
  files.set('meta.yaml', yaml(meta));
  for (const [tag, value] of Object.entries({ 'mlflow.runName': name, 'mlflow.user': user, ...tags }))
    files.set(`tags/${tag}`, value);
  const paramNames = mlflowNames(params.map(([param]) => param));
  for (const [param, value] of params) files.set(`params/${paramNames.get(param)!}`, value);
  const metricNames = mlflowNames(metrics.keys());
  for (const [metric, history] of metrics) files.set(`metrics/${metricNames.get(metric)!}`, linesOf(history));
  return { id, files, artifacts: new Map() };
}

/** `time value step` a line. A value without a step has its place among the metric's values instead. */
function linesOf([at, values]: History): string {
  let lines = '';
  for (const [index, { value, step }] of values.entries()) lines += `${at} ${numberText(value)} ${step ?? index}\n`;
  return lines;
}

/** As Python reads it. */
function numberText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return Number.isFinite(value) ? String(value) : value > 0 ? 'inf' : '-inf';
}

function numbersIn(name: string, value: unknown): readonly (readonly [string, number])[] {
  if (typeof value === 'number') return [[name, value]];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return leavesOf(value as CanonicalValue).flatMap(({ path, value: leaf }) =>
    typeof leaf === 'number' ? [[`${name}/${path}`, leaf] as const] : [],
  );
}

function textOf(value: CanonicalValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const LOCAL = 4;
const [RUNNING, FINISHED, FAILED, KILLED] = [1, 3, 4, 5];

function statusNumber(run: ExportedRun): number {
  switch (run.outcome) {
    case 'ok':
      return FINISHED;
    case 'failed':
      return FAILED;
    case 'running':
      return RUNNING;
    case 'interrupted':
    case 'detached':
    case 'died':
      return KILLED;
  }
}

/** A flat mapping; a text in JSON is one in YAML. */
function yaml(fields: Readonly<Record<string, string | number | null | readonly unknown[]>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
    .join('');
}
