/**
 * The public API, "restage": what a pipeline's file and a script import. Light on purpose: the engine loads only when
 * `run`, `plan` or `open` is called.
 */
import type { OpenRequest, Reader } from './audit/open.ts';
import type { RunReportFacts } from './audit/report/run-report.ts';
import type { VerifyRequest } from './audit/verify/verify-request.ts';
import type { VerifyReport } from './audit/verify/verify.ts';
import type { PipelineRequest } from './planning/request/request.ts';
import type { PlanReport } from './planning/plan/plan-report.ts';
import type { RunThroughRequest } from './remote/through/run-through.ts';
import type { RunReport } from './run/request.ts';

export type { CanonicalValue } from './core/identity/canonical.ts';
export type { AnyCodec, ArrayOutline, Codec, Difference, Preview, ValueOf } from './core/artifact/codec.ts';
export type {
  ChartPanel,
  DotsMark,
  HistogramMark,
  LineMark,
  Panel,
  PanelAxis,
  PanelMark,
  RuleMark,
  TablePanel,
} from './core/artifact/panel.ts';
export type { Extent, NumericDifference } from './core/artifact/numeric-difference.ts';
export type { Branch, Components, Factors, Patch, SomeParams } from './core/authoring/branch.ts';
export {
  type DesignOf,
  type Experiment,
  type ExperimentDefinition,
  experiment,
  type MetricOf,
} from './core/authoring/experiment.ts';
export { bytes } from './core/artifact/codecs/bytes.ts';
export { type ExternalFile, file } from './core/artifact/codecs/file.ts';
export { json } from './core/artifact/codecs/json.ts';
export { panel } from './core/artifact/codecs/panel.ts';
export { table } from './core/artifact/codecs/table.ts';
export { text } from './core/artifact/codecs/text.ts';
export { weights } from './core/artifact/codecs/weights.ts';
export { registerCodec } from './core/artifact/registry.ts';
export {
  type AnyPipeline,
  type Builder,
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
} from './core/authoring/pipeline.ts';
export type { FailureClass, NodePolicy } from './core/authoring/policy.ts';
export {
  type Random,
  type RandomStreams,
  randomStreams,
  type SeedKey,
  type StreamOwner,
} from './core/identity/random.ts';
export { secret } from './core/authoring/secret.ts';
export { externalFile, type FileRef, remoteFile, type RemoteFileOptions } from './core/authoring/file-ref.ts';
export { stateOutput, type StateRef } from './core/authoring/state-output.ts';
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
} from './core/authoring/stage.ts';
export type { Trace, Traceable } from './core/authoring/trace.ts';
export { type Table, type Tensor, type Tensors, tableOf, tensor } from './core/artifact/tensors.ts';
export { type DType, type TypedArray } from './core/artifact/dtypes.ts';
export type { CostOfRun, CostReport, CriticalStep, RunCostReport } from './audit/cost/run-cost.ts';
export type { StageSums } from './audit/cost/stage-costs.ts';
export type { Diff } from './audit/diff/diff.ts';
export type { WorkingDiff } from './audit/diff/diff-working.ts';
export type { Exported, ExportTargets } from './export/export.ts';
export type { How } from './audit/lineage/how.ts';
export type { InputFile, LineageInput, LineageState } from './audit/lineage/lineage.ts';
export type { Uses, UserState } from './audit/lineage/uses.ts';
export type { NodeRecord, OpenRequest, Reader } from './audit/open.ts';
export type { Today, TodayFact } from './audit/today/today-facts.ts';
export type { RunReportFacts } from './audit/report/run-report.ts';
export type { Comparison } from './audit/runs/compare-runs.ts';
export type { MetricHistory } from './audit/runs/metric-history.ts';
export type { CompareQuestion, MetricsQuestion, RunQuestion } from './audit/runs/question.ts';
export type { AgainstBaseline } from './audit/verify/against.ts';
export type { Baseline } from './audit/verify/baseline.ts';
export type { StateVerdict } from './audit/verify/verdict.ts';
export type { VerifyRequest } from './audit/verify/verify-request.ts';
export type { VerifyReport } from './audit/verify/verify.ts';
export type { Cause as WhyCause } from './audit/why/causes.ts';
export type { Change as WhyChange } from './audit/why/change.ts';
export type { WhyRuns } from './audit/why/why-runs.ts';
export type { EquivalenceRecord } from './store/query/equivalences.ts';
export { PauseSwitch } from './execution/scheduling/pause-switch.ts';
export type { PipelineRequest } from './planning/request/request.ts';
export type { PlannedNode, PlanReport } from './planning/plan/plan-report.ts';
export type { RunThroughRequest as RunRequest } from './remote/through/run-through.ts';
export type { ResultValue, RunReport } from './run/request.ts';
export { DataError, DefinitionError, RestageError } from './errors.ts';
export type { Failure, RunEvent, RunOutcome, VisitOutcome } from './events.ts';

/**
 * Runs a pipeline; a stage that fails does not throw; the report says so.
 *
 *     const report = await run({ pipeline: 'pipelines/higgs', overrides: [{ path: 'cut.topPercent', text: '5' }] });
 *
 * @throws RestageError if the request, the definition or the cache is wrong: nothing has run then
 */
export async function run(request: RunThroughRequest): Promise<RunReport> {
  if (request.remote !== undefined) return (await import('./remote/through/run-through.ts')).runThrough(request);
  const engine = await import('./run/run.ts');
  return engine.run(request);
}

/** What `run` would do, and why. @throws RestageError */
export async function plan(request: PipelineRequest): Promise<PlanReport> {
  const engine = await import('./planning/plan/plan-command.ts');
  return engine.plan(request);
}

/**
 * Executes recorded states again, each in a process of its own, and compares what comes out; a state that diverges does
 * not throw; the report says so.
 *
 *     const { verdicts } = await verify({ what: 'run:3', sample: 0.1, rtol: 1e-6 });
 *
 * @throws RestageError if the request or the cache is wrong
 */
export async function verify(request: VerifyRequest = {}): Promise<VerifyReport> {
  const engine = await import('./audit/verify/verify-request.ts');
  return engine.verify(request);
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
  const engine = await import('./audit/open.ts');
  return engine.openReader(request);
}

/**
 * A report as one HTML file, which needs no network and no script.
 *
 *     const record = await open();
 *     writeFileSync('report.html', await reportPage(record.report('run:3')));
 */
export async function reportPage(facts: RunReportFacts): Promise<string> {
  const engine = await import('./report/page/page.ts');
  return engine.reportPage(facts);
}
