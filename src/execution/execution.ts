/**
 * A run of planned nodes: hits are recorded, misses are executed, and what is lost is made again.
 *
 * The scheduler says what may start, executors do the work, the chronicle tells and records; this file decides what is
 * done about each node. Nothing in it waits for a node: everything is a reaction to an event, until every node has ended.
 */
import type { Output } from '../core/artifact/artifact.ts';
import { cacheKey, type Field } from '../core/identity/cache-key.ts';
import type { CacheKey, PlanKey } from '../core/identity/digest.ts';
import type { GraphNode } from '../core/graph/graph.ts';
import type { Failure } from '../events.ts';
import type { Cache } from '../store/cache.ts';
import type { StateInput } from '../store/record/facts.ts';
import { OWNER_HEARTBEAT_MS } from '../store/coordination/owner.ts';
import type { StageCosts } from '../store/query/cost-history.ts';
import { Chronicle } from './journal.ts';
import { Claims } from './in-flight.ts';
import { ImportedExecutables, isIntact } from '../identity/code/executables.ts';
import type { ExecutionOptions, ExecutionReport } from './execution-options.ts';
import type { Executor, ExecutorEvent, Task } from '../executors/contract.ts';
import { type Found, MadeStates, type OutputOf, type Outputs } from './made-states.ts';
import { type ExecutorKind, executorKind, makeTask } from './make-task.ts';
import { contentFields, LOST_OUTPUT } from '../planning/plan/planner.ts';
import { checkPools, machinePools, needsOf, poolTrouble } from './resources.ts';
import { Scheduler } from './scheduler.ts';
import type { Session } from '../planning/plan/prepared-run.ts';

/** A node that is to be made: its key, and what it is made of. */
interface Making {
  readonly node: number;
  readonly key: CacheKey;
  readonly fields: readonly Field[];
  readonly reason: string;
  /** It is made even if its state is there: forced, or the bytes are lost. */
  readonly anew: boolean;
  /** Number of the latest attempt at the node in this run, and how many were made for this key. */
  attempt: number;
  tries: number;
  task: Task | null;
  /** What it was given, as it is recorded. */
  inputs: readonly StateInput[];
}

const LEASE_POLL_MS = 100;
/** For a stage that never ran: any positive length lets the critical path count its nodes. */
const UNKNOWN_SECONDS = 1;
const REMAKES = 3;

export class Execution {
  readonly #cache: Cache;
  readonly #session: Session;
  readonly #options: ExecutionOptions;
  readonly #scheduler: Scheduler;
  /** The nodes that take part, in the scheduler's numbering, and back. */
  readonly #scheduled: readonly number[];
  readonly #position: ReadonlyMap<number, number>;
  readonly #states: MadeStates;
  readonly #making = new Map<number, Making>();
  readonly #byTask = new Map<string, Making>();
  readonly #claims: Claims<Making>;
  readonly #attempts = new Map<number, number>();
  /** Nodes whose bytes turned out to be lost in this run, and how often. */
  readonly #remade = new Map<number, number>();
  readonly #executors = new Map<ExecutorKind, Executor>();
  readonly #imports = new ImportedExecutables();
  #chronicle: Chronicle;
  #run = 0;
  #interrupted = false;
  #paused = false;
  #stopped = false;
  #otherBytes = false;
  #pumping = false;
  #finish: () => void = () => undefined;
  #abort: (error: unknown) => void = () => undefined;

  /** @throws DefinitionError for a node that asks for a pool without a size */
  constructor(cache: Cache, session: Session, options: ExecutionOptions) {
    const { graph } = session.definition;
    this.#cache = cache;
    this.#session = session;
    this.#options = options;
    this.#chronicle = new Chronicle(cache.record, this.#run, options.emit, options.now);
    this.#claims = new Claims(cache.leases);
    this.#states = new MadeStates(cache, graph, session.files);
    this.#scheduled = session.steps.flatMap((step, index) => (step.status === 'excluded' ? [] : [index]));
    this.#position = new Map(this.#scheduled.map((index, position) => [index, position]));
    for (const index of this.#scheduled)
      if (session.steps[index]!.status !== 'hit') checkPools(graph.nodes[index]!, options.pools);
    const experienceOf = cache.query.costs.onceEach();
    this.#scheduler = new Scheduler(
      this.#scheduled.map((index) => this.#scheduledNode(index, experienceOf)),
      machinePools(options.jobs, session.devices, options.pools),
    );
  }

  /** Runs until every node has ended. Aborting `signal` interrupts it: what is finished is kept. */
  async run(run: number, signal: AbortSignal | undefined): Promise<ExecutionReport> {
    this.#run = run;
    const { emit, now, pause } = this.#options;
    const chronicle = new Chronicle(this.#cache.record, run, emit, now);
    this.#chronicle = chronicle;
    // Not at once: whoever aborts may be a listener, in the middle of something that this run is telling.
    const interrupt = (): void => {
      setImmediate(() => this.#guard(() => this.#interrupt()));
    };
    const resume = pause?.subscribe(() => setImmediate(() => this.#guard(() => this.#notePause())));
    const heartbeat = setInterval(() => this.#beat(), OWNER_HEARTBEAT_MS);
    const poll = setInterval(() => this.#guard(() => this.#pollForeign()), LEASE_POLL_MS);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#finish = resolve;
        this.#abort = reject;
        signal?.addEventListener('abort', interrupt, { once: true });
        if (signal?.aborted === true) interrupt();
        this.#guard(() => this.#notePause());
      });
    } finally {
      signal?.removeEventListener('abort', interrupt);
      resume?.();
      clearInterval(heartbeat);
      clearInterval(poll);
      await Promise.all([...this.#executors.values()].map((executor) => executor.close()));
      // Nothing is left but after an error.
      for (const making of this.#making.values()) this.#claims.withdraw(making);
    }
    const { counts, savedSeconds, failures } = chronicle;
    const outputs = (node: number): Outputs | undefined => this.#states.outputs(node);
    return { interrupted: this.#interrupted, counts, savedSeconds, failures, outputs };
  }

  #scheduledNode(index: number, experienceOf: StageCosts) {
    const { stage, inputs, policy } = this.#node(index);
    const sources = new Set(inputs.flatMap(({ from }) => ('node' in from ? [from.node] : [])));
    const isHit = this.#session.steps[index]!.status === 'hit';
    const experience = experienceOf(stage);
    return {
      dependencies: [...sources].map((source) => this.#position.get(source)!),
      seconds: isHit ? 0 : (experience?.seconds ?? UNKNOWN_SECONDS),
      priority: policy.priority ?? 0,
      // Of a hit too: it may have to be made again.
      needs: needsOf(this.#node(index), experience, this.#session.devices),
    };
  }

  /** A busy database may not answer; the next beat is soon enough. */
  #beat(): void {
    try {
      this.#cache.leases.heartbeat();
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== 'SQLITE_BUSY') this.#abort(error);
    }
  }

  #pump(): void {
    // Reactions may come from within a call of an executor; one loop takes them all.
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (;;) {
        const ready = this.#scheduler.takeReady();
        this.#claim(ready.flatMap((position) => this.#resolve(this.#scheduled[position]!)));
        const assignment = this.#paused ? undefined : this.#scheduler.start();
        if (assignment !== undefined) this.#launch(this.#scheduled[assignment.node]!, assignment.devices);
        else if (ready.length === 0) break;
      }
    } finally {
      this.#pumping = false;
    }
    this.#cache.record.check();
    if (this.#scheduler.finished) this.#finish();
  }

  #notePause(): void {
    const paused = this.#options.pause?.on ?? false;
    if (paused !== this.#paused) {
      this.#paused = paused;
      this.#chronicle.paused(paused);
    }
    this.#pump();
  }

  /** Whatever a reaction throws is trouble with the cache, or a bug: it ends the run. */
  #guard(react: () => void): void {
    try {
      react();
    } catch (error) {
      this.#abort(error);
    }
  }

  /** All that the node waits for is done: either its state is there, or it has to be made. */
  #resolve(index: number): readonly Making[] {
    const step = this.#session.steps[index]!;
    const forced = this.#session.selection.forced[index]!;
    const remade = this.#remade.has(index);
    // Once a node gave other bytes than before, what was planned of the old ones is void.
    const isPlanned = !remade && !this.#otherBytes;
    if (step.status === 'hit' && isPlanned) {
      this.#hit(index, step.planned ? 'hit' : 'cut-off', step.state);
      return [];
    }
    if (step.status === 'run' && isPlanned) return [this.#begin(index, step.key, step.fields, step.reason, forced)];
    const fields = this.#contentFields(index);
    const key = cacheKey(fields);
    const state = forced || remade ? undefined : this.#states.whole(key);
    if (state !== undefined) {
      this.#hit(index, 'cut-off', state);
      return [];
    }
    const { stage } = this.#node(index);
    const reason = remade ? LOST_OUTPUT : forced ? 'forced' : this.#session.explain(stage, fields);
    return [this.#begin(index, key, fields, reason, forced || remade)];
  }

  #begin(node: number, key: CacheKey, fields: readonly Field[], reason: string, anew: boolean): Making {
    const making: Making = { node, key, fields, reason, anew, attempt: 0, tries: 0, task: null, inputs: [] };
    this.#making.set(node, making);
    return making;
  }

  /** Queues the nodes that are to be made here. */
  #claim(candidates: readonly Making[]): void {
    for (const making of this.#claims.claim(candidates)) this.#claimed(making);
  }

  #claimed(making: Making): void {
    // Given up meanwhile, with whatever else had not started.
    if (this.#making.get(making.node) !== making) return;
    // Another process may have made it between the look-up and the lease.
    const state = making.anew ? undefined : this.#states.whole(making.key);
    if (state !== undefined) {
      this.#cache.leases.release(making.key);
      this.#shared(making, state);
      return;
    }
    // Of a node that was a hit when the run began, nobody has asked for which pools it needs.
    const message = poolTrouble(this.#node(making.node), this.#options.pools);
    if (message !== undefined) {
      this.#fail(making, { class: 'error', message, stack: null, exitCode: null, signal: null });
      return;
    }
    this.#chronicle.queued(this.#node(making.node), making.reason);
    this.#scheduler.queue(this.#position.get(making.node)!);
  }

  /** States that another process is making: have they come, or has their maker died? */
  #pollForeign(): void {
    const waiting = this.#claims.foreign;
    if (waiting.length === 0) return;
    for (const making of waiting) {
      // A forced node waits for its turn: the state that is there now is the old one.
      const state = making.anew ? undefined : this.#states.whole(making.key);
      if (state !== undefined) this.#shared(making, state);
    }
    for (const making of this.#claims.takeOver()) this.#claimed(making);
    this.#pump();
  }

  /** Another process has made the state. */
  #shared(making: Making, state: Found): void {
    this.#endMaking(making);
    this.#hit(making.node, 'cut-off', state);
    this.#settleTwins(making, state);
  }

  #launch(index: number, devices: readonly string[]): void {
    const making = this.#making.get(index)!;
    const lost = this.#states.lostProducer(index, false);
    if (lost !== undefined && this.#canRemake(lost)) {
      this.#remake(lost, making);
      return;
    }
    if (this.#otherBytes && cacheKey(this.#contentFields(index)) !== making.key) {
      this.#reconsider(making);
      return;
    }
    making.inputs = this.#node(index).inputs.map((input) => this.#states.recordOf(input));
    // Counted over the whole run: a node that is made again after a loss goes on counting.
    making.attempt = (this.#attempts.get(index) ?? 0) + 1;
    this.#attempts.set(index, making.attempt);
    making.tries += 1;
    making.task = this.#task(making, devices);
    this.#byTask.set(making.task.id, making);
    this.#executorOf(index).submit(making.task);
  }

  /** Its inputs are other ones than when its key was worked out. */
  #reconsider(making: Making): void {
    const twins = this.#claims.giveUp(making);
    this.#endMaking(making);
    this.#scheduler.reconsider(this.#position.get(making.node)!);
    const again = twins.flatMap((twin) => {
      this.#making.delete(twin);
      return this.#resolve(twin);
    });
    this.#claim(again);
  }

  #contentFields(index: number): readonly Field[] {
    const { definition, fileDigests, fieldsOf } = this.#session;
    const digestOf = (from: OutputOf) => this.#states.output(from).digest;
    return contentFields(definition.graph, index, fieldsOf(index), fileDigests, digestOf);
  }

  #task(making: Making, devices: readonly string[]): Task {
    const { node: index, attempt, key } = making;
    const node = this.#node(index);
    const { executable } = this.#session.definition.codes.get(node.stage)!;
    const isHere = executorKind(node) === 'in-process';
    if (making.tries === 1 && !(isHere ? this.#imports.isIntact(executable) : isIntact(executable)))
      throw new Error(`internal error: the code of stage ${node.stage} at ${executable} is not what was hashed`);
    const id = `${this.#run}.${index}.${attempt}.${key.slice(0, 16)}`;
    return makeTask(this.#session, this.#states, node, { id, key, devices, cacheDirectory: this.#cache.directory });
  }

  #executorOf(index: number): Executor {
    const kind = executorKind(this.#node(index));
    let executor = this.#executors.get(kind);
    if (executor === undefined) {
      executor = this.#options.executors[kind]!((event) => this.#guard(() => this.#react(event)));
      this.#executors.set(kind, executor);
    }
    return executor;
  }

  #react(event: ExecutorEvent): void {
    const making = this.#byTask.get(event.task);
    if (making === undefined) return;
    const node = this.#node(making.node);
    switch (event.type) {
      case 'started':
        this.#chronicle.started(node, making.attempt, making.task?.backend ?? null, event);
        return;
      case 'progress':
        this.#chronicle.progress(node, event);
        return;
      case 'metric':
        this.#chronicle.metric(node, event);
        return;
      case 'log':
        this.#chronicle.log(node, event);
        return;
      case 'succeeded':
        this.#byTask.delete(event.task);
        this.#succeeded(making, event);
        break;
      case 'failed':
        this.#byTask.delete(event.task);
        this.#attemptFailed(making, event);
        break;
    }
    this.#pump();
  }

  #succeeded(making: Making, event: ExecutorEvent & { readonly type: 'succeeded' }): void {
    const node = this.#node(making.node);
    const { key, fields, reason } = making;
    this.#noteOtherBytes(node, key, event.outputs);
    const code = this.#session.definition.codes.get(node.stage)!;
    this.#chronicle.made(
      node,
      { key, planKey: this.#planKey(making.node), code, fields, inputs: making.inputs, reason },
      event,
    );
    this.#endMaking(making);
    this.#states.take(making.node, { key, outputs: event.outputs });
    this.#scheduler.done(this.#position.get(making.node)!);
    this.#settleTwins(making, { key, outputs: event.outputs });
  }

  /** The same key gave other bytes than before: the stage is not deterministic, and somebody should know. */
  #noteOtherBytes({ id, stage }: GraphNode, key: CacheKey, outputs: readonly Output[]): void {
    const others = this.#states.otherThanBefore(key, outputs);
    if (others.length === 0) return;
    this.#otherBytes = true;
    this.#chronicle.notice(
      `Node ${id} gave other bytes than before for ${others.join(', ')}: stage ${stage} is not deterministic.`,
    );
  }

  #attemptFailed(making: Making, event: ExecutorEvent & { readonly type: 'failed' }): void {
    const node = this.#node(making.node);
    const position = this.#position.get(making.node)!;
    const { failure } = event;
    const goesOn = !this.#interrupted && !this.#stopped;
    // Damage shows as one sentence; an exception of the stage's own has a stack, and no input need be read again for it.
    const mayBeDamage = goesOn && failure.class === 'error' && failure.stack === null;
    const lost = mayBeDamage ? this.#states.lostProducer(making.node, true) : undefined;
    const damaged = lost !== undefined && this.#canRemake(lost) ? lost : undefined;
    const retries = goesOn ? (node.policy.retries?.[failure.class] ?? 0) : 0;
    const again = damaged !== undefined || making.tries <= retries;
    this.#chronicle.attemptFailed(node, making.attempt, again, event, making.task);
    if (damaged !== undefined) {
      this.#remake(damaged, making);
      return;
    }
    if (again) {
      this.#scheduler.retry(position);
      return;
    }
    this.#fail(making, failure);
  }

  /** The node, and its twins, will not be made by this run; nor is what is below them. */
  #fail(making: Making, failure: Failure): void {
    const twins = this.#claims.giveUp(making);
    this.#endMaking(making);
    for (const index of [making.node, ...twins]) {
      this.#making.delete(index);
      if (this.#interrupted && failure.class === 'cancelled') this.#chronicle.skipped(this.#node(index), null);
      else this.#chronicle.failed(this.#node(index), failure);
      this.#skip(this.#scheduler.fail(this.#position.get(index)!), this.#interrupted ? null : this.#node(index).id);
    }
    if (this.#chronicle.failures.length >= this.#options.maxFailures)
      this.#skip(this.#stop(), this.#node(making.node).id);
  }

  #skip(positions: readonly number[], because: string | null): void {
    for (const position of positions) this.#chronicle.skipped(this.#node(this.#scheduled[position]!), because);
  }

  /** A disk that damages whatever it is given would have it made for ever. */
  #canRemake(producer: number): boolean {
    return this.#scheduler.canReopen(this.#position.get(producer)!) && (this.#remade.get(producer) ?? 0) < REMAKES;
  }

  /** Makes a producer again whose bytes are lost; the consumer, and its twins, wait for it. */
  #remake(producer: number, consumer: Making): void {
    this.#chronicle.notice(
      `An output of ${this.#node(producer).id} is missing or damaged in the cache; it is made again.`,
    );
    for (const { digest, inline } of this.#states.outputs(producer)!.values())
      if (inline === null) this.#cache.objects.removeDamaged(digest);
    const waiting = [consumer.node, ...this.#claims.giveUp(consumer)];
    this.#endMaking(consumer);
    for (const index of waiting) this.#making.delete(index);
    const position = this.#position.get(producer)!;
    const [isToBeMade] = waiting.map((index) => this.#scheduler.reopen(position, this.#position.get(index)!));
    if (isToBeMade !== true) return;
    this.#remade.set(producer, (this.#remade.get(producer) ?? 0) + 1);
    // Only now that all of them wait: it may fail at once.
    this.#claim(this.#resolve(producer));
  }

  #hit(index: number, how: 'hit' | 'cut-off', state: Found): void {
    const { key } = state;
    this.#states.take(index, state);
    const saved = 'id' in state ? state.seconds : 0;
    this.#chronicle.hit(this.#node(index), how, key, this.#planKey(index), saved);
    this.#scheduler.done(this.#position.get(index)!);
  }

  /** Nodes of this run that had the same key share the state now. */
  #settleTwins(making: Making, state: Found): void {
    for (const twin of this.#claims.settle(making)) {
      this.#making.delete(twin);
      this.#hit(twin, 'cut-off', state);
    }
  }

  #endMaking(making: Making): void {
    this.#making.delete(making.node);
    if (making.task !== null) this.#byTask.delete(making.task.id);
  }

  #interrupt(): void {
    if (this.#interrupted) return;
    this.#interrupted = true;
    this.#skip(this.#stop(), null);
    for (const [task, making] of [...this.#byTask]) this.#executorOf(making.node).cancel(task);
    this.#pump();
  }

  /** Gives up on everything that has not started. */
  #stop(): readonly number[] {
    this.#stopped = true;
    const stopped = this.#scheduler.stop();
    for (const position of stopped) {
      const making = this.#making.get(this.#scheduled[position]!);
      if (making === undefined) continue;
      this.#claims.withdraw(making);
      this.#endMaking(making);
    }
    return stopped;
  }

  #planKey(index: number): PlanKey {
    const step = this.#session.steps[index]!;
    if (step.status === 'excluded')
      throw new Error(`internal error: node ${this.#node(index).id} takes part and was left out of the plan`);
    return step.planKey;
  }

  #node(index: number): GraphNode {
    return this.#session.definition.graph.nodes[index]!;
  }
}
