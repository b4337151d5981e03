/** An executor of jobs on a scripted system, and what it has told. */
import { expect, onTestFinished, vi } from 'vitest';
import type { CacheKey } from '../../../src/core/identity/digest.ts';
import { BatchExecutor } from '../../../src/executors/batch/batch-executor.ts';
import type { Pace } from '../../../src/executors/batch/pace.ts';
import type { ExecutorEvent, Task } from '../../../src/executors/contract.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { Job, ScriptedSystem } from './scripted-system.ts';

export const PACE: Partial<Pace> = { lookMs: 2, longestLookMs: 5, gatherMs: 1, graceMs: 40, busyMs: 2 };

export class BatchBench {
  readonly directory = temporaryDirectory();
  readonly system = new ScriptedSystem();
  readonly events: ExecutorEvent[] = [];
  executor = this.open();

  open(pace = PACE): BatchExecutor {
    const executor = new BatchExecutor({
      system: this.system,
      cacheDirectory: this.directory,
      projectRoot: this.directory,
      onEvent: (event) => this.events.push(event),
      program: ['run-unit'],
      pace,
    });
    onTestFinished(() => executor.leave());
    return executor;
  }

  task(id: string, more: Partial<Task> = {}): Task {
    return {
      id,
      node: `node-${id}`,
      stage: `stage-${id}`,
      cacheKey: id as CacheKey,
      timeoutSeconds: null,
      ...more,
    } as Task;
  }

  async submitted(count = 1): Promise<Job> {
    await vi.waitFor(() => expect(this.system.requests).toHaveLength(count));
    return new Job(this.system.requests.at(-1)!);
  }

  async ended(id: string): Promise<ExecutorEvent & { readonly type: 'succeeded' | 'failed' }> {
    return vi.waitFor(() => {
      const last = this.events.find(
        (event): event is ExecutorEvent & { readonly type: 'succeeded' | 'failed' } =>
          event.task === id && (event.type === 'succeeded' || event.type === 'failed'),
      );
      expect(last).toBeDefined();
      return last!;
    });
  }

  /** So many looks at the queue. */
  async looks(count: number): Promise<void> {
    const observe = vi.spyOn(this.system, 'observe');
    await vi.waitFor(() => expect(observe.mock.calls.length).toBeGreaterThanOrEqual(count));
    observe.mockRestore();
  }
}
