/**
 * From a ready node to a submitted task: decides about the node, claims its key, and checks that its inputs can be
 * read.
 */
import type { CacheKey } from '../../core/identity/digest.ts';
import { decide, type MakeDecision } from './decide.ts';
import type { Endings } from './endings.ts';
import type { ExecutorSet } from './executor-set.ts';
import type { InFlightNode } from './in-flight.ts';
import type { OnRecord } from './made-states.ts';
import { TaskMaker } from './make-task.ts';
import { CacheError, RestageError } from '../../errors.ts';
import type { Task } from '../../executors/contract.ts';
import { RestoreCancelled, type Restorer } from '../repetition/restorer.ts';
import type { LimitKind } from '../scheduling/budget.ts';
import type { Assignment } from '../scheduling/assignment.ts';
import { poolDiagnostic } from '../scheduling/resources.ts';
import type { RunContext } from './run-context.ts';
import type { StateSource } from '../repetition/state-source.ts';
import { resourcesOf } from './task-resources.ts';

export class Launcher {
  readonly #context: RunContext;
  readonly #endings: Endings;
  readonly #executors: ExecutorSet;
  readonly #tasks: TaskMaker;
  readonly #restorer: Restorer;
  readonly #resume: (work: () => void) => void;
  /** How many nodes wait for bytes that are being taken from elsewhere or made again. */
  #awaited = 0;

  /** @param resume does work whose turn comes later, and continues the run */
  constructor(
    context: RunContext,
    endings: Endings,
    executors: ExecutorSet,
    restorer: Restorer,
    resume: (work: () => void) => void,
  ) {
    this.#context = context;
    this.#endings = endings;
    this.#executors = executors;
    this.#restorer = restorer;
    this.#resume = resume;
    this.#tasks = new TaskMaker(context.prepared, context.states, context.cache.directory, context.options);
  }

  get isAwaiting(): boolean {
    return this.#awaited > 0;
  }

  /** Everything that these nodes wait for is done: their states exist, or they have to be made. */
  ready(indices: readonly number[]): void {
    const entries = indices.flatMap((index) => this.#resolve(index));
    this.#endings.tellHits();
    for (const entry of entries.filter((each) => this.#enlist(each))) this.#queue(entry);
  }

  /**
   * Claims the keys of nodes in the queue that are not claimed yet. That is done once the turn of one of them has come,
   * for many of them: in a graph of short stages, a transaction for each would take as long as the rest of its record.
   * @param first the one whose turn has come
   */
  claim(first?: InFlightNode): void {
    const { inFlight, journal, scheduler, states } = this.#context;
    if (!inFlight.hasUnclaimed) return;
    const { ours, foreign } = inFlight.claim(first);
    for (const { node, key } of foreign) {
      scheduler.unqueue(node);
      journal.waiting(this.#context.node(node), states.makerOf(key));
    }
    for (const entry of this.#notMadeMeanwhile(ours, (node) => scheduler.unqueue(node))) this.#tellQueued(entry);
  }

  /** Claims the key of a node in the queue whose turn has come. False if it was claimed before. */
  claimTurn(node: number): boolean {
    const entry = this.#context.inFlight.at(node)!;
    if (entry.claimed) return false;
    this.claim(entry);
    return true;
  }

  /** Submits the node, whose turn has come, and those that go together with it. */
  launch({ node, devices, riders }: Assignment): void {
    const { inFlight, scheduler } = this.#context;
    const entries = [node, ...riders].map((index) => inFlight.at(index)!);
    const unclaimed = entries.find(({ claimed }) => !claimed);
    if (unclaimed !== undefined) {
      for (const entry of entries) scheduler.retry(entry.node);
      this.claim(unclaimed);
      return;
    }
    const ready: InFlightNode[] = [];
    for (const entry of entries) if (this.#isReady(entry, devices, ready)) ready.push(entry);
    if (ready.length > 0) this.#submit(ready, devices);
  }

  /**
   * False if the node cannot be submitted now: something else is done about it then.
   * @param others those that are submitted with it
   */
  #isReady(entry: InFlightNode, devices: readonly string[], others: readonly InFlightNode[]): boolean {
    const { healing, scheduler } = this.#context;
    const { node: index } = entry;
    const lost = healing.lostProducer(index, false);
    if (lost !== undefined && scheduler.canReopen(lost)) {
      this.remake(lost, entry);
      return false;
    }
    if (healing.planIsVoid && this.#context.content(index).key !== entry.key) {
      this.#reconsider(entry);
      return false;
    }
    const gone = healing.lostRecorded(index, false);
    if (gone !== undefined) {
      // Those that would have gone with it do not wait for it.
      this.#restore(gone, entry, devices);
      return false;
    }
    const limit = this.#limitOf(this.#context.node(index).stage, others);
    if (limit !== undefined) this.#endings.exceed(entry, limit);
    return limit === undefined;
  }

  #submit(entries: readonly InFlightNode[], devices: readonly string[]): void {
    const { options, handles } = this.#context;
    const [first] = entries;
    const node = this.#context.node(first!.node);
    const executor = this.#executors.for(node);
    const tasks = entries.map((entry) => this.#taskOf(entry, devices, executor.lifetime === 'same'));
    if (tasks.length > 1) {
      executor.submitTogether!(tasks);
      return;
    }
    const handle = executor.lifetime === 'detached' ? handles.get(first!.key) : undefined;
    if (handle?.executor === options.executors.of(node)) executor.reattach(tasks[0]!, handle.place);
    else executor.submit(tasks[0]!);
  }

  /** @param isHere it executes in this process */
  #taskOf(entry: InFlightNode, devices: readonly string[], isHere: boolean): Task {
    const { inFlight, options, prepared, states } = this.#context;
    const node = this.#context.node(entry.node);
    inFlight.countAttempt(entry);
    entry.inputs = node.inputs.map((input) => states.recordOf(input));
    const resources = options.executors.isElsewhere(node)
      ? resourcesOf(node, this.#context.costOf(node.stage), options.executors.of(node), prepared.devices)
      : undefined;
    const task = this.#tasks.make(node, entry, devices, isHere, resources);
    inFlight.submitted(entry, task);
    return task;
  }

  /** The limit of the run that another execution of this stage would exceed, beside those that run or are about to. */
  #limitOf(stage: string, starting: readonly InFlightNode[]): LimitKind | undefined {
    const { budget, inFlight } = this.#context;
    if (budget === undefined) return undefined;
    const running = [...inFlight.submittedEntries, ...starting].map(({ node }) => this.#context.node(node).stage);
    return budget.exceeded(stage, running);
  }

  /** Checks the states that other processes are making: are they complete, or have their makers died? */
  pollForeign(): void {
    const { inFlight, states } = this.#context;
    // A forced node waits for its turn: the existing state is the old one.
    const waiting = inFlight.foreign.filter(({ anew }) => !anew);
    const recorded = states.recorded(waiting.map(({ key }) => key));
    for (const [i, entry] of waiting.entries())
      if (recorded[i]?.isComplete === true) this.#endings.share(entry, recorded[i].state);
    for (const entry of this.#notMadeMeanwhile(inFlight.takeOver())) {
      this.#queue(entry);
      this.#tellQueued(entry);
    }
  }

  /** Makes or takes a producer again whose bytes are lost; the consumer and its twins wait for it. */
  remake(producer: number, consumer: InFlightNode): void {
    const { journal, healing, inFlight, scheduler } = this.#context;
    const { id } = this.#context.node(producer);
    const source = this.#sourceOf(producer, this.#context.content(producer).key);
    const again = source === undefined ? 'made again' : `taken from ${source.name}, or made again`;
    journal.notice(
      healing.isEvicted(producer)
        ? `The bytes of ${id} were evicted by "restage gc", and ${this.#context.node(consumer.node).id} needs them; it is ${again}.`
        : `An output of ${id} is missing or damaged in the cache; it is ${again}.`,
    );
    healing.discard(producer);
    const waiting = [consumer.node, ...inFlight.giveUp(consumer)];
    const [isToBeMade] = waiting.map((index) => scheduler.reopen(producer, index));
    if (isToBeMade !== true) return;
    healing.count(producer);
    // Called after all of them wait, since the producer may fail at once.
    this.ready([producer]);
  }

  /** Makes the bytes of a state on record again. The consumer keeps its slot meanwhile. */
  #restore(state: CacheKey, consumer: InFlightNode, devices: readonly string[]): void {
    this.#context.healing.countRestored(state);
    this.#whenSettled(
      this.#restorer.restore(state),
      () => this.launch({ node: consumer.node, devices, riders: [] }),
      (error) => this.#notRestored(consumer, error),
    );
  }

  #notRestored(consumer: InFlightNode, error: unknown): void {
    const { id } = this.#context.node(consumer.node);
    const why = { stack: null, exitCode: null, signal: null };
    if (error instanceof RestoreCancelled)
      this.#endings.fail(consumer, { ...why, class: 'cancelled', message: `Node ${id} was cancelled.` });
    else if (error instanceof RestageError && !(error instanceof CacheError))
      this.#endings.fail(consumer, { ...why, class: 'error', message: error.message });
    else throw error;
  }

  /** The node as it is to be made; nothing if its state exists. */
  #resolve(index: number): readonly InFlightNode[] {
    const { prepared, healing, states, inFlight } = this.#context;
    const node = this.#context.node(index);
    const decision = decide(this.#context.step(index), {
      forced: prepared.selection.forced[index]!,
      lost: healing.isLost(index),
      planIsVoid: healing.planIsVoid,
      cutoff: () => prepared.cutoff(index, (producer) => states.made(producer)),
      content: () => this.#context.content(index),
      recorded: (key) => states.recorded([key])[0] ?? this.#accepted(key),
      explain: (fields) => prepared.explain(node, fields),
    });
    if (decision.do === 'hit') {
      this.#endings.hit(index, decision.how, decision.state);
      return [];
    }
    const source = this.#sourceOf(index, decision.key);
    if (source === undefined) return [inFlight.begin(index, decision)];
    this.#take(index, decision, source);
    return [];
  }

  /** Where the state of a node that has to be made may be taken from. What this run has made itself is made again. */
  #sourceOf(index: number, key: CacheKey): StateSource | undefined {
    const { journal, options, prepared } = this.#context;
    const mayBe = !prepared.selection.forced[index]! && journal.outcomeOf(this.#context.node(index).id) !== 'ran';
    return mayBe && options.source?.has(key) === true ? options.source : undefined;
  }

  /** Waits for the state to come from its source, without a slot. If it does not come, the node is made. */
  #take(index: number, decision: MakeDecision, source: StateSource): void {
    const { healing, inFlight, scheduler, states } = this.#context;
    scheduler.isOnItsWay(index);
    const settle = (isHere: boolean): void => {
      // It was given up meanwhile, with everything else that had not started.
      if (this.#endings.stopped) return;
      const found = isHere ? states.recorded([decision.key])[0] : undefined;
      if (found?.isComplete === true) {
        healing.replaced(index, decision.key, states.outputsOnRecord(decision.key));
        this.#endings.taken(index, found.state, source.name);
        return;
      }
      const entry = inFlight.begin(index, decision);
      if (this.#enlist(entry)) this.#queue(entry);
    };
    this.#whenSettled(source.take(decision.key), settle, (error) => {
      if (!this.#endings.stopped) throw error;
    });
  }

  #whenSettled<T>(promise: Promise<T>, settle: (value: T) => void, fail: (error: unknown) => void): void {
    this.#awaited++;
    const goOn = (work: () => void): void =>
      this.#resume(() => {
        this.#awaited--;
        work();
      });
    promise.then(
      (value) => goOn(() => settle(value)),
      (error: unknown) => goOn(() => fail(error)),
    );
  }

  /** The state on record that the key means by an equivalence. */
  #accepted(key: CacheKey): { readonly state: OnRecord; readonly isComplete: boolean } | undefined {
    const found = this.#context.prepared.accepted?.byKey(key);
    return found && { state: found.state, isComplete: true };
  }

  /** False for a twin, which waits for another node. */
  #enlist(entry: InFlightNode): boolean {
    const { inFlight, scheduler } = this.#context;
    const maker = inFlight.enlist(entry);
    if (maker !== undefined) scheduler.isTwinOf(maker, entry.node);
    return maker === undefined;
  }

  /** The entry waits for its turn. */
  #queue(entry: InFlightNode): void {
    const { inFlight, options, scheduler } = this.#context;
    const { node: index } = entry;
    // It was given up meanwhile, with everything else that had not started.
    if (inFlight.at(index) !== entry) return;
    // The pools of a node that was planned as a hit have not been checked.
    const message = poolDiagnostic(this.#context.node(index), options.pools);
    if (message !== undefined) {
      this.#endings.fail(entry, { class: 'error', message, stack: null, exitCode: null, signal: null });
      return;
    }
    scheduler.queue(index);
  }

  #tellQueued(entry: InFlightNode): void {
    const { inFlight, journal } = this.#context;
    if (inFlight.at(entry.node) === entry) journal.queued(this.#context.node(entry.node), entry.reason);
  }

  /**
   * Another process may have made a state between the look-up and the lease: such entries are settled here, after
   * `before`.
   * @returns the others, whose leases this run holds
   */
  #notMadeMeanwhile(entries: readonly InFlightNode[], before?: (node: number) => void): readonly InFlightNode[] {
    const { inFlight, states, cache } = this.#context;
    const recorded = states.recorded(entries.map(({ key }) => key));
    return entries.filter((entry, i) => {
      if (inFlight.at(entry.node) !== entry) return false;
      const found = recorded[i];
      entry.mayBeOnRecord = found !== undefined;
      if (found?.isComplete !== true || entry.anew) return true;
      before?.(entry.node);
      cache.leases.release(entry.key);
      this.#endings.share(entry, found.state);
      return false;
    });
  }

  /** The node's inputs have changed since its key was computed. */
  #reconsider(entry: InFlightNode): void {
    const twins = this.#context.inFlight.giveUp(entry);
    this.#context.scheduler.reconsider(entry.node);
    this.ready(twins);
  }
}
