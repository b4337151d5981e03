/**
 * What a training told its trainer, so that a program in another language can do the same: a trainer that writes it
 * down.
 */
import { type Tensor, tensor, type Tensors } from '../../src/core/artifact/tensors.ts';
import type { NetworkInputs, TrainingSet } from '../../src/ml/data/dataset.ts';
import { parameterShapes } from '../../src/ml/network/network.ts';
import type { NetworkSpec } from '../../src/ml/network/spec.ts';
import type { StepSettings } from '../../src/ml/training/schedules.ts';
import type { AdamOptions, Trainer } from '../../src/ml/training/trainer.ts';

/** `training.json`, which says what the arrays of `training.npz` are of. */
export interface RecordedTraining {
  readonly spec: NetworkSpec;
  readonly adam: AdamOptions;
  /** Names of the parameters, in their order: the arrays `initial/<name>`. */
  readonly parameters: readonly string[];
  /**
   * The validation loss after each sub-epoch. The rows of sub-epoch s are in `<s>/continuous` [rows, inputs],
   * `<s>/codes` [rows, embeddings], `<s>/targets` [rows, targets] and `<s>/weights` [rows]; `<s>/batches` [steps,
   * batch] are the rows of each step, `<s>/settings` [steps, 2] its learning rate and beta1. The validation set has the
   * first four, under `validation/`.
   */
  readonly losses: readonly number[];
}

export interface Recorder {
  /** Trains as the one that it is made of, of a network without dropout. */
  readonly trainer: Trainer;
  /** What was recorded until now. */
  recorded(): { readonly about: RecordedTraining; readonly arrays: Tensors };
}

/** Records the first sub-epochs of a training, up to so many; later ones are not kept. */
export function recorder(trainer: Trainer, adam: AdamOptions, most = Number.POSITIVE_INFINITY): Recorder {
  const { spec } = trainer;
  const columns = { embeddings: spec.embeddings.length, targets: 1 };
  const arrays: Record<string, Tensor> = {};
  const losses: number[] = [];
  let steps: { readonly rows: Uint32Array; readonly settings: StepSettings }[] = [];

  const keep = (under: string, data: TrainingSet): void => {
    const { rows } = data;
    arrays[`${under}/continuous`] = tensor([rows, spec.continuous], data.continuous.slice());
    arrays[`${under}/codes`] = tensor([rows, columns.embeddings], Int32Array.from(data.codes));
    arrays[`${under}/targets`] = tensor([rows, columns.targets], Float32Array.from(data.targets));
    arrays[`${under}/weights`] = tensor([rows], data.weights.slice());
  };
  const keepSteps = (): void => {
    const under = String(losses.length);
    const batches = Int32Array.from(steps.flatMap(({ rows }) => [...rows]));
    arrays[`${under}/batches`] = tensor([steps.length, trainer.batchSize], batches);
    const settings = steps.flatMap(({ settings: { learningRate, beta1 } }) => [learningRate, beta1]);
    arrays[`${under}/settings`] = tensor([steps.length, 2], Float64Array.from(settings));
    steps = [];
  };

  return {
    trainer: {
      spec,
      batchSize: trainer.batchSize,
      load(weights) {
        if (losses.length === 0 && steps.length === 0)
          for (const [name, value] of Object.entries(weights)) arrays[`initial/${name}`] = value;
        trainer.load(weights);
      },
      step(data, rows, settings, random) {
        if (losses.length < most) {
          if (steps.length === 0) keep(String(losses.length), data);
          steps.push({ rows: rows.slice(), settings });
        }
        trainer.step(data, rows, settings, random);
      },
      async loss(data, rows) {
        const loss = await trainer.loss(data, rows);
        if (losses.length === 0) keep('validation', data);
        if (steps.length > 0) {
          keepSteps();
          losses.push(loss);
        }
        return loss;
      },
      weights: () => trainer.weights(),
      restore: (state) => trainer.restore(state),
      optimiserState: () => trainer.optimiserState(),
      mask: (masks) => trainer.mask(masks),
      gradient: (data, rows, random) => trainer.gradient(data, rows, random),
      predict: (inputs: NetworkInputs, batchRows) => trainer.predict(inputs, batchRows),
      dispose: () => trainer.dispose(),
    },
    recorded: () => ({
      about: { spec, adam, parameters: parameterShapes(spec).map(({ name }) => name), losses },
      arrays,
    }),
  };
}
