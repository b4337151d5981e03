/**
 * The run journal: every fact about a node passes through here once, to the record and, when it is on record, to the
 * listeners of events, and is counted for the final report. It decides nothing.
 */
import type { Field } from '../../core/identity/cache-key.ts';
import type { CacheKey, PlanKey } from '../../core/identity/digest.ts';
import type { GraphNode } from '../../core/graph/graph.ts';
import type { Accepted, Failure, LeftNode, MadeBy, RunEvent, VisitOutcome } from '../../events.ts';
import type { StateInput } from '../../store/record/facts.ts';
import { INTERRUPTED, reasonOfLeft } from '../../store/record/going-on.ts';
import type { LaterHit } from '../../store/record/visits.ts';
import type { PlannedHit } from '../scheduling/schedule-plan.ts';
import type { Writers } from '../../store/record/writers.ts';
import type { ExecutorEvent, Task, Usage } from '../../executors/contract.ts';
import type { CodeIdentity } from '../../identity/node-fields.ts';
import { AttemptLog, type LogLine } from './attempt-log.ts';
import { secondsOf } from './seconds-of.ts';

type EventOf<Type extends ExecutorEvent['type']> = Extract<ExecutorEvent, { readonly type: Type }>;

/** A state that existed. `madeBy`: since the run began. */
export interface HitFacts {
  readonly how: 'hit' | 'cut-off';
  readonly key: CacheKey;
  readonly planKey: PlanKey;
  /** The plan key leads to this state from now on. */
  readonly keyIsNew: boolean;
  /** Seconds that it took to make; 0 where this run made it. */
  readonly saved: number;
  readonly madeBy: MadeBy | undefined;
  /** By which equivalence the node has the state; undefined if the state is that of its key. */
  readonly accepted: Accepted | undefined;
  /** The remote that the state came from, during the run. */
  readonly from?: string | undefined;
}

/** A hit on record from the beginning, as it is told. */
export interface AcceptedHit extends PlannedHit {
  readonly accepted?: Accepted | undefined;
}

/** A state that was made, as it is recorded. */
export interface MadeFacts {
  readonly key: CacheKey;
  readonly planKey: PlanKey;
  readonly code: CodeIdentity;
  readonly fields: readonly Field[];
  readonly inputs: readonly StateInput[];
  readonly reason: string;
}

export class RunJournal {
  readonly counts: Record<VisitOutcome, number> = { hit: 0, 'cut-off': 0, ran: 0, failed: 0, skipped: 0 };
  readonly failures: { readonly node: string; readonly failure: Failure }[] = [];
  /** Seconds that it took to make the states that were hits in this run. */
  savedSeconds = 0;
  readonly #record: Writers;
  readonly #run: number;
  readonly #listener: (event: RunEvent) => void;
  readonly #onTrouble: (error: unknown) => void;
  readonly #now: () => number;
  readonly #visited = new Map<string, VisitOutcome>();
  readonly #started = new Set<string>();
  /** By task, of those that have logged something and not ended. */
  readonly #logs = new Map<string, AttemptLog>();

  /** `onTrouble` takes what a listener throws. */
  constructor(
    record: Writers,
    run: number,
    listener: (event: RunEvent) => void,
    onTrouble: (error: unknown) => void,
    now: () => number,
  ) {
    this.#record = record;
    this.#run = run;
    this.#listener = listener;
    this.#onTrouble = onTrouble;
    this.#now = now;
  }

  /** What became of the node in this run, as far as it is decided. */
  outcomeOf(node: string): VisitOutcome | undefined {
    return this.#visited.get(node);
  }

  hit(node: GraphNode, { how, key, planKey, keyIsNew, saved, madeBy, accepted, from }: HitFacts): void {
    if (keyIsNew) this.#record.states.addPlanKey(planKey, key);
    // A node that was visited before counts already, or this run made it.
    if (!this.#visited.has(node.id)) this.savedSeconds += saved;
    const origin = from === undefined ? null : `from ${from}`;
    const reason = accepted?.text ?? (madeBy === undefined ? origin : this.#makerWords(madeBy));
    this.#visit(node, how, key, reason);
    const made = { ...(madeBy && { madeBy }), ...(from !== undefined && { from }) };
    this.#tell(node, { type: 'node-hit', how, state: key, ...made, ...acceptedPart(accepted) });
  }

  /** Nodes whose states existed from the beginning, all at once. */
  hits(hits: readonly AcceptedHit[]): void {
    this.counts.hit += hits.length;
    this.#record.visits.addHits(this.#run, hits);
    for (const { node, state } of hits) {
      this.savedSeconds += state.seconds;
      this.#visited.set(node.id, 'hit');
    }
    const at = this.#now();
    this.#record.afterwards(() => {
      for (const hit of hits) this.#listen(hitEvent(hit, 'hit', at));
    });
  }

  /** Nodes whose states were on record when the plan was made, and turned out to be theirs during the run. */
  laterHits(hits: readonly (LaterHit & AcceptedHit)[]): void {
    if (hits.length === 0) return;
    for (const { node, state, how } of hits) {
      this.savedSeconds += state.seconds;
      this.#count(node.id, how);
    }
    this.#record.visits.addLaterHits(this.#run, hits);
    const at = this.#now();
    this.#record.afterwards(() => {
      for (const hit of hits) this.#listen(hitEvent(hit, hit.how, at));
    });
  }

  /** Another process makes the node's state. `run` is the number of that process's run; null if unknown. */
  waiting(node: GraphNode, run: number | null): void {
    this.#tell(node, { type: 'node-waiting', run });
  }

  observed(node: GraphNode, { state, note, why }: EventOf<'observed'>): void {
    this.#tell(node, { type: 'node-observed', state, note, why });
  }

  queued(node: GraphNode, reason: string): void {
    this.#tell(node, { type: 'node-queued', reason });
  }

  /** The node could start, and waits for `more` others of its stage, for so many more seconds at most. */
  held(node: GraphNode, more: number, seconds: number): void {
    this.#tell(node, { type: 'node-held', more, seconds });
  }

  started(node: GraphNode, attempt: number, backend: string | null, event: EventOf<'started'>): void {
    this.#started.add(event.task);
    this.#start(node, event.task, attempt, event.worker, event.at);
    this.#tell(node, { type: 'node-started', attempt, worker: event.worker, backend, params: node.params });
  }

  progress(node: GraphNode, { done, total, note }: EventOf<'progress'>): void {
    this.#tell(node, { type: 'node-progress', done, total, note });
  }

  metric(node: GraphNode, { task, name, step, value }: EventOf<'metric'>): void {
    this.#record.attempts.metric(task, name, step, value);
    this.#tell(node, { type: 'node-metric', name, value, step });
  }

  log(node: GraphNode, event: EventOf<'log'>): void {
    let log = this.#logs.get(event.task);
    if (log === undefined) this.#logs.set(event.task, (log = new AttemptLog()));
    switch (log.add(event)) {
      case 'tell':
        this.#logLine(node, event.task, event);
        break;
      case 'first-held':
        this.notice(`Node ${node.id} prints a lot: the last of its further lines follow when it ends.`);
        break;
      case 'hold':
        break;
    }
  }

  /** Told to the listeners, and written to the attempt's log. */
  undeclared(node: GraphNode, { task, at, access, sentence }: EventOf<'undeclared'>): void {
    this.#record.attempts.logLine(task, at, 'stderr', `[restage] ${sentence}`);
    const { kind, detail, call, place } = access;
    this.#tell(node, { type: 'node-undeclared', access: { kind, detail, call, place }, text: sentence });
  }

  made(node: GraphNode, facts: MadeFacts, { task, usage, outputs, backend, accesses }: EventOf<'succeeded'>): void {
    const { key, planKey, code, fields, inputs, reason } = facts;
    const seconds = secondsOf(usage);
    const compute = backend === null ? null : `${backend.name} ${backend.version} on ${backend.device}`;
    this.#endAttempt(node, task, usage, compute, null);
    this.#record.states.add(task, {
      key,
      planKey,
      stage: node.stage,
      code: code.digest,
      fields,
      inputs,
      outputs,
      accesses,
      seconds,
    });
    this.#visit(node, 'ran', key, reason);
    const peakMiB = usage.peakBytes === null ? null : usage.peakBytes / 2 ** 20;
    this.#tell(node, { type: 'node-ran', state: key, seconds, peakMiB });
  }

  /** An attempt failed; `failed`, `skipped` or another attempt reports the consequence. */
  attemptFailed(
    node: GraphNode,
    attempt: number,
    again: boolean,
    { task, usage, failure }: EventOf<'failed'>,
    given: Task | null,
  ): void {
    // It was cancelled in the queue, or no worker started. It is still an attempt, without a worker.
    if (!this.#started.has(task)) this.#start(node, task, attempt, 'none', usage.startedAt);
    this.#endAttempt(node, task, usage, devicesOf(given), failure);
    if (again) this.#tell(node, { type: 'node-attempt-failed', attempt, failure });
  }

  failed(node: GraphNode, failure: Failure, reason: string): void {
    this.failures.push({ node: node.id, failure });
    this.#visit(node, 'failed', null, reason);
    this.#tell(node, { type: 'node-failed', failure });
  }

  /** `because`: the node that failed, or null when the run was interrupted. */
  skipped(node: GraphNode, because: string | null): void {
    this.#visit(node, 'skipped', null, because === null ? INTERRUPTED : `${because} failed`);
    this.#tell(node, { type: 'node-skipped', because });
  }

  /** The run ends before the node does: the next run continues with it. */
  left(node: GraphNode, left: LeftNode): void {
    this.#visit(node, 'skipped', null, reasonOfLeft(left));
    this.#tell(node, { type: 'node-skipped', because: null, left });
  }

  paused(paused: boolean): void {
    this.#pass({ type: 'run-paused', at: this.#now(), paused });
  }

  notice(text: string): void {
    this.#pass({ type: 'notice', at: this.#now(), text });
  }

  #makerWords({ run, node }: MadeBy): string {
    return run === this.#run ? `the same as ${node}` : `made by run ${run}`;
  }

  #start(node: GraphNode, task: string, number: number, worker: string, at: number): void {
    this.#record.attempts.start({ task, run: this.#run, node: node.id, number, worker, at });
  }

  #endAttempt(node: GraphNode, task: string, usage: Usage, compute: string | null, failure: Failure | null): void {
    this.#started.delete(task);
    this.#endLog(node, task);
    const { endedAt: at, cpuSeconds, peakBytes } = usage;
    this.#record.attempts.end(task, { at, compute, cpuSeconds, peakBytes, failure });
  }

  #endLog(node: GraphNode, task: string): void {
    const log = this.#logs.get(task);
    if (log === undefined) return;
    this.#logs.delete(task);
    const { omitted, lines } = log.rest;
    const [next] = lines;
    const at = next?.at ?? this.#now();
    if (omitted > 0)
      this.#logLine(node, task, { at, stream: 'log', text: `[restage] ${omitted} lines are left out here.` });
    for (const line of lines) this.#logLine(node, task, line);
  }

  #logLine(node: GraphNode, task: string, { at, stream, text }: LogLine): void {
    this.#record.attempts.logLine(task, at, stream, text);
    this.#tell(node, { type: 'node-log', stream, text });
  }

  #visit(node: GraphNode, outcome: VisitOutcome, state: CacheKey | null, reason: string | null): void {
    this.#count(node.id, outcome);
    this.#record.visits.add({ run: this.#run, node: node.id, outcome, state, reason, tags: node.tags });
  }

  #count(node: string, outcome: VisitOutcome): void {
    // A node may be a hit first and lose its bytes later. It is then visited again, and the later outcome counts.
    const before = this.#visited.get(node);
    if (before !== undefined) this.counts[before] -= 1;
    this.#visited.set(node, outcome);
    this.counts[outcome] += 1;
  }

  /**
   * An event is passed on after what happened before it is on record. So nobody hears about what a full disk then
   * loses.
   */
  #pass(event: RunEvent): void {
    this.#record.afterwards(() => this.#listen(event));
  }

  #listen(event: RunEvent): void {
    try {
      this.#listener(event);
    } catch (error) {
      // Not a fault of the record, which goes on.
      this.#onTrouble(error);
    }
  }

  #tell(node: GraphNode, event: NodeEventBody): void {
    this.#pass({ ...event, at: this.#now(), node: node.id, stage: node.stage });
  }
}

function hitEvent({ node, state, accepted }: AcceptedHit, how: 'hit' | 'cut-off', at: number): RunEvent {
  const event = { type: 'node-hit', at, node: node.id, stage: node.stage, how, state: state.key } as const;
  return accepted === undefined ? event : { ...event, accepted };
}

function acceptedPart(accepted: Accepted | undefined): { readonly accepted?: Accepted } {
  return accepted === undefined ? {} : { accepted };
}

/** The devices of a failed attempt that described no backend: someone who looks for a broken GPU needs its number. */
function devicesOf(task: Task | null): string | null {
  if (task === null || task.devices.length === 0) return null;
  return `${task.backend ?? 'stage'} on ${task.devices.join('+')}`;
}

/** An event about a node, without the members that `#tell` adds. */
type NodeEventBody = DistributiveOmit<Extract<RunEvent, { readonly node: string }>, 'at' | 'node' | 'stage'>;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
