/**
 * Handles of attempts whose ends are on record: they are removed, some in each turn of the event loop. Thousands may
 * have ended at once, and a file system may take a millisecond for each.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { CacheKey } from '../../core/identity/digest.ts';
import type { AttemptHandles } from '../../store/coordination/attempt-handles.ts';
import type { InFlight } from './in-flight.ts';

const REMOVED_A_TURN = 100;

export class ForgottenHandles {
  readonly #handles: AttemptHandles;
  readonly #inFlight: InFlight;
  #waiting: { readonly node: number; readonly key: CacheKey }[] = [];
  #removing: Promise<void> | undefined;

  constructor(handles: AttemptHandles, inFlight: InFlight) {
    this.#handles = handles;
    this.#inFlight = inFlight;
  }

  add(node: number, key: CacheKey): void {
    this.#waiting.push({ node, key });
    if (this.#removing !== undefined) return;
    this.#removing = this.#removeAll();
    // Who waits for it hears of its failure.
    this.#removing.catch(() => undefined);
  }

  /** Returns when all are removed. @throws a system error of one that cannot be */
  async removed(): Promise<void> {
    await this.#removing;
  }

  async #removeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await turn();
      for (const { node, key } of this.#waiting.splice(0, REMOVED_A_TURN))
        // The node may be made again by now, and the handle is that of the new attempt.
        if (this.#inFlight.at(node)?.key !== key) this.#handles.remove(key);
    }
    this.#removing = undefined;
  }
}
