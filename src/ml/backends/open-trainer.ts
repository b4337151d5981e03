/**
 * From an open backend to the trainer that computes on it, by the `kind` that its entry in the registry gives it. A
 * stage's code holds the trainers, so that an edit of a trainer changes the stage's key; it must not reach the registry
 * itself, which knows how backends are found and loaded. A backend of a known kind needs nothing here.
 */
import type { ComputeBackend } from '../../core/authoring/stage.ts';
import { BackendError } from '../../errors.ts';
import { graphOf } from '../network/graph-of.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { isPortable } from '../portable/backend.ts';
import { PortableTrainer } from '../portable/trainer.ts';
import { isTensorFlow } from '../tensorflow/backend.ts';
import { tensorFlowTrainers } from '../tensorflow/trainer.ts';
import type { Trainer, TrainerOptions } from '../training/trainer.ts';
import { isWebGpu } from '../webgpu/backend.ts';
import { webGpuTrainers } from '../webgpu/trainer.ts';

/**
 * A trainer on this backend, with all parameters zero: `load` some before use. Dispose of it in the end.
 *
 * @throws BackendError if the backend has no trainer.
 * @throws RangeError for a network, batch size or setting of the optimiser that makes no sense.
 */
export function openTrainer(backend: ComputeBackend, spec: NetworkSpec, options: TrainerOptions): Trainer {
  return openTrainers(backend, spec, options, 1)[0]!;
}

/**
 * Several trainers for networks of one shape, each with weights, data, settings and masks of its own. Where the backend
 * gains by that (`tfjs-node`, `tfjs-node-gpu`, `tfjs-webgpu`), they take their steps together, as one program; on
 * others each is by itself. All networks that `openTrainer` takes are taken.
 *
 * Train them at the same time, and dispose of each as soon as its training ends: a step may wait until all of the
 * others have one.
 *
 *     const trainers = openTrainers(ctx.backend, spec, options, 10);
 *     await Promise.all(trainers.map((trainer, fold) => train({ trainer, ...of(fold) }).finally(() => trainer.dispose())));
 *
 * @throws as `openTrainer`; RangeError unless `count` is a whole number of at least 1.
 */
export function openTrainers(
  backend: ComputeBackend,
  spec: NetworkSpec,
  options: TrainerOptions,
  count: number,
): readonly Trainer[] {
  check(spec, options);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new RangeError(`The number of trainers must be a whole number of at least 1, not ${count}.`);
  if (isPortable(backend)) return Array.from({ length: count }, () => new PortableTrainer(backend, spec, options));
  if (isTensorFlow(backend)) return tensorFlowTrainers(backend.tf, spec, options, count);
  if (isWebGpu(backend)) return webGpuTrainers(backend.gpu, spec, options, count);
  throw new BackendError(
    `The backend ${backend.name} cannot train networks; use portable, or one of TensorFlow.js or WebGPU.`,
  );
}

function check(spec: NetworkSpec, options: TrainerOptions): void {
  const { batchSize, adam, sgd } = options;
  if (!Number.isSafeInteger(batchSize) || batchSize < 1)
    throw new RangeError(`A batch must have a whole number of at least 1 rows, not ${batchSize}.`);
  if (adam !== undefined && !(adam.beta2 >= 0 && adam.beta2 < 1 && adam.epsilon >= 0))
    throw new RangeError(`Adam needs 0 <= beta2 < 1 and epsilon >= 0, not ${adam.beta2} and ${adam.epsilon}.`);
  const { weightDecay = 0, decoupledWeightDecay = 0 } = adam ?? sgd;
  const decay = [weightDecay, decoupledWeightDecay].find((rate) => !(rate >= 0 && Number.isFinite(rate)));
  if (decay !== undefined) throw new RangeError(`Weight decay must be a number of at least 0, not ${decay}.`);
  if (batchSize < 2 && graphOf(spec).statistics.length > 0)
    throw new RangeError('Batch norm needs batches of at least 2 rows.');
}
