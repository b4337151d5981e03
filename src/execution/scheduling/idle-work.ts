/** Work for the slots that a run leaves idle. It never waits for a slot, and gives one back at once. */
import type { CacheKey } from '../../core/identity/digest.ts';
import type { Cache } from '../../store/cache.ts';

/** Slots and memory that nothing of the run uses or waits for. */
export interface IdleSlots {
  readonly cpus: number;
  readonly memoryMiB: number;
}

export interface IdleWork {
  /** A node of the run has this state, and did not execute. */
  hit(state: CacheKey): void;
  /** How many slots are idle from here on. Whatever uses more ends now. */
  offer(slots: IdleSlots): void;
  /** Ends all of it, and never fails. What came of it, in a sentence; undefined if nothing did. */
  close(): Promise<string | undefined>;
}

/** @param root directory of the project */
export type OpenIdleWork = (cache: Cache, root: string) => Promise<IdleWork>;

/** Of a run that needs every slot. */
export const NO_SLOTS: IdleSlots = { cpus: 0, memoryMiB: 0 };
