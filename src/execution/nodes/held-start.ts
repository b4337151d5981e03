/** A node that is held until others of its stage are there: tells so, and continues the run when the time is over. */
import type { Assignment, HeldNode } from '../scheduling/assignment.ts';
import type { RunContext } from './run-context.ts';

/** Longer timers end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class HeldStart {
  readonly #context: RunContext;
  readonly #resume: () => void;
  /** The node that was told to be held, on behalf of all that wait with it. */
  #told: Pick<HeldNode, 'node' | 'more'> | undefined;
  #until: number | undefined;
  #stopTimer: () => void = () => undefined;

  /** @param resume starts what may start now */
  constructor(context: RunContext, resume: () => void) {
    this.#context = context;
    this.#resume = resume;
  }

  /** Nothing can start now. @param held the node that is held, if that is why */
  note(held: HeldNode | undefined): void {
    const { journal, options, scheduler } = this.#context;
    if (held?.until !== this.#until) this.#setTimer(held?.until);
    const told = this.#told;
    // While the one that was told waits with it, a better one is not news.
    const node = told !== undefined && held?.mates.has(told.node) === true ? told.node : held?.node;
    if (told?.node === node && told?.more === held?.more) return;
    // Of one that is no longer queued, something else was told.
    if (told !== undefined && told.node !== node && scheduler.isQueued(told.node)) this.#tellOver(told.node);
    this.#told = undefined;
    if (held === undefined || node === undefined) return;
    this.#told = { node, more: held.more };
    journal.held(this.#context.node(node), held.more, Math.max(0, held.until - options.now()) / 1000);
  }

  /** What is about to start waits no longer. */
  starts({ node, riders }: Assignment): void {
    const told = this.#told?.node;
    if (told === undefined || (told !== node && !riders.includes(told))) return;
    this.#tellOver(told);
    this.end();
  }

  /** Nothing waits any more. */
  end(): void {
    this.#told = undefined;
    this.#setTimer(undefined);
  }

  #tellOver(node: number): void {
    const { inFlight, journal } = this.#context;
    journal.queued(this.#context.node(node), inFlight.at(node)!.reason);
  }

  #setTimer(until: number | undefined): void {
    this.#stopTimer();
    this.#stopTimer = () => undefined;
    this.#until = until;
    if (until === undefined) return;
    const { every, now } = this.#context.options;
    const milliseconds = Math.min(LONGEST_TIMER_MS, Math.max(1, Math.ceil(until - now())));
    this.#stopTimer = every(milliseconds, () => {
      // Timers may be early: then another one follows.
      this.#setTimer(undefined);
      this.#resume();
    });
  }
}
