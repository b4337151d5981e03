/**
 * The trainer of a network that a backend holds as one of a group: weights and masks as vectors, and what has to wait
 * for what.
 */
import type { Tensors } from '../../core/artifact/tensors.ts';
import type { Random } from '../../core/identity/random.ts';
import { DataError } from '../../errors.ts';
import { checkInputs, type NetworkInputs, type TrainingSet } from '../data/dataset.ts';
import { needed } from '../network/dropout.ts';
import { flattenMasks, type Masks } from '../network/masks.ts';
import { hasDropout, parameterCount } from '../network/network.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { flattenWeights, namedParameters, unflattenWeights, type Weights } from '../network/weights.ts';
import type { PendingStep } from './lockstep.ts';
import type { StepSettings } from './schedules.ts';
import type { OptimiserState, Trainer, TrainerOptions } from './trainer.ts';

/** Vectors that a backend keeps for a network: of all parameters, and one of the statistics. */
export type StatePart = 'parameters' | 'first' | 'second' | 'statistics';

/** One network on a backend. All but the first two expect that its steps are taken. */
export interface NetworkMember {
  /** Waits until all of its steps are taken. */
  settled(): Promise<void>;
  /** Takes it as soon as every other member of the group has one. */
  step(step: PendingStep): void;
  /** See `Trainer`; absent if it has taken a step when it returns. */
  caughtUp?(): Promise<void>;
  /** How many steps it has taken. */
  steps: number;
  read(part: StatePart): Promise<Float32Array>;
  write(parts: Readonly<Partial<Record<StatePart, Float32Array>>>): void;
  /** @param kept 1 or 0 for each parameter */
  mask(kept: Uint8Array): void;
  /** Of all parameters. It changes nothing. */
  gradient(step: Omit<PendingStep, 'settings'>): Promise<Float32Array>;
  loss(data: TrainingSet, rows: Uint32Array | undefined): Promise<number>;
  /** @param batchRows undefined: as many as suit the backend */
  predict(inputs: NetworkInputs, batchRows: number | undefined): Promise<Float32Array>;
  dispose(): void;
}

export class MemberTrainer implements Trainer {
  readonly spec: NetworkSpec;
  readonly batchSize: number;
  readonly #member: NetworkMember;
  readonly #count: number;
  readonly #drops: boolean;

  constructor(member: NetworkMember, spec: NetworkSpec, { batchSize }: TrainerOptions) {
    this.spec = spec;
    this.batchSize = batchSize;
    this.#member = member;
    this.#count = parameterCount(spec);
    this.#drops = hasDropout(spec);
  }

  load(weights: Tensors): void {
    const flat = flattenWeights(this.spec, weights);
    const statistics = flat.length === this.#count ? {} : { statistics: flat.slice(this.#count) };
    this.#member.write({ parameters: flat.slice(0, this.#count), ...statistics });
  }

  async weights(): Promise<Weights> {
    await this.#member.settled();
    const [parameters, statistics] = await Promise.all([
      this.#member.read('parameters'),
      this.#member.read('statistics'),
    ]);
    const flat = new Float32Array(parameters.length + statistics.length);
    flat.set(parameters);
    flat.set(statistics, parameters.length);
    return unflattenWeights(this.spec, flat);
  }

  restore({ steps, first, second }: OptimiserState): void {
    if (first.length !== this.#count || second.length !== this.#count)
      throw new DataError(
        `The optimiser's state is of ${first.length} and ${second.length} parameters; the network has ${this.#count}.`,
      );
    this.#member.write({ first, second });
    this.#member.steps = steps;
  }

  async optimiserState(): Promise<OptimiserState> {
    await this.#member.settled();
    const { steps } = this.#member;
    const [first, second] = await Promise.all([this.#member.read('first'), this.#member.read('second')]);
    return { steps, first, second };
  }

  mask(masks: Masks): void {
    this.#member.mask(flattenMasks(this.spec, masks));
  }

  step(data: TrainingSet, rows: Uint32Array, settings: StepSettings, random?: Random): void {
    this.#checkStep(data, rows, random);
    this.#member.step({ data, rows, settings, random });
  }

  async caughtUp(): Promise<void> {
    await this.#member.caughtUp?.();
  }

  async gradient(data: TrainingSet, rows: Uint32Array, random?: Random): Promise<Weights> {
    this.#checkStep(data, rows, random);
    await this.#member.settled();
    return namedParameters(this.spec, await this.#member.gradient({ data, rows, random }));
  }

  async loss(data: TrainingSet, rows?: Uint32Array): Promise<number> {
    if (rows !== undefined) checkRows(data, rows);
    await this.#member.settled();
    return this.#member.loss(data, rows);
  }

  async predict(inputs: NetworkInputs, batchRows?: number): Promise<Float32Array> {
    checkInputs(this.spec, inputs, 'the rows to predict');
    await this.#member.settled();
    return this.#member.predict(inputs, batchRows);
  }

  dispose(): void {
    this.#member.dispose();
  }

  /** Before a step waits for others, since then its caller has gone on. */
  #checkStep(data: TrainingSet, rows: Uint32Array, random: Random | undefined): void {
    if (rows.length !== this.batchSize)
      throw new RangeError(`A step takes a batch of ${this.batchSize} rows, not ${rows.length}.`);
    checkRows(data, rows);
    if (this.#drops) needed(random);
  }
}

/** A device may read something else where there is no row, and say nothing. */
function checkRows(data: TrainingSet, rows: Uint32Array): void {
  const stranger = rows.find((row) => row >= data.rows);
  if (stranger !== undefined) throw new RangeError(`There is no row ${stranger} in a data set of ${data.rows} rows.`);
}
