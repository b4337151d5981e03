/**
 * What kind a test file is. All that no list here names are unit tests, and `test/architecture/unit-tests.test.ts`
 * fails if one of them executes a project or starts a command line.
 */

/**
 * Tests that execute whole projects, or many random ones, in their own process, and all of the rooms that are about
 * them. The check of spelling is here too, since it loads dictionaries for seconds.
 */
export const IN_PROCESS: readonly string[] = [
  'test/architecture/spelling.test.ts',
  'test/audit/**/*.test.ts',
  'test/cli/**/*.test.ts',
  'test/doctor/examine.test.ts',
  'test/identity/code/differential.test.ts',
  'test/identity/code/random-edits.test.ts',
  'test/identity/code/scale.test.ts',
  'test/pipelines/**/*.test.ts',
  'test/planning/plan/reasons/comparable-states.test.ts',
  'test/report/run-drawing.test.ts',
  'test/run/**/*.test.ts',
  'test/store/upkeep/disk-use.test.ts',
  'test/store/upkeep/health.test.ts',
  'test/study/**/*.test.ts',
];

/** Tests that start the built command line, npm, a terminal, another Node or many workers: the project `e2e`. */
export const E2E: readonly string[] = [
  'test/e2e/**/*.test.ts',
  'test/cli/doctor.test.ts',
  'test/identity/code/own-node.test.ts',
  'test/remote/places/s3/buckets.test.ts',
  'test/remote/places/ssh-place.test.ts',
  'test/store/coordination/several-processes.test.ts',
  'test/store/objects/several-processes.test.ts',
];

/** Those that change the process that they are in, and need one for themselves: the project `own-process`. */
export const OWN_PROCESS: readonly string[] = [
  'test/audit/verify/verdicts.test.ts',
  'test/executors/in-process/in-process-executor.test.ts',
  'test/executors/worker/crashes.test.ts',
  'test/executors/worker/hostile-stages.test.ts',
  'test/executors/worker/observed.test.ts',
  'test/executors/worker/processes.test.ts',
  'test/executors/worker/together.test.ts',
  'test/executors/worker/worker-executor.test.ts',
  'test/ml/tensorflow/native.test.ts',
];

/**
 * What a release needs besides: the packed package and a replay as npm installs them, the lock files of other package
 * managers, other Nodes and compilers, whole runs on TensorFlow, on a software GPU and with averaged weights, the same
 * training in PyTorch, stages that leave behind whatever they can, each example of the pages as the compiler and a
 * reader take it, and exports held against the published shapes. The project `release`, which `npm test` leaves out.
 */
export const RELEASE: readonly string[] = [
  'test/release/**/*.test.ts',
  'test/docs/types.test.ts',
  'test/export/shapes.test.ts',
];

/** Tests that take minutes: the project `torture`, which `npm test` leaves out. */
export const TORTURE: readonly string[] = ['test/torture/**/*.test.ts'];

/** Tests of kernels and of what only a GPU's trainers do. */
export const GPU_ALONE: readonly string[] = ['test/ml/webgpu/**/*.test.ts'];

/** The project `gpu`: those, and what trainers do on every backend, which are unit tests for the others. */
export const GPU: readonly string[] = [
  'test/ml/training/{block-gradients,gradients,masks,optimisers,together,trainer}.test.ts',
  ...GPU_ALONE,
];
