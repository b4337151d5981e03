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
  readonly #changes: Change[] = [];

  get isRemembered(): boolean {
    return this.#values !== undefined;
  }

  /** Remembers the present values, unless that was done before and nothing has changed since. */
  remember(): void {
    if (this.#values?.isUnchanged() !== true) this.#values = new SharedValues(sharedObjects());
    this.#state = new ProcessState();
  }

  /** The same for the little that even harmless code can reach. */
  rememberCore(): void {
    this.#core ??= new SharedValues(coreObjects());
  }

  /**
   * After packages have been loaded. They are loaded only once: what they changed stays, for they count on it. Globals
   * that they define are theirs, as their modules' variables are, and no change.
   */
  acceptPackages(): void {
    const names = [...(this.#values?.acceptPackages() ?? []), ...(this.#state?.names() ?? [])];
    this.#state &&= new ProcessState();
    this.#changes.push(...names.map((name) => ({ name, isUndone: false })));
  }

  /**
   * Puts back what differs in objects, of the little that harmless code can reach or of all. Code of a stage has just
   * run, and restage's own may work with nothing that it has replaced.
   */
  putBack(isHarmless: boolean): void {
    const changes = (isHarmless ? this.#core : this.#values)?.putBack() ?? [];
    if (changes.length > 0) this.#changes.push(...changes);
  }

  /** All that has changed since the last call. Nothing that can be put back is left. */
  takeChanges(isHarmless: boolean): readonly Change[] {
    this.putBack(isHarmless);
    if (!isHarmless) this.#changes.push(...(this.#state?.putBack() ?? []));
    return this.#changes.splice(0);
  }
}
