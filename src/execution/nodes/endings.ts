/** Ends nodes without running them to success: as hits, as failures, or skipped. It informs scheduler and journal. */
import type { Failure } from '../../events.ts';
import type { InFlightNode } from './in-flight.ts';
import type { Found } from './made-states.ts';
import type { RunContext } from './run-context.ts';

export class Endings {
  readonly #context: RunContext;
  #stopped = false;
  #interrupted = false;

  constructor(context: RunContext) {
    this.#context = context;
  }

  /** Nothing more is started: after an interruption, or after as many failures as the request allows. */
  get stopped(): boolean {
    return this.#stopped;
  }

  get interrupted(): boolean {
    return this.#interrupted;
  }

  hit(index: number, how: 'hit' | 'cut-off', state: Found): void {
    const { states, journal, scheduler } = this.#context;
    states.take(index, state);
    const saved = 'id' in state ? state.seconds : 0;
    journal.hit(this.#context.node(index), how, state.key, this.#context.planKey(index), saved);
    scheduler.done(index);
  }

  /** The entry's state exists. Nodes of this run that have the same key share it. */
  settle(entry: InFlightNode, state: Found): void {
    for (const twin of this.#context.inFlight.settle(entry)) this.hit(twin, 'cut-off', state);
  }

  /** Another process has made the state. */
  share(entry: InFlightNode, state: Found): void {
    const twins = this.#context.inFlight.settle(entry);
    for (const index of [entry.node, ...twins]) this.hit(index, 'cut-off', state);
  }

  /** This run will not make the node and its twins, nor the nodes below them. */
  fail(entry: InFlightNode, failure: Failure): void {
    const { inFlight, journal, scheduler, options } = this.#context;
    for (const index of [entry.node, ...inFlight.giveUp(entry)]) {
      const node = this.#context.node(index);
      if (this.#interrupted && failure.class === 'cancelled') journal.skipped(node, null);
      else journal.failed(node, failure);
      this.#skip(scheduler.fail(index), this.#interrupted ? null : node.id);
    }
    if (journal.failures.length >= options.maxFailures) this.#stop(this.#context.node(entry.node).id);
  }

  interrupt(): void {
    this.#interrupted = true;
    this.#stop(null);
  }

  /** Gives up on everything that has not started. */
  #stop(because: string | null): void {
    const { scheduler, inFlight } = this.#context;
    this.#stopped = true;
    const stopped = scheduler.stop();
    for (const index of stopped) {
      const entry = inFlight.at(index);
      if (entry !== undefined) inFlight.withdraw(entry);
    }
    this.#skip(stopped, because);
  }

  #skip(nodes: readonly number[], because: string | null): void {
    for (const index of nodes) this.#context.journal.skipped(this.#context.node(index), because);
  }
}
