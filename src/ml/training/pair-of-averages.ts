/**
 * Which average of past weights to keep: an incumbent, and a younger challenger that replaces it if it validates
 * better. The state machine of SWA in LUMIN 0.5.1 (nn/callbacks/model_callbacks.py), because it matters where averaging
 * starts: weights from too early stay in the average.
 *
 * With incumbent A of n_A weights, challenger B of n_B, renewal period P and c = 1 at first, each tick with weights w
 * does
 *
 *     A <- A + (w - A) / (n_A + 1),  n_A <- n_A + 1
 *     if n_A > P:    B <- B + (w - B) / (n_B + 1),  n_B <- n_B + 1          (from nothing, so that the first B is w)
 *     if n_B > c P:  if loss(B) < loss(A):  A <- B,  n_A <- n_B,  c <- 1;   else:  c <- c + 1
 *                    in both cases then  B <- w,  n_B <- 1
 *
 * so a challenger that loses is followed by one that waits longer: P, 2P, 3P ticks. One thing differs. In LUMIN the
 * first challenger begins as the network's initial random weights, counted as one, so half of it is noise when it is
 * first added to, and it hardly ever wins.
 */
import type { CheckpointValue } from '../../core/authoring/stage.ts';
import { DataError } from '../../errors.ts';

/** The mean of so many vectors. */
export interface Mean {
  readonly values: Float64Array;
  readonly count: number;
}

/** All that a pair knows. Means are replaced, never written to, so a copy of the pair is a copy of these five. */
interface Pair {
  readonly ticks: number;
  readonly incumbent: Mean | null;
  readonly challenger: Mean | null;
  /** The c of the rule. */
  readonly cycles: number;
  /** How often a challenger has won. */
  readonly replacements: number;
}

export interface PairOptions {
  /** Ticks before the incumbent's first. */
  readonly start: number;
  /**
   * The P of the rule, in ticks; without one there is no challenger, and the average is plain SWA's (Izmailov et al.,
   * arXiv:1803.05407).
   */
  readonly renewal?: number | undefined;
}

export class PairOfAverages {
  readonly #start: number;
  readonly #renewal: number | undefined;
  #pair: Pair = { ticks: 0, incumbent: null, challenger: null, cycles: 1, replacements: 0 };

  /** @throws RangeError unless the numbers of ticks are whole, `start` at least 0 and `renewal` at least 1. */
  constructor({ start, renewal }: PairOptions) {
    const check = (what: string, ticks: number, least: number): void => {
      if (!Number.isSafeInteger(ticks) || ticks < least)
        throw new RangeError(`The ${what} of an average must be a whole number of at least ${least}, not ${ticks}.`);
    };
    check('start', start, 0);
    if (renewal !== undefined) check('renewal period', renewal, 1);
    this.#start = start;
    this.#renewal = renewal;
  }

  /** Null before the start. */
  get incumbent(): Mean | null {
    return this.#pair.incumbent;
  }

  get replacements(): number {
    return this.#pair.replacements;
  }

  /** Takes in the weights of one tick; `lossOf` is asked for both averages' losses when they are to be compared. */
  async tick(weights: Float32Array, lossOf: (mean: Mean) => Promise<number>): Promise<void> {
    const { ticks } = this.#pair;
    this.#pair = { ...this.#pair, ticks: ticks + 1 };
    if (ticks < this.#start) return;
    const incumbent = including(this.#pair.incumbent, weights);
    const grown = this.#renewal !== undefined && incumbent.count > this.#renewal;
    const challenger = grown ? including(this.#pair.challenger, weights) : null;
    this.#pair = { ...this.#pair, incumbent, challenger };
    if (challenger === null || challenger.count <= this.#pair.cycles * this.#renewal!) return;
    const { cycles, replacements } = this.#pair;
    const next = including(null, weights);
    this.#pair =
      (await lossOf(challenger)) < (await lossOf(incumbent))
        ? { ...this.#pair, incumbent: challenger, challenger: next, cycles: 1, replacements: replacements + 1 }
        : { ...this.#pair, challenger: next, cycles: cycles + 1 };
  }

  save(): CheckpointValue {
    const { ticks, incumbent, challenger, cycles, replacements } = this.#pair;
    return {
      ticks,
      incumbent: incumbent && { ...incumbent },
      challenger: challenger && { ...challenger },
      cycles,
      replacements,
    };
  }

  /** @throws DataError if `saved` is not what `save` gave. */
  restore(saved: CheckpointValue): void {
    if (!isPair(saved)) throw new DataError('The checkpoint holds no averages of weights; run the stage afresh.');
    this.#pair = saved;
  }
}

function including(mean: Mean | null, weights: Float32Array): Mean {
  if (mean === null) return { values: Float64Array.from(weights), count: 1 };
  const count = mean.count + 1;
  return { values: mean.values.map((value, i) => value + (weights[i]! - value) / count), count };
}

function isPair(value: CheckpointValue): value is CheckpointValue & Pair {
  if (typeof value !== 'object' || value === null) return false;
  const { ticks, incumbent, challenger, cycles, replacements } = value as Readonly<Record<string, unknown>>;
  return (
    [ticks, cycles, replacements].every((count) => typeof count === 'number') &&
    [incumbent, challenger].every(
      (mean) => mean === null || (mean as Partial<Mean> | undefined)?.values instanceof Float64Array,
    )
  );
}
