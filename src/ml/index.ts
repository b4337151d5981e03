/** The public entry "restage/ml": training and judging small networks. It knows no stages; stages call it. */
export { exp, expm1, log, log1p, pow } from '../core/elementary.ts';
export { asinh, atan2, cos, cosh, hypot, sin, sinh, tan } from '../core/trigonometry.ts';
export { shuffledBatches } from './batches.ts';
export { type NetworkInputs, type TrainingSet, takeRows } from './dataset.ts';
export { ticksSinceBest } from './early-stopping.ts';
export { ensembleWeights, normalised, weightedMean } from './ensemble.ts';
export { type Split, stratifiedFolds, stratifiedSplit } from './folds.ts';
export { initialise } from './initialise.ts';
export { binaryCrossEntropy, bootstrapError, rocAuc } from './metrics.ts';
export {
  defaultEmbeddingSize,
  type Embedding,
  type NetworkSpec,
  type ParameterShape,
  parameterCount,
  parameterShapes,
} from './network.ts';
export { type Mean, PairOfAverages, type PairOptions } from './pair-of-averages.ts';
export { learningRateRangeTest, type RangeTest, type RangeTestOptions } from './range-test.ts';
export { applyScaler, fitScaler, type ScaledColumn, type Scaler } from './scaler.ts';
export {
  type CyclePosition,
  type Cycles,
  type CyclicOptions,
  constantSchedule,
  cosineSchedule,
  cycleAt,
  type ExponentialOptions,
  exponentialSchedule,
  inSubEpochs,
  type OneCycleOptions,
  oneCycleSchedule,
  type Schedule,
  type StepSettings,
  type TrainingSchedule,
  triangularSchedule,
} from './schedules.ts';
export {
  type SelectedCycle,
  type SelectionRule,
  type Snapshot,
  Snapshots,
  type SnapshotsOptions,
  selectSnapshots,
} from './snapshots.ts';
export { type AverageReport, WeightAveraging, type WeightAveragingOptions } from './swa.ts';
export { type TensorFlow, type TensorFlowBackend, tensorflow } from './tensorflow-backend.ts';
export {
  type CallerState,
  type SubEpochReport,
  type TrainedModel,
  type TrainingProgress,
  type TrainOptions,
  train,
} from './train.ts';
export {
  type AdamOptions,
  freshOptimiser,
  type OptimiserState,
  openTrainer,
  type Trainer,
  type TrainerOptions,
} from './trainer.ts';
export { flattenWeights, unflattenWeights, type Weights } from './weights.ts';
