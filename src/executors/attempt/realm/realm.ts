/**
 * What all code of this process shares, as it is between attempts. All of it is looked at only around code that is not
 * known to leave it alone: a snapshot takes tens of milliseconds, a comparison some tenths of one.
 */
import type { Change } from './change.ts';
import { ProcessState } from './process-state.ts';
import { coreObjects, sharedObjects } from './roots.ts';
import { SharedValues } from './shared-values.ts';

export class Realm {
  #core: SharedValues | undefined;
  #values: SharedValues | undefined;
  #state: ProcessState | undefined;

  get isRemembered(): boolean {
    return this.#values !== undefined;
  }

  /** Remembers the present values, unless that was done before and nothing has changed since. */
  remember(): void {
    if (this.#values === undefined || this.#values.changes().length > 0)
      this.#values = new SharedValues(sharedObjects());
    this.#state = new ProcessState();
  }

  /** The same for the little that even harmless code can reach. */
  rememberCore(): void {
    this.#core ??= new SharedValues(coreObjects());
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

  coreChanges(): readonly Change[] {
    return this.#core?.changes() ?? [];
  }
}
