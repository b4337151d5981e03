/**
 * The public entry "restage/ml": training and judging small networks. It does not know about stages; stages call it.
 */
export { exp, expm1, log, log1p, pow } from '../core/numeric/elementary.ts';
export { asinh, atan2, cos, cosh, hypot, sin, sinh, tan } from '../core/numeric/trigonometry.ts';
export { shuffledBatches } from './training/batches.ts';
export { type NetworkInputs, type TrainingSet, takeRows } from './data/dataset.ts';
export {
  type CallerState,
  type StepStart,
  type SubEpochReport,
  type SubEpochStart,
  type TrainedModel,
  type TrainerReader,
  type TrainingCallback,
  type TrainingProgress,
} from './training/callbacks.ts';
export { EarlyStopping, type EarlyStoppingOptions, type PatienceUnit } from './training/early-stopping.ts';
export { pause } from './training/pause.ts';
export { ensembleWeights, normalised, weightedMean } from './evaluation/ensemble.ts';
export { type Split, stratifiedFolds, stratifiedSplit } from './data/folds.ts';
export { type MeanInterval, meanInterval } from './evaluation/mean-interval.ts';
export {
  type FeatureImportance,
  type Importance,
  type ImportanceOptions,
  permutationImportance,
} from './evaluation/permutation-importance.ts';
export {
  accuracy,
  brierScore,
  categoricalAccuracy,
  categoricalCrossEntropy,
  meanSquaredError,
} from './evaluation/further-metrics.ts';
export { averagePrecision, rocCurve, type RocPoint } from './evaluation/curves.ts';
export {
  leastSquaresWeights,
  logisticStack,
  type LogisticStack,
  type OutOfFold,
  stackedPrediction,
} from './evaluation/stacking.ts';
export { initialise } from './network/initialise.ts';
export {
  binaryCrossEntropy,
  bootstrap,
  bootstrapEach,
  type BootstrapDistribution,
  bootstrapError,
  type BootstrapOptions,
  rocAuc,
} from './evaluation/metrics.ts';
export type { Masks } from './network/masks.ts';
export {
  defaultEmbeddingSize,
  outputCount,
  type ParameterShape,
  parameterCount,
  parameterShapes,
  statisticShapes,
  targetCount,
} from './network/network.ts';
export { blockSchema, hiddenLayerSchema, networkSpecSchema } from './network/network-schema.ts';
export type {
  Activation,
  Block,
  BlockNetwork,
  BlockBranch,
  Embedding,
  Head,
  HiddenLayer,
  InputChoice,
  NetworkSpec,
  Perceptron,
} from './network/spec.ts';
export { type Mean, PairOfAverages, type PairOptions } from './training/pair-of-averages.ts';
export { learningRateRangeTest, type RangeTest, type RangeTestOptions } from './training/range-test.ts';
export { applyScaler, fitScaler, type ScaledColumn, type Scaler } from './data/scaler.ts';
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
} from './training/schedules.ts';
export {
  type SelectedCycle,
  type SelectionRule,
  type Snapshot,
  Snapshots,
  type SnapshotsOptions,
  selectSnapshots,
} from './training/snapshots.ts';
export { type AverageReport, WeightAveraging, type WeightAveragingOptions } from './training/swa.ts';
export { type TensorFlow, type TensorFlowBackend, tensorflow } from './tensorflow/backend.ts';
export { type TrainOptions, train } from './training/train.ts';
export {
  type AdamOptions,
  freshOptimiser,
  type OptimiserOptions,
  type OptimiserState,
  type SgdOptions,
  type Trainer,
  type TrainerOptions,
  type WeightDecay,
} from './training/trainer.ts';
export { openTrainer, openTrainers } from './backends/open-trainer.ts';
export { flattenWeights, unflattenWeights, type Weights } from './network/weights.ts';
export {
  type BoostedTrees,
  type BoostOptions,
  boostTrees,
  predictTrees,
  type TreeData,
} from './trees/boosted-trees.ts';
export type { Tree } from './trees/tree.ts';
