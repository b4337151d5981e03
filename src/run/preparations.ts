/** The activities of a run before it has a number. Each is reported when it begins, and recorded with the run later. */
import type { Preparation, RunEvent } from '../events.ts';
import type { RunPhase } from '../store/record/facts.ts';

export class Preparations {
  readonly #emit: (event: RunEvent) => void;
  readonly #over: RunPhase[] = [];
  #current: { readonly name: Preparation; readonly startedAt: number } | undefined;

  constructor(emit: (event: RunEvent) => void) {
    this.#emit = emit;
  }

  /** Begins an activity and ends the previous one; nothing changes if they are the same. */
  begin(activity: Preparation): void {
    if (this.#current?.name === activity) return;
    this.#end();
    const startedAt = Date.now();
    this.#current = { name: activity, startedAt };
    this.#emit({ type: 'run-preparing', at: startedAt, activity });
  }

  /** Ends the last activity and returns all of them. */
  end(): readonly RunPhase[] {
    this.#end();
    return this.#over;
  }

  #end(): void {
    if (this.#current !== undefined) this.#over.push({ ...this.#current, endedAt: Date.now() });
    this.#current = undefined;
  }
}
