/** OpenLineage 2-0-2: the start and the end of a run and of each of its executions, as RunEvents. */
import type { Failure } from '../../events.ts';
import { paramsOf } from '../../audit/view/run-view.ts';
import { type Act, type ExportedRun, type ExportFacts, statusOf } from '../facts.ts';
import { engineUri, uuidOf } from '../identifiers.ts';
import { type Facet, Facets } from './facets.ts';

type EventType = 'START' | 'COMPLETE' | 'ABORT' | 'FAIL';
type FacetSet = Readonly<Record<string, Facet>>;

export interface LineageDataset {
  readonly namespace: string;
  readonly name: string;
  readonly facets: FacetSet;
  readonly inputFacets?: FacetSet;
  readonly outputFacets?: FacetSet;
}

export interface LineageEvent {
  readonly eventType: EventType;
  readonly eventTime: string;
  readonly run: { readonly runId: string; readonly facets: FacetSet };
  readonly job: { readonly namespace: string; readonly name: string; readonly facets: FacetSet };
  readonly inputs: readonly LineageDataset[];
  readonly outputs: readonly LineageDataset[];
  readonly producer: string;
  readonly schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent';
}

/** All events, in the order of time: what earlier runs executed comes with the run's own. Pure. */
export function openLineageOf(facts: ExportFacts): readonly LineageEvent[] {
  const runs = new Map(facts.runs.map((run) => [run.run, run]));
  const acts = facts.acts.flatMap((act) => actEvents(act, runs.get(act.run)!));
  const end = runEnd(facts.run);
  const events = [runStart(facts.run), ...acts, ...(end === undefined ? [] : [end])];
  return events.sort((a, b) => Date.parse(a.eventTime) - Date.parse(b.eventTime));
}

export function runStart(run: ExportedRun): LineageEvent {
  return eventOf(run, 'START', run.startedAt, { ...runOf(run), inputs: [], outputs: [] });
}

/** Undefined while the run has no end on record. */
export function runEnd(run: ExportedRun): LineageEvent | undefined {
  const { status, error } = statusOf(run);
  if (status === 'running' || run.endedAt === null) return undefined;
  const type = status === 'completed' ? 'COMPLETE' : run.outcome === 'failed' ? 'FAIL' : 'ABORT';
  const failure = error === undefined ? null : { message: error, stack: null };
  return eventOf(run, type, run.endedAt, { ...runOf(run, failure), inputs: [], outputs: [] });
}

/** The start and, where it is on record, the end of an execution, which `run` made. */
export function actEvents(act: Act, run: ExportedRun): readonly LineageEvent[] {
  const { startedAt, endedAt, failure } = act;
  const start = eventOf(run, 'START', startedAt, { ...executionOf(act, run), inputs: [], outputs: [] });
  if (endedAt === null) return [start];
  const end = eventOf(run, failure === null ? 'COMPLETE' : 'FAIL', endedAt, {
    ...executionOf(act, run, failure),
    inputs: inputsOf(act, run),
    outputs: outputsOf(act, run),
  });
  return [start, end];
}

type Parts = Pick<LineageEvent, 'run' | 'job' | 'inputs' | 'outputs'>;

function eventOf(made: ExportedRun, eventType: EventType, at: number, parts: Parts): LineageEvent {
  return {
    eventType,
    eventTime: new Date(at).toISOString(),
    ...parts,
    producer: producerOf(made),
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
  };
}

function runOf(
  run: ExportedRun,
  failure: Pick<Failure, 'message' | 'stack'> | null = null,
): Pick<LineageEvent, 'run' | 'job'> {
  const facets = new Facets(producerOf(run));
  return {
    run: {
      runId: uuidOf(run.identity),
      facets: {
        processing_engine: facets.processingEngine(versionOf(run)),
        executionParameters: facets.executionParameters([['run.seed', run.seed], ...paramsOf(run)]),
        ...(failure === null ? {} : { errorMessage: facets.errorMessage(failure.message, failure.stack) }),
      },
    },
    job: {
      namespace: namespaceOf(run),
      name: run.pipeline,
      facets: {
        jobType: facets.jobType('DAG'),
        ...(run.commit === null ? {} : { sourceCodeLocation: facets.sourceCodeLocation(run.source, run.commit) }),
      },
    },
  };
}

function executionOf(act: Act, run: ExportedRun, failure: Failure | null = null): Pick<LineageEvent, 'run' | 'job'> {
  const facets = new Facets(producerOf(run));
  const params = act.params.map(({ name, value }) => [name, value] as const);
  return {
    run: {
      runId: uuidOf(act.identity),
      facets: {
        parent: facets.parent(uuidOf(run.identity), { namespace: namespaceOf(run), name: run.pipeline }),
        processing_engine: facets.processingEngine(versionOf(run)),
        executionParameters: facets.executionParameters([
          ...(act.seed === null ? [] : [['run.seed', act.seed] as const]),
          ...params,
        ]),
        ...(failure === null ? {} : { errorMessage: facets.errorMessage(failure.message, failure.stack) }),
      },
    },
    job: {
      namespace: namespaceOf(run),
      name: `${run.pipeline}.${act.node}`,
      facets: { jobType: facets.jobType('TASK') },
    },
  };
}

function inputsOf({ inputs }: Act, run: ExportedRun): readonly LineageDataset[] {
  const facets = new Facets(producerOf(run));
  return inputs.map(({ digest, bytes, from }) => ({
    ...('path' in from
      ? fileOf(from.path)
      : { namespace: namespaceOf(run), name: `${run.pipeline}.${from.node}.${from.output}` }),
    facets: { version: facets.datasetVersion(digest) },
    inputFacets: { inputStatistics: facets.inputStatistics(bytes) },
  }));
}

function outputsOf({ node, outputs }: Act, run: ExportedRun): readonly LineageDataset[] {
  const facets = new Facets(producerOf(run));
  return outputs.map(({ name, digest, bytes }) => ({
    namespace: namespaceOf(run),
    name: `${run.pipeline}.${node}.${name}`,
    facets: { version: facets.datasetVersion(digest) },
    outputFacets: { outputStatistics: facets.outputStatistics(bytes) },
  }));
}

/** As the naming of OpenLineage has it: `file` with a path, or the host of an address with its path. */
function fileOf(path: string): { readonly namespace: string; readonly name: string } {
  const address = /^(https?:\/\/[^/]+)\/(.*)$/.exec(path);
  return address === null ? { namespace: 'file', name: path } : { namespace: address[1]!, name: address[2]! };
}

function namespaceOf({ source }: ExportedRun): string {
  return `restage:${source}`;
}

function versionOf({ environment }: ExportedRun): string {
  return typeof environment['restage'] === 'string' ? environment['restage'] : 'unknown';
}

function producerOf(run: ExportedRun): string {
  return engineUri(versionOf(run));
}
