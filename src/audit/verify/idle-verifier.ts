/**
 * Verifies a sample of a run's hits on slots that the run leaves idle, each state in a process of its own. When the run
 * wants a slot back, the attempt on it is killed, and its state waits for its next turn.
 */
import type { CacheKey } from '../../core/identity/digest.ts';
import { RestoreCancelled } from '../../execution/repetition/restorer.ts';
import { type IdleSlots, type IdleWork, NO_SLOTS } from '../../execution/scheduling/idle-work.ts';
import { messageOf } from '../../core/diagnostics/thrown.ts';
import type { Cache } from '../../store/cache.ts';
import type { StateRecord } from '../../store/query/states.ts';
import type { StateVerdict } from './verdict.ts';

/** One state at a time, and then no more. */
export interface StateVerifier {
  /** @throws RestoreCancelled after `cancel` */
  verify(state: StateRecord): Promise<StateVerdict>;
  cancel(): void;
  close(): Promise<void>;
}

export interface IdleVerifierOptions {
  /** With this probability a hit is verified. */
  readonly share: number;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly open: () => StateVerifier;
  /** Puts a verdict on record. */
  readonly keep: (verdict: StateVerdict) => void;
  /** What a person reads of the verdicts. */
  readonly summary: (verdicts: readonly StateVerdict[]) => string;
  /** Milliseconds that a slot has to be idle: from one node to the next it is idle as well. */
  readonly patience?: number;
}

interface Lane {
  readonly state: StateRecord;
  readonly memoryMiB: number;
  readonly verifier: StateVerifier;
}

const MIB = 2 ** 20;
const PATIENCE_MS = 250;

export class IdleVerifier implements IdleWork {
  readonly #cache: Cache;
  readonly #options: IdleVerifierOptions;
  readonly #waiting: StateRecord[] = [];
  readonly #seen = new Set<CacheKey>();
  readonly #verdicts: StateVerdict[] = [];
  /** The last one began last. */
  readonly #lanes: Lane[] = [];
  /** Those that were cancelled, until their processes are gone, among them. */
  readonly #ends = new Set<Promise<void>>();
  #slots = NO_SLOTS;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #fault: Error | undefined;

  constructor(cache: Cache, options: IdleVerifierOptions) {
    this.#cache = cache;
    this.#options = options;
  }

  hit(key: CacheKey): void {
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    if (this.#options.random() >= this.#options.share) return;
    const { states } = this.#cache.query;
    const row = states.byKey(key);
    // A device belongs to the node that the run gives it to.
    const backend = row && states.fields(row.id).find(({ name }) => name === 'backend');
    if (row !== undefined && (backend === undefined || backend.preview.endsWith(' on cpu')))
      this.#waiting.push(states.get(row.id)!);
    // A hit is told when it is on record, which may be after the last offer.
    this.#beginLater();
  }

  offer(slots: IdleSlots): void {
    this.#slots = slots;
    while (this.#lanes.length > 0 && (this.#lanes.length > slots.cpus || this.#memory() > slots.memoryMiB)) {
      const { state, verifier } = this.#lanes.pop()!;
      verifier.cancel();
      this.#waiting.unshift(state);
    }
    // From now on it has to be idle for a while.
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#beginLater();
  }

  async close(): Promise<string | undefined> {
    this.#isClosed = true;
    this.offer(NO_SLOTS);
    await Promise.all(this.#ends);
    const told = this.#verdicts.length === 0 ? '' : this.#options.summary(this.#verdicts);
    const fault = this.#fault === undefined ? '' : `Verifying in idle time has ended early: ${messageOf(this.#fault)}`;
    return [told, fault].filter((sentence) => sentence !== '').join(' ') || undefined;
  }

  #beginLater(): void {
    if (this.#timer !== undefined || !this.#mayBegin()) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#beginAll();
    }, this.#options.patience ?? PATIENCE_MS).unref();
  }

  #beginAll(): void {
    while (this.#mayBegin()) this.#begin(this.#waiting.shift()!);
  }

  #mayBegin(): boolean {
    const [next] = this.#waiting;
    if (this.#isClosed || next === undefined || this.#lanes.length >= this.#slots.cpus) return false;
    return this.#memory() + this.#memoryOf(next) <= this.#slots.memoryMiB;
  }

  #begin(state: StateRecord): void {
    const verifier = this.#options.open();
    const lane = { state, verifier, memoryMiB: this.#memoryOf(state) };
    this.#lanes.push(lane);
    const end = this.#verify(lane);
    this.#ends.add(end);
    void end.then(() => this.#ends.delete(end));
  }

  async #verify(lane: Lane): Promise<void> {
    const { state, verifier } = lane;
    try {
      const verdict = await verifier.verify(state);
      // It came to its end before it was cancelled.
      const again = this.#waiting.indexOf(state);
      if (again >= 0) this.#waiting.splice(again, 1);
      this.#options.keep(verdict);
      this.#verdicts.push(verdict);
    } catch (error) {
      if (error instanceof RestoreCancelled) return;
      // It ends this work and not the run, which hears of it at its end.
      this.#fault ??= error as Error;
      this.#isClosed = true;
    } finally {
      await verifier.close();
      const at = this.#lanes.indexOf(lane);
      if (at >= 0) this.#lanes.splice(at, 1);
      this.#beginAll();
    }
  }

  #memory(): number {
    return this.#lanes.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0);
  }

  #memoryOf({ attempt }: StateRecord): number {
    return (this.#cache.query.attempts.get(attempt)?.peakBytes ?? 0) / MIB;
  }
}
