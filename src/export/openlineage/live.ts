/**
 * Tells a run in OpenLineage while it goes on: a listener of its events. What an event does not say (the inputs and
 * outputs of a state) is read from the record, many states at once, and never within an event.
 */
import { systemErrorMeaning } from '../../core/diagnostics/errno.ts';
import type { CacheKey } from '../../core/identity/digest.ts';
import type { Failure, RunEvent } from '../../events.ts';
import { Cache } from '../../store/cache.ts';
import type { Act, ExportedRun } from '../facts.ts';
import { actsOfStates, exportedRun } from '../gather.ts';
import { actIdentity } from '../identifiers.ts';
import type { Delivery } from './delivery.ts';
import { actEvents, type LineageEvent, runEnd, runStart } from './events.ts';

/** Milliseconds for which states are gathered before the record is asked. */
const GATHERING = 200;

interface Started {
  readonly stage: string;
  readonly attempt: number;
  readonly worker: string;
  readonly at: number;
}

export class LiveLineage {
  readonly #directory: string;
  readonly #delivery: Delivery;
  readonly #started = new Map<string, Started>();
  #made: CacheKey[] = [];
  #cache: Cache | undefined;
  #run: ExportedRun | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param directory the cache's */
  constructor(directory: string, delivery: Delivery) {
    this.#directory = directory;
    this.#delivery = delivery;
  }

  /** Never throws: what goes wrong here is not the run's trouble. */
  tell(event: RunEvent): void {
    this.#safely(() => this.#hear(event));
  }

  #hear(event: RunEvent): void {
    switch (event.type) {
      case 'run-started':
        this.#run = this.#find(event.run);
        if (this.#run !== undefined) this.#send([runStart(this.#run)]);
        return;
      case 'node-started':
        this.#started.set(event.node, event);
        this.#sendAct(event.node, (start) => start);
        return;
      case 'node-attempt-failed':
      case 'node-failed':
        this.#sendFailure(event.node, event.at, event.failure);
        return;
      case 'node-ran':
        this.#started.delete(event.node);
        this.#made.push(event.state as CacheKey);
        this.#timer ??= setTimeout(() => this.#safely(() => this.#tellMade()), GATHERING).unref();
        return;
      case 'run-finished': {
        this.#tellMade();
        if (this.#run === undefined) return;
        const end = runEnd({ ...this.#run, outcome: event.outcome, endedAt: event.at });
        if (end !== undefined) this.#send([end]);
        return;
      }
      case 'run-preparing':
      case 'run-paused':
      case 'node-hit':
      case 'node-queued':
      case 'node-held':
      case 'node-waiting':
      case 'node-observed':
      case 'node-progress':
      case 'node-metric':
      case 'node-log':
      case 'node-undeclared':
      case 'node-skipped':
      case 'experiment-run':
      case 'run-pushing':
      case 'notice':
        return;
    }
  }

  /** @returns how many events there were, and how many did not arrive */
  async close(): Promise<{ readonly told: number; readonly lost: number }> {
    this.#safely(() => {
      this.#tellMade();
      this.#cache?.close();
    });
    return this.#delivery.close();
  }

  #safely(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#delivery.complain(systemErrorMeaning(error)?.cause ?? (error as Error).message);
    }
  }

  #find(number: number): ExportedRun | undefined {
    this.#cache ??= Cache.openToLook(this.#directory);
    return exportedRun(this.#cache, number);
  }

  #tellMade(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const made = this.#made;
    this.#made = [];
    if (this.#cache === undefined || this.#run === undefined || made.length === 0) return;
    for (const act of actsOfStates(this.#cache, made, this.#run)) this.#send(actEvents(act, this.#run).slice(1));
  }

  #sendFailure(node: string, at: number, failure: Failure): void {
    this.#sendAct(node, (start) => ({ ...start, endedAt: at, failure }), 1);
    this.#started.delete(node);
  }

  /** What is known of an attempt without the record. @param from 0 for the start, 1 for the end */
  #sendAct(node: string, complete: (start: Act) => Act, from = 0): void {
    const started = this.#started.get(node);
    const run = this.#run;
    if (started === undefined || run === undefined) return;
    const { stage, attempt, worker, at } = started;
    const start: Act = {
      identity: actIdentity(run.identity, node, attempt),
      ...{ node, stage, attempt, worker, startedAt: at, run: run.run, code: null, state: null, endedAt: null },
      ...{ cpuSeconds: null, peakBytes: null, compute: null, failure: null, inputs: [], outputs: [] },
      ...{ params: [], packages: [], env: [], reads: [], runtime: null, seed: null, backend: null },
    };
    this.#send(actEvents(complete(start), run).slice(from));
  }

  #send(events: readonly LineageEvent[]): void {
    for (const event of events) this.#delivery.add(JSON.stringify(event));
  }
}
