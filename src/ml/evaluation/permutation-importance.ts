/**
 * Permutation importance: how much worse predictions get when a feature's values are dealt out to other rows (Breiman,
 * Machine Learning 45 (2001) 5; as scikit-learn's `permutation_importance`, on trained models and without training
 * again).
 */
import type { RandomStreams } from '../../core/identity/random.ts';
import { mean, standardDeviation } from '../../core/statistics/moments.ts';
import { type NetworkInputs, type TrainingSet } from '../data/dataset.ts';
import type { InputChoice } from '../network/spec.ts';
import { pause } from '../training/pause.ts';

export interface ImportanceOptions {
  /** Rows that the model was not trained on. */
  readonly data: TrainingSet;
  /** A model, or a whole ensemble; `trainer.predict`, for instance. The inputs change after the next call. */
  readonly predict: (inputs: NetworkInputs) => Float32Array | Promise<Float32Array>;
  /** Of the predictions with the targets and weights of the data, such as `rocAuc`. */
  readonly metric: (predictions: Float32Array, targets: ArrayLike<number>, weights: ArrayLike<number>) => number;
  readonly better: 'higher' | 'lower';
  /** Features, and groups of them whose values stay together, by a name. */
  readonly features: Readonly<Record<string, InputChoice>>;
  /** How often each is permuted. */
  readonly repeats: number;
  /**
   * Streams `permutation/<name>/<repeat>`, so that a feature's importance does not depend on which others are asked
   * for.
   */
  readonly rng: RandomStreams;
  /** Called after each feature. */
  readonly onFeature?: (done: FeatureImportance, index: number) => void;
  /** When aborted, it ends by throwing the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface FeatureImportance {
  readonly name: string;
  /** By repeat: how much worse the metric was than without a permutation; negative where it was better. */
  readonly drops: readonly number[];
  /** Their mean. */
  readonly drop: number;
  /**
   * Of that mean: s / sqrt(repeats). It is of the permutations alone; other rows, and another training, would differ by
   * more. Null for one repeat.
   */
  readonly standardError: number | null;
}

export interface Importance {
  /** The metric without a permutation. */
  readonly baseline: number;
  /** In the order in which they were asked for. */
  readonly features: readonly FeatureImportance[];
}

/**
 *     const importance = await permutationImportance({
 *       data, predict: (inputs) => trainer.predict(inputs), metric: rocAuc, better: 'higher',
 *       features: { momentum: { continuous: [0, 1, 2], embeddings: [] }, jets: { continuous: [], embeddings: [0] } },
 *       repeats: 5, rng: ctx.rng, signal: ctx.signal,
 *     });
 *
 * A feature that others can replace has little importance, however useful it is; permute such ones as a group.
 *
 * @throws RangeError without a repeat, for a feature of no input, or an input that the data do not have.
 */
export async function permutationImportance(options: ImportanceOptions): Promise<Importance> {
  const { data, better, repeats, rng, onFeature, signal } = options;
  if (!Number.isSafeInteger(repeats) || repeats < 1)
    throw new RangeError(`Features are permuted a whole number of at least 1 times, not ${repeats}.`);
  const widths = { continuous: data.continuous.length / data.rows, embeddings: data.codes.length / data.rows };
  for (const [name, choice] of Object.entries(options.features)) checkChoice(name, choice, widths);
  const measured = async (inputs: NetworkInputs): Promise<number> =>
    options.metric(await options.predict(inputs), data.targets, data.weights);
  const baseline = await measured(data);
  const permuted = { rows: data.rows, continuous: data.continuous.slice(), codes: data.codes.slice() };
  const order = new Uint32Array(data.rows);
  const features: FeatureImportance[] = [];
  for (const [name, { continuous, embeddings }] of Object.entries(options.features)) {
    const drops: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      await pause(signal);
      for (let row = 0; row < order.length; row++) order[row] = row;
      rng(`permutation/${name}/${repeat}`).shuffle(order);
      deal(data.continuous, permuted.continuous, widths.continuous, continuous, order);
      deal(data.codes, permuted.codes, widths.embeddings, embeddings, order);
      const value = await measured(permuted);
      drops.push(better === 'higher' ? baseline - value : value - baseline);
    }
    permuted.continuous.set(data.continuous);
    permuted.codes.set(data.codes);
    const standardError = repeats === 1 ? null : standardDeviation(drops) / Math.sqrt(repeats);
    const done = { name, drops, drop: mean(drops), standardError };
    features.push(done);
    onFeature?.(done, features.length - 1);
  }
  return { baseline, features };
}

/** Writes these columns of [rows, width] values: row i gets those of row `order[i]`. */
function deal(
  from: ArrayLike<number>,
  to: Float32Array | Uint8Array | Int32Array,
  width: number,
  columns: readonly number[],
  order: Uint32Array,
): void {
  for (const column of columns)
    for (let row = 0; row < order.length; row++) to[row * width + column] = from[order[row]! * width + column]!;
}

function checkChoice(
  name: string,
  choice: InputChoice,
  widths: { readonly continuous: number; readonly embeddings: number },
): void {
  if (choice.continuous.length + choice.embeddings.length === 0)
    throw new RangeError(`The feature "${name}" is of no input, so that there is nothing to permute.`);
  for (const kind of ['continuous', 'embeddings'] as const) {
    const bad = choice[kind].find((column) => !(Number.isInteger(column) && column >= 0 && column < widths[kind]));
    if (bad !== undefined)
      throw new RangeError(
        `The feature "${name}" is of input ${bad} of the ${kind}, and the data have ${widths[kind]} of these, counted from 0.`,
      );
  }
}
