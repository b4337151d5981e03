/**
 * What all code of this process shares, as it is between attempts. The first snapshot is taken when it is needed: code
 * that is known to change nothing needs none.
 */
import type { Change } from './change.ts';
import { ProcessState } from './process-state.ts';
import { sharedObjects } from './roots.ts';
import { SharedValues } from './shared-values.ts';

export class Realm {
  #values: SharedValues | undefined;
  #state: ProcessState | undefined;

  get isRemembered(): boolean {
    return this.#values !== undefined;
  }

  /** Takes what there is now as what there is to be, unless that was done before and nothing has changed since. */
  remember(): void {
    if (this.#values === undefined || this.#values.changes().length > 0) this.#values = new SharedValues(sharedObjects());
    this.#state = new ProcessState();
  }

  /**
   * After packages have been loaded. Globals that they define are theirs, as their modules' variables are, and remain.
   * @returns what else has changed
   */
  acceptGlobals(): readonly Change[] {
    this.#values?.acceptGlobals();
    return this.changes();
  }

  /** What has changed since. */
  changes(): readonly Change[] {
    return [...(this.#values?.changes() ?? []), ...(this.#state?.changes() ?? [])];
  }
}
