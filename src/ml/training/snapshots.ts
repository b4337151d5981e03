/**
 * Snapshots: the weights at the ends of a training's cycles, and which of them make an ensemble. Snapshot ensembles
 * take them where a cosine has fallen to its end (Huang et al., arXiv:1704.00109), fast geometric ensembles at the low
 * ends of short triangular cycles (Garipov et al., arXiv:1802.10026).
 */
import { pow } from '../../core/numeric/elementary.ts';
import type { CheckpointValue } from '../../core/authoring/stage.ts';
import { DataError } from '../../errors.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { type Cycles, cycleAt } from './schedules.ts';
import type { CallerState, SubEpochReport, TrainingCallback } from './callbacks.ts';
import { flattenWeights, unflattenWeights, type Weights } from '../network/weights.ts';

export interface Snapshot {
  /** The cycle that it was taken at the end of, counted from 1. */
  readonly cycle: number;
  readonly subEpoch: number;
  /** Its validation loss. */
  readonly loss: number;
  readonly weights: Weights;
}

export interface SnapshotsOptions {
  readonly spec: NetworkSpec;
  /** Counted in sub-epochs. */
  readonly cycles: Cycles;
  /** How many of the newest are kept. */
  readonly keep: number;
}

/**
 *     const snapshots = new Snapshots({ spec, cycles: { steps: 5 }, keep: 20 });
 *     await train({ ..., callbacks: [snapshots] });
 */
export class Snapshots implements TrainingCallback, CallerState {
  readonly #options: SnapshotsOptions;
  #kept: readonly Snapshot[] = [];

  constructor(options: SnapshotsOptions) {
    this.#options = options;
  }

  /** Oldest first. */
  get kept(): readonly Snapshot[] {
    return this.#kept;
  }

  /** True if a snapshot was taken. */
  async afterSubEpoch({ subEpoch, loss, trainer }: SubEpochReport): Promise<boolean> {
    const { cycles, keep } = this.#options;
    const { cycle, position } = cycleAt(cycles, subEpoch + 1);
    if (position !== 0) return false;
    this.#kept = [...this.#kept, { cycle, subEpoch, loss, weights: await trainer.weights() }].slice(-keep);
    return true;
  }

  save(): CheckpointValue {
    const { spec } = this.#options;
    return this.#kept.map(({ weights, ...rest }) => ({ ...rest, weights: flattenWeights(spec, weights) }));
  }

  /** @throws DataError if `saved` is not what `save` gave. */
  restore(saved: CheckpointValue): void {
    const { spec } = this.#options;
    if (!Array.isArray(saved)) throw new DataError('The checkpoint holds no snapshots; run the stage afresh.');
    this.#kept = (saved as readonly SavedSnapshot[]).map(({ weights, ...rest }) => ({
      ...rest,
      weights: unflattenWeights(spec, weights),
    }));
  }
}

type SavedSnapshot = Omit<Snapshot, 'weights'> & { readonly weights: Float32Array };

export interface SelectionRule {
  /** How many cycles the training finished, the C below. */
  readonly finishedCycles: number;
  /** The training stops after this many ends of cycles without a new best. */
  readonly patience: number;
  /** How many snapshots are wanted; there may be fewer. */
  readonly count: number;
  /** The p below: 0 for weights that are all 1, -1 for 1/2, 1/3, 1/4 and so on. */
  readonly power: number;
}

export interface SelectedCycle {
  readonly cycle: number;
  readonly weight: number;
}

/**
 * Which snapshots go into an ensemble beside the best network, which has weight 1: with cycles counted from 1, those of
 * C - patience - 1 and before, newest first, the j-th of them (from 0) with weight (j + 2)^p (LUMIN 0.5.1,
 * nn/ensemble/ensemble.py, `_build_ensemble`). A training that ran out of patience has its best at the end of cycle
 * C - patience, so these are the ones before that.
 *
 * @throws RangeError unless counts are whole and not negative.
 */
export function selectSnapshots({ finishedCycles, patience, count, power }: SelectionRule): readonly SelectedCycle[] {
  for (const [what, n] of Object.entries({ finishedCycles, patience, count }))
    if (!Number.isSafeInteger(n) || n < 0)
      throw new RangeError(`Snapshots are selected by whole numbers of at least 0; ${what} is ${n}.`);
  const newest = finishedCycles - patience - 1;
  return Array.from({ length: Math.max(0, Math.min(count, newest)) }, (_, j) => ({
    cycle: newest - j,
    weight: pow(j + 2, power),
  }));
}
