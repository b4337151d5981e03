/**
 * The training that engines are compared by: the HiggsML study's final network on made-up rows. Written to a directory,
 * so that programs in any language take the same rows in the same batches from the same weights with the same schedule.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TypedArray } from '../../src/core/artifact/dtypes.ts';
import type { TrainingSet } from '../../src/ml/data/dataset.ts';
import { initialise } from '../../src/ml/network/initialise.ts';
import { parameterShapes } from '../../src/ml/network/network.ts';
import type { Perceptron } from '../../src/ml/network/spec.ts';
import { oneCycleSchedule } from '../../src/ml/training/schedules.ts';
import { flattenWeights, unflattenWeights, type Weights } from '../../src/ml/network/weights.ts';
import { referenceSpec, sampleData, streams } from '../ml/samples.ts';

/** `task.json`, what the binary files beside it are of. Numbers in them are little-endian. */
export interface TrainingTask {
  readonly spec: Perceptron;
  readonly rows: number;
  readonly batchSize: number;
  /** Batches in `batches`; step n takes number n modulo this. */
  readonly batches: number;
  /** Pairs in `settings`; step n takes number n modulo this. */
  readonly steps: number;
  readonly adam: { readonly beta2: number; readonly epsilon: number };
  /** Of the parameters in `weights`, in their order. */
  readonly shapes: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** Steps after which engines say their loss on all rows, to show that they did the same. */
  readonly checkedSteps: number;
}

/** What the files hold: float32 except `codes` and `batches`, which are int32, and `settings`, which are float64. */
const FILES = ['continuous', 'codes', 'targets', 'weights', 'batches', 'settings', 'initial'] as const;
type File = (typeof FILES)[number];

const BATCHES = 64;
const BATCH_SIZE = 256;
const STEPS = 3000;

/** Writes the task to a new directory. */
export function writeTrainingTask(checkedSteps = 100): string {
  const directory = mkdtempSync(join(tmpdir(), 'restage-training-'));
  const spec = referenceSpec;
  const data = sampleData(spec, BATCHES * BATCH_SIZE, 1);
  const schedule = oneCycleSchedule({
    riseSteps: STEPS / 3,
    fallSteps: (2 * STEPS) / 3,
    learningRate: { start: 1e-4, peak: 1e-2, end: 1e-5 },
    beta1: { high: 0.95, low: 0.85 },
  });
  const files: Record<File, TypedArray> = {
    continuous: data.continuous,
    codes: Int32Array.from(data.codes),
    targets: Float32Array.from(data.targets),
    weights: data.weights,
    batches: streams(1)('batches').shuffle(Int32Array.from({ length: data.rows }, (_, row) => row)),
    settings: Float64Array.from(
      Array.from({ length: STEPS }, (_, step) => schedule(step)).flatMap(({ learningRate, beta1 }) => [
        learningRate,
        beta1,
      ]),
    ),
    initial: flattenWeights(spec, initialise(spec, streams(1)('init'))),
  };
  for (const name of FILES) writeFileSync(join(directory, name), files[name]);
  const task: TrainingTask = {
    spec,
    rows: data.rows,
    batchSize: BATCH_SIZE,
    batches: BATCHES,
    steps: STEPS,
    adam: { beta2: 0.999, epsilon: 1e-3 },
    shapes: parameterShapes(spec),
    checkedSteps,
  };
  writeFileSync(join(directory, 'task.json'), JSON.stringify(task));
  return directory;
}

/** Reads a task back, for engines in this language. */
export function readTrainingTask(directory: string): {
  readonly task: TrainingTask;
  readonly data: TrainingSet;
  readonly batches: readonly Uint32Array[];
  readonly settings: Float64Array;
  readonly initial: Weights;
} {
  const bytes = (name: File): ArrayBuffer => new Uint8Array(readFileSync(join(directory, name))).buffer;
  const task = JSON.parse(readFileSync(join(directory, 'task.json'), 'utf8')) as TrainingTask;
  const order = new Uint32Array(bytes('batches'));
  return {
    task,
    data: {
      rows: task.rows,
      continuous: new Float32Array(bytes('continuous')),
      codes: new Int32Array(bytes('codes')),
      targets: new Float32Array(bytes('targets')),
      weights: new Float32Array(bytes('weights')),
    },
    batches: Array.from({ length: task.batches }, (_, n) =>
      order.subarray(n * task.batchSize, (n + 1) * task.batchSize),
    ),
    settings: new Float64Array(bytes('settings')),
    initial: unflattenWeights(task.spec, new Float32Array(bytes('initial'))),
  };
}
