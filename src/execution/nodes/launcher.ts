/**
 * From a ready node to a submitted task: decides about the node, claims its key, and checks that its inputs can be
 * read.
 */
import { decide } from './decide.ts';
import type { Endings } from './endings.ts';
import type { ExecutorSet } from './executor-set.ts';
import type { InFlightNode } from './in-flight.ts';
import { TaskMaker } from './make-task.ts';
import { poolDiagnostic } from '../scheduling/resources.ts';
import type { RunContext } from './run-context.ts';

export class Launcher {
  readonly #context: RunContext;
  readonly #endings: Endings;
  readonly #executors: ExecutorSet;
  readonly #tasks: TaskMaker;

  constructor(context: RunContext, endings: Endings, executors: ExecutorSet) {
    this.#context = context;
    this.#endings = endings;
    this.#executors = executors;
    this.#tasks = new TaskMaker(context.prepared, context.states, context.cache.directory, context.options);
  }

  /** Everything that these nodes wait for is done: their states exist, or they have to be made. */
  ready(indices: readonly number[]): void {
    const candidates = indices.flatMap((index) => this.#resolve(index));
    const { inFlight, journal, states } = this.#context;
    const { ours, foreign } = inFlight.claim(candidates);
    for (const { node, key } of foreign) journal.waiting(this.#context.node(node), states.makerOf(key));
    for (const entry of ours) this.#queue(entry);
  }

  /** Submits the node, whose turn has come. */
  launch(index: number, devices: readonly string[]): void {
    const { inFlight, healing, scheduler, states, options, handles } = this.#context;
    const entry = inFlight.at(index)!;
    const lost = healing.lostProducer(index, false);
    if (lost !== undefined && scheduler.canReopen(lost)) {
      this.remake(lost, entry);
      return;
    }
    if (healing.planIsVoid && this.#context.content(index).key !== entry.key) {
      this.#reconsider(entry);
      return;
    }
    const node = this.#context.node(index);
    const executor = this.#executors.for(node);
    inFlight.countAttempt(entry);
    entry.inputs = node.inputs.map((input) => states.recordOf(input));
    const task = this.#tasks.make(node, entry, devices, executor.lifetime === 'same');
    inFlight.submitted(entry, task);
    const handle = executor.lifetime === 'detached' ? handles.get(entry.key) : undefined;
    if (handle?.executor === options.executors.of(node)) executor.reattach(task, handle.place);
    else executor.submit(task);
  }

  /** Checks the states that other processes are making: are they complete, or have their makers died? */
  pollForeign(): void {
    const { inFlight, states } = this.#context;
    for (const entry of inFlight.foreign) {
      // A forced node waits for its turn: the existing state is the old one.
      const state = entry.anew ? undefined : states.complete(entry.key);
      if (state !== undefined) this.#endings.share(entry, state);
    }
    for (const entry of inFlight.takeOver()) this.#queue(entry);
  }

  /** Makes a producer again whose bytes are lost; the consumer and its twins wait for it. */
  remake(producer: number, consumer: InFlightNode): void {
    const { journal, healing, inFlight, scheduler } = this.#context;
    const { id } = this.#context.node(producer);
    journal.notice(`An output of ${id} is missing or damaged in the cache; it is made again.`);
    healing.discard(producer);
    const waiting = [consumer.node, ...inFlight.giveUp(consumer)];
    const [isToBeMade] = waiting.map((index) => scheduler.reopen(producer, index));
    if (isToBeMade !== true) return;
    healing.count(producer);
    // Called after all of them wait, since the producer may fail at once.
    this.ready([producer]);
  }

  #resolve(index: number): readonly InFlightNode[] {
    const { prepared, healing, states, inFlight } = this.#context;
    const node = this.#context.node(index);
    const decision = decide(this.#context.step(index), {
      forced: prepared.selection.forced[index]!,
      lost: healing.isLost(index),
      planIsVoid: healing.planIsVoid,
      cutoff: () => prepared.cutoff(index, (producer) => states.made(producer)),
      content: () => this.#context.content(index),
      completeState: (key) => states.complete(key),
      isOnRecord: (key) => states.isOnRecord(key),
      explain: (fields) => prepared.explain(node, fields),
    });
    if (decision.do === 'make') return [inFlight.begin(index, decision)];
    this.#endings.hit(index, decision.how, decision.state);
    return [];
  }

  /** Queues the entry, whose lease this run holds. */
  #queue(entry: InFlightNode): void {
    const { inFlight, states, cache, options, journal, scheduler } = this.#context;
    const { node: index, key, anew, reason } = entry;
    // It was given up meanwhile, with everything else that had not started.
    if (inFlight.at(index) !== entry) return;
    // Another process may have made it between the look-up and the lease.
    const state = anew ? undefined : states.complete(key);
    if (state !== undefined) {
      cache.leases.release(key);
      this.#endings.share(entry, state);
      return;
    }
    const node = this.#context.node(index);
    // The pools of a node that was planned as a hit have not been checked.
    const message = poolDiagnostic(node, options.pools);
    if (message !== undefined) {
      this.#endings.fail(entry, { class: 'error', message, stack: null, exitCode: null, signal: null });
      return;
    }
    journal.queued(node, reason);
    scheduler.queue(index);
  }

  /** The node's inputs have changed since its key was computed. */
  #reconsider(entry: InFlightNode): void {
    const twins = this.#context.inFlight.giveUp(entry);
    this.#context.scheduler.reconsider(entry.node);
    this.ready(twins);
  }
}
