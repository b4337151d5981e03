/**
 * The tasks that a worker executes at the same time: one, or several that go together. Each has its own time limit, its
 * own abort, and its share of the time.
 */
import type { ExecutorEvent, Task, Usage } from '../../contract.ts';
import type { AbortClass } from '../../attempt/failure.ts';
import { type AwakeTimer, awakeTimeout } from '../../awake-timer.ts';

export interface RunningTask {
  readonly task: Task;
  readonly timeout: AwakeTimer | undefined;
  /** Runs while it is given time to obey. */
  grace: AwakeTimer | undefined;
  aborted: AbortClass | undefined;
}

type Last = Extract<ExecutorEvent, { readonly type: 'succeeded' | 'failed' }>;

export class RunningTasks {
  readonly isParty: boolean;
  readonly #startedAt: number;
  readonly #tasks: Map<string, RunningTask>;
  #cpuSeconds: number | null = null;
  #peakBytes: number | null = null;
  /** Seconds that each of those that go on has had so far, and until when they are counted. */
  #share = 0;
  #sharedUntil: number;

  /** @param onTimeout called when a task's time is up */
  constructor(tasks: readonly Task[], startedAt: number, onTimeout: (task: string) => void) {
    this.isParty = tasks.length > 1;
    this.#startedAt = startedAt;
    this.#sharedUntil = startedAt;
    this.#tasks = new Map(
      tasks.map((task) => {
        const { id, timeoutSeconds: limit } = task;
        const timeout = limit === null ? undefined : awakeTimeout(() => onTimeout(id), limit * 1000);
        return [id, { task, timeout, grace: undefined, aborted: undefined }];
      }),
    );
  }

  /** Those that have not ended. */
  get goingOn(): readonly RunningTask[] {
    return [...this.#tasks.values()];
  }

  get(task: string): RunningTask | undefined {
    return this.#tasks.get(task);
  }

  /** What the process has used so far, which is its task's if it has one. */
  measured(cpuSeconds: number, peakBytes: number | null): void {
    if (this.isParty) return;
    this.#cpuSeconds = cpuSeconds;
    this.#peakBytes = peakBytes;
  }

  /** What a task has used when it ends without a message from its process. */
  usage(endedAt: number): Usage {
    return { startedAt: this.#startedAt, endedAt, cpuSeconds: this.#cpuSeconds, peakBytes: this.#peakBytes };
  }

  /**
   * The task has ended. Its last event, as it is told: of a party, with its share of the time and whose failure it may
   * be.
   */
  end(event: Last): Last {
    const running = this.#tasks.get(event.task);
    running?.timeout?.clear();
    running?.grace?.clear();
    if (!this.isParty) {
      this.#tasks.delete(event.task);
      return event;
    }
    const until = Math.max(this.#sharedUntil, event.usage.endedAt);
    this.#share += (until - this.#sharedUntil) / 1000 / this.#tasks.size;
    this.#sharedUntil = until;
    this.#tasks.delete(event.task);
    const usage = { ...event.usage, seconds: this.#share };
    return event.type === 'succeeded' ? { ...event, usage } : { ...event, usage, ofParty: mayBeAnothers(event) };
  }
}

/** An error that the task's own promise gave is its own. Memory, time and the process were everyone's. */
function mayBeAnothers({ failure, ofParty }: Extract<Last, { readonly type: 'failed' }>): boolean {
  return ofParty === true || (failure.class !== 'error' && failure.class !== 'cancelled');
}
