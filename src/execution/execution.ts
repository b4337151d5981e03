/**
 * The loop that turns a plan into states: it records hits, executes misses, and makes lost states again.
 *
 * The scheduler says which nodes may start, the launcher starts them, executors do the work, and reactions handle their
 * events. Nothing here waits for a node: each step is a reaction to an event, until every node has ended.
 */
import type { Cache } from '../store/cache.ts';
import { OWNER_HEARTBEAT_MS } from '../store/coordination/owner.ts';
import { Endings } from './nodes/endings.ts';
import type { ExecutionOptions, ExecutionReport } from './nodes/execution-options.ts';
import { NO_SLOTS } from './scheduling/idle-work.ts';
import type { PlannedWork } from './scheduling/planned-work.ts';
import { ExecutorSet } from './nodes/executor-set.ts';
import { HeldStart } from './nodes/held-start.ts';
import type { InFlight } from './nodes/in-flight.ts';
import { Launcher } from './nodes/launcher.ts';
import { Reactions } from './nodes/reactions.ts';
import { Repeater } from './repetition/repeater.ts';
import { Restorer } from './repetition/restorer.ts';
import { RunContext } from './nodes/run-context.ts';

const LEASE_POLL_MS = 100;
/**
 * So many nodes and inputs are handled in one turn of the event loop, or some more: longer turns would hold up a
 * Ctrl-C.
 */
const STEPS_A_TURN = 1000;
/** So many attempts are cancelled in one turn. */
const CANCELLED_A_TURN = 200;
/** So many nodes that are ready are looked at together. */
const READY_AT_ONCE = 100;

export class Execution {
  readonly #context: RunContext;
  readonly #endings: Endings;
  readonly #executors: ExecutorSet;
  readonly #held: HeldStart;
  readonly #launcher: Launcher;
  readonly #reactions: Reactions;
  readonly #restorer: Restorer;
  #paused = false;
  #pumping = false;
  /** The next turn continues with what this one has left. */
  #hasMore = false;
  /** How many attempts go on elsewhere; undefined as long as the run waits for them. */
  #goingOn: number | undefined;
  /** What comes from elsewhere may come too late. */
  #ended = false;
  #finish: () => void = () => undefined;
  #abort: (error: unknown) => void = () => undefined;

  constructor(cache: Cache, prepared: PlannedWork, options: ExecutionOptions) {
    this.#context = new RunContext(cache, prepared, options, (error) => this.#abort(error));
    this.#endings = new Endings(this.#context);
    this.#executors = new ExecutorSet(options.executors, (event) =>
      this.#guard(() => {
        if (!repeater.react(event) && this.#reactions.react(event)) this.#pump();
      }),
    );
    const repeater = new Repeater(() => this.#executors.forRepeating());
    this.#restorer = new Restorer(cache, prepared.repetitions, repeater, {
      id: `${options.run}.again`,
      tell: (sentence) => this.#context.journal.notice(sentence),
      source: options.source,
    });
    const resume = (work: () => void): void => {
      if (this.#ended) return;
      this.#guard(() => {
        work();
        this.#pump();
      });
    };
    this.#held = new HeldStart(this.#context, () => resume(() => undefined));
    this.#launcher = new Launcher(this.#context, this.#endings, this.#executors, this.#restorer, resume);
    this.#reactions = new Reactions(this.#context, this.#endings, this.#launcher, this.#executors);
  }

  /** Runs until every node has ended. Aborting `signal` interrupts it: finished states are kept. */
  async run(signal: AbortSignal | undefined): Promise<ExecutionReport> {
    const { options, plannedHits, states, journal, inFlight } = this.#context;
    const { pause, every } = options;
    // Deferred: the abort may come from a listener, while this run is emitting an event.
    const interrupt = (): void => {
      setImmediate(() => this.#guard(() => this.#interrupt()));
    };
    const unsubscribe = pause?.subscribe(() => setImmediate(() => this.#guard(() => this.#notePause())));
    const stopHeartbeat = every(OWNER_HEARTBEAT_MS, () => this.#beat());
    const stopPolling = every(LEASE_POLL_MS, () => this.#guard(() => this.#pollForeign()));
    try {
      await new Promise<void>((resolve, reject) => {
        this.#finish = resolve;
        this.#abort = reject;
        signal?.addEventListener('abort', interrupt, { once: true });
        if (signal?.aborted === true) interrupt();
        this.#guard(() => {
          for (const { index, state } of plannedHits) states.take(index, state);
          journal.hits(plannedHits);
          this.#notePause();
        });
      });
      // What is on record is told, all of it, before the run counts as finished.
      await this.#context.cache.record.flush();
      await this.#context.forgottenHandles.removed();
    } catch (error) {
      // What still runs here is cancelled below. It has not failed.
      this.#endings.interrupt();
      this.#endings.tellSkips(Number.POSITIVE_INFINITY);
      this.#goingOn = 0;
      throw error;
    } finally {
      this.#ended = true;
      signal?.removeEventListener('abort', interrupt);
      unsubscribe?.();
      stopHeartbeat();
      stopPolling();
      this.#held.end();
      await (this.#goingOn === undefined ? this.#executors.close() : this.#executors.leave());
      // Entries are left only after an error.
      for (const entry of inFlight.all) inFlight.withdraw(entry);
    }
    const { counts, savedSeconds, failures } = journal;
    return {
      interrupted: this.#endings.interrupted || this.#endings.isLimited,
      goingOn: this.#goingOn ?? 0,
      counts,
      savedSeconds,
      failures,
      outputs: (node) => states.outputs(node),
      stateBefore: (node) => states.idOf(node),
    };
  }

  #pump(): void {
    // A reaction may be called from within an executor's method; one loop handles them all.
    if (this.#pumping || this.#hasMore) return;
    this.#pumping = true;
    const { scheduler, cache, options, inFlight } = this.#context;
    try {
      this.#hasMore = this.#advance();
    } finally {
      this.#pumping = false;
    }
    cache.record.check();
    // What was held before a pause is not looked at during it.
    const isWaiting = this.#launcher.isAwaiting || (!this.#paused && scheduler.held !== undefined);
    const mayLeave = options.detach === true && !this.#hasMore && !scheduler.finished;
    if (mayLeave && inFlight.isAllElsewhere && !isWaiting) {
      this.#goingOn = this.#endings.leave();
      this.#hasMore = true;
    }
    if (this.#hasMore) {
      setImmediate(() => this.#goOn());
      return;
    }
    options.idle?.offer(this.#paused ? NO_SLOTS : scheduler.idle);
    if (scheduler.finished) this.#finish();
  }

  #goOn(): void {
    this.#hasMore = false;
    if (!this.#ended) this.#guard(() => this.#pump());
  }

  /**
   * Reports what was skipped, looks at nodes that are ready, and starts what may start. True if that was as much as a
   * turn has room for, and there may be more.
   */
  #advance(): boolean {
    const { scheduler } = this.#context;
    for (let left = STEPS_A_TURN; left > 0;) {
      left -= this.#endings.tellSkips(left);
      const ready = scheduler.takeReady(READY_AT_ONCE);
      if (ready.length > 0) {
        this.#launcher.ready(ready);
        left -= this.#stepsOf(ready);
        continue;
      }
      const assignment = this.#paused ? undefined : scheduler.start();
      if (assignment === undefined) {
        const held = this.#paused ? undefined : scheduler.held;
        // Another process may be making its state.
        if (held !== undefined && this.#launcher.claimTurn(held.node)) continue;
        this.#held.note(held);
        return this.#endings.hasSkips;
      }
      this.#held.starts(assignment);
      this.#launcher.launch(assignment);
      left -= this.#stepsOf([assignment.node, ...assignment.riders]);
    }
    return true;
  }

  #stepsOf(nodes: readonly number[]): number {
    return nodes.reduce((steps, node) => steps + 1 + this.#context.node(node).inputs.length, 0);
  }

  #pollForeign(): void {
    // A stage may run for hours, and nothing of it can be kept any more.
    this.#context.cache.record.check();
    const { inFlight } = this.#context;
    if (inFlight.foreign.length === 0 && !inFlight.hasUnclaimed) return;
    // A node whose turn has not come for so long is claimed now: whoever watches learns whose turn it is.
    this.#launcher.claim();
    this.#launcher.pollForeign();
    this.#pump();
  }

  #interrupt(): void {
    if (this.#endings.interrupted) return;
    this.#endings.interrupt();
    this.#restorer.cancel();
    this.#cancel(this.#context.inFlight.submittedEntries);
    this.#pump();
  }

  #cancel(entries: InFlight['submittedEntries'], from = 0): void {
    const end = from + CANCELLED_A_TURN;
    for (const { node, task } of entries.slice(from, end))
      this.#executors.for(this.#context.node(node)).cancel(task.id);
    if (end < entries.length && !this.#ended) setImmediate(() => this.#guard(() => this.#cancel(entries, end)));
  }

  #notePause(): void {
    const paused = this.#context.options.pause?.on ?? false;
    if (paused !== this.#paused) {
      this.#paused = paused;
      this.#context.journal.paused(paused);
    }
    this.#pump();
  }

  /** A busy database may not answer; the next heartbeat is soon enough. */
  #beat(): void {
    try {
      this.#context.cache.leases.heartbeat();
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== 'SQLITE_BUSY') this.#abort(error);
    }
  }

  /** An exception in a reaction is an error of the cache, or a bug: it ends the run. */
  #guard(react: () => void): void {
    try {
      react();
    } catch (error) {
      this.#abort(error);
    }
  }
}
