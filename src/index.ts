/** The public API, "restage": what a pipeline's file and a script import. Light on purpose: the engine loads only when `run`, `plan` or `open` is called. */
import type { OpenRequest, Reader } from './engine/open.ts';
import type { PipelineRequest, PlanReport, RunReport, RunRequest } from './engine/request.ts';

export type { CanonicalValue } from './core/canonical.ts';
export {
  type AnyCodec,
  bytes,
  type Codec,
  type ExternalFile,
  file,
  json,
  table,
  text,
  type ValueOf,
  weights,
} from './core/codec.ts';
export {
  type AnyPipeline,
  type Builder,
  externalFile,
  type FileRef,
  type InputRefs,
  type InstanceKey,
  type NodeHandle,
  type NodeOptions,
  type ObservationHandle,
  type OutputRef,
  type OutputRefs,
  type Pipeline,
  pipeline,
  type Results,
} from './core/pipeline.ts';
export type { FailureClass, NodePolicy } from './core/policy.ts';
export type { Random, RandomStreams } from './core/random.ts';
export { remoteFile, type RemoteFileOptions } from './core/remote-file.ts';
export {
  type AnyStage,
  type Checkpoint,
  type CheckpointValue,
  type ComputeBackend,
  type Input,
  type InputSlots,
  type Inputs,
  type Many,
  many,
  type OutputSlots,
  type OutputValues,
  observation,
  type Stage,
  type StageContext,
  type StageDefinition,
  stage,
} from './core/stage.ts';
export { type DType, type Table, type Tensor, type Tensors, type TypedArray, tableOf, tensor } from './core/tensors.ts';
export type { NodeRecord, OpenRequest, Reader } from './engine/open.ts';
export { PauseSwitch } from './engine/pause-switch.ts';
export type { PipelineRequest, PlannedNode, PlanReport, ResultValue, RunReport, RunRequest } from './engine/request.ts';
export { DataError, DefinitionError, RestageError } from './errors.ts';
export type { Failure, RunEvent, RunOutcome, VisitOutcome } from './events.ts';

/**
 * Runs a pipeline; a stage that fails does not throw, but is told in the report.
 *
 *     const report = await run({ pipeline: 'pipelines/higgs', overrides: [{ path: 'cut.topPercent', text: '5' }] });
 *
 * @throws RestageError if the request, the definition or the cache is wrong: nothing has run then
 */
export async function run(request: RunRequest): Promise<RunReport> {
  const engine = await import('./engine/run.ts');
  return engine.run(request);
}

/** What `run` would do, and why. @throws RestageError */
export async function plan(request: PipelineRequest): Promise<PlanReport> {
  const engine = await import('./engine/plan-command.ts');
  return engine.plan(request);
}

/**
 * Opens a cache for reading what is on record.
 *
 *     const record = await open();
 *     const score = record.read('score', 'score');
 *     record.close();
 *
 * @throws RestageError
 */
export async function open(request: OpenRequest = {}): Promise<Reader> {
  const engine = await import('./engine/open.ts');
  return engine.openReader(request);
}
