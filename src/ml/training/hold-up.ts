/**
 * Says which of several trainers holds up the others, where it does so for long: its training never began or has ended,
 * and nobody has disposed of it. One that only takes long between two steps is named as well, and goes on.
 */

/** Nothing but a validation takes as long, and that on a slow device. */
const LONG_MS = 120_000;

export class HoldUp {
  readonly #count: number;
  readonly #lagging: () => readonly number[];
  #timer: NodeJS.Timeout | undefined;

  /** @param lagging the trainers that have no step while others have, by number */
  constructor(count: number, lagging: () => readonly number[]) {
    this.#count = count;
    this.#lagging = lagging;
  }

  /**
   * @param isWaiting whether a step waits for others now. @param hasGoneOn whether steps were taken since the last call
   */
  note(isWaiting: boolean, hasGoneOn: boolean): void {
    if (isWaiting && !hasGoneOn && this.#timer !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = isWaiting ? setTimeout(() => this.#tell(), LONG_MS).unref() : undefined;
  }

  #tell(): void {
    const numbers = this.#lagging();
    if (numbers.length === 0) return;
    const [which, its] =
      numbers.length === 1
        ? [`number ${numbers.join()} has`, 'its training has ended or never began, dispose of it']
        : [`numbers ${numbers.join(', ')} have`, 'their trainings have ended or never began, dispose of them'];
    console.warn(
      `Of ${this.#count} trainers that take their steps together, counted from 0, ${which} taken none for ${LONG_MS / 1000} s, and the others wait; if ${its}.`,
    );
  }
}
