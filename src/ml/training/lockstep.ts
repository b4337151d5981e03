/**
 * Networks of one shape that take their steps together, as one program: each operation is done for all of them, so that
 * a step costs its operations once, however many there are.
 *
 * A member's step waits until every other member has one too, so members have to be trained at the same time; one that
 * has ended leaves. Which steps are taken together depends on their order in each member alone.
 */
import type { Random } from '../../core/identity/random.ts';
import type { TrainingSet } from '../data/dataset.ts';
import { HoldUp } from './hold-up.ts';
import type { StepSettings } from './schedules.ts';

/** One step of one network. */
export interface PendingStep {
  readonly data: TrainingSet;
  readonly rows: Uint32Array;
  readonly settings: StepSettings;
  readonly random: Random | undefined;
}

/** What the lockstep keeps for a member. */
interface Place<Step> {
  readonly queue: Step[];
  /** Called when its queue is empty, or with why it will never be. */
  readonly waiting: { readonly resolve: () => void; readonly reject: (reason: unknown) => void }[];
}

export class Lockstep<Member extends object, Step> {
  readonly #places: Map<Member, Place<Step>>;
  readonly #take: (members: readonly Member[], steps: readonly Step[]) => void;
  readonly #holdUp: HoldUp;
  #failure: { readonly reason: unknown } | undefined;

  /** @param take takes one step of every member that has not left, in the order of the members */
  constructor(members: readonly Member[], take: (members: readonly Member[], steps: readonly Step[]) => void) {
    this.#places = new Map(members.map((member) => [member, { queue: [], waiting: [] }]));
    this.#take = take;
    this.#holdUp = new HoldUp(members.length, () =>
      members.flatMap((member, number) => (this.#places.get(member)?.queue.length === 0 ? [number] : [])),
    );
  }

  /** Those that have not left. */
  get members(): readonly Member[] {
    return [...this.#places.keys()];
  }

  /** Takes the step as soon as every member has one. @throws what went wrong in it, or in an earlier one */
  push(member: Member, step: Step): void {
    this.#checkWhole();
    this.#placeOf(member).queue.push(step);
    this.#advance();
    this.#checkWhole();
  }

  /** Waits until all steps of the member are taken. */
  async settled(member: Member): Promise<void> {
    this.#checkWhole();
    const { queue, waiting } = this.#placeOf(member);
    if (queue.length === 0) return;
    await new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }));
  }

  /** @throws RangeError if steps of the member are not taken yet */
  checkSettled(member: Member): void {
    if (this.#placeOf(member).queue.length > 0)
      throw new RangeError(
        'A trainer that is one of several takes its steps when the others do, and some of its steps are not taken yet; await weights() before you change it.',
      );
  }

  /**
   * The others go on without it. Nothing happens if it has left.
   *
   * @param remove takes it out of what they share, before they go on; given its steps that will not be taken
   */
  leave(member: Member, remove: (dropped: readonly Step[]) => void): void {
    const place = this.#places.get(member);
    if (place === undefined) return;
    const gone = new Error('The trainer was disposed of before its steps were taken.');
    for (const { reject } of place.waiting.splice(0)) reject(gone);
    remove(place.queue);
    this.#places.delete(member);
    if (this.#failure === undefined) this.#advance();
  }

  #placeOf(member: Member): Place<Step> {
    const place = this.#places.get(member);
    if (place === undefined) throw new Error('The trainer was disposed of.');
    return place;
  }

  #checkWhole(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  /** What goes wrong is told to all members whenever they ask: not to one that only leaves. */
  #advance(): void {
    const places = [...this.#places.values()];
    let hasGoneOn = false;
    try {
      while (places.length > 0 && places.every(({ queue }) => queue.length > 0)) {
        this.#take(
          this.members,
          places.map(({ queue }) => queue.shift()!),
        );
        hasGoneOn = true;
        for (const { queue, waiting } of places)
          if (queue.length === 0) for (const { resolve } of waiting.splice(0)) resolve();
      }
    } catch (reason) {
      this.#failure = { reason };
      for (const { waiting } of places) for (const { reject } of waiting.splice(0)) reject(reason);
    }
    const isWaiting = this.#failure === undefined && places.some(({ queue }) => queue.length > 0);
    this.#holdUp.note(isWaiting, hasGoneOn);
  }
}
