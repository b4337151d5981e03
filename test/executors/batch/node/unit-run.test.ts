/** What a job that is told to end makes of a task whose host it is still looking at. */
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { onDevice } from '../../../../src/core/identity/backend-identity.ts';
import type { FailureClass } from '../../../../src/core/authoring/policy.ts';
import { cancelled, endedWithout } from '../../../../src/executors/attempt/failure.ts';
import { UnitRun } from '../../../../src/executors/batch/node/unit-run.ts';
import { decoded, type TaskResult } from '../../../../src/executors/batch/units/unit.ts';
import { UnitDirectory } from '../../../../src/executors/batch/units/unit-directory.ts';
import type { Executor, ExecutorEvent, Task } from '../../../../src/executors/contract.ts';
import type { Devices } from '../../../../src/identity/compute/devices.ts';
import { describeBackend } from '../../../../src/ml/backends/backends.ts';
import { hashFile } from '../../../../src/store/files/hash-file.ts';
import { readIfThere } from '../../../../src/store/files/shared-file.ts';
import { BINDING, installNative, LIBRARY } from '../../../helpers/native-package.ts';
import { temporaryDirectory } from '../../../helpers/temporary.ts';

/** Executes each task until it is cancelled. */
class Endless implements Executor {
  readonly lifetime = 'child';
  readonly submitted: Task[] = [];
  readonly #onEvent: (event: ExecutorEvent) => void;

  constructor(onEvent: (event: ExecutorEvent) => void) {
    this.#onEvent = onEvent;
  }

  submit(task: Task): void {
    this.submitted.push(task);
  }

  reattach(task: Task): void {
    this.#onEvent({ type: 'gone', task: task.id });
  }

  cancel(id: string): void {
    const task = this.submitted.find((each) => each.id === id);
    if (task !== undefined) queueMicrotask(() => this.#onEvent(endedWithout(task, cancelled(task), 0)));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

let directory: UnitDirectory;
let answer: (found: Devices) => void;
let executor: Endless;
let run: UnitRun;
let looksAtHost: Promise<void>;
beforeEach(async () => {
  const root = temporaryDirectory();
  directory = UnitDirectory.of(root, '0123456789abcdef');
  directory.create();
  installNative(root, 'tfjs-node-gpu', { ...BINDING, ...LIBRARY });
  const computes = onDevice(await describeBackend('tfjs-node-gpu', hashFile, root), 'NVIDIA H200', '570.86.15');
  const resources = { needs: { cpus: 1, memoryMiB: null, gpus: 1 }, seconds: null, options: {} };
  const task = { id: 'a', node: 'train', backend: 'tfjs-node-gpu', computes, resources } as unknown as Task;
  const manifest = { unit: '0123456789abcdef', cacheDirectory: root, projectRoot: root, gracefulMs: null };
  looksAtHost = new Promise((looks) => {
    run = new UnitRun(
      directory,
      { ...manifest, tasks: [task, { ...task, id: 'b' }] },
      {
        probe: () => {
          looks();
          return new Promise((resolve) => (answer = resolve));
        },
        open: (onEvent) => (executor = new Endless(onEvent)),
      },
    );
  });
});

const found = (name: string): Devices => ({
  list: [{ id: 'gpu:0', name, memoryMiB: 1, driver: '570.86.15' }],
  absence: '',
});

/** How the first task has failed; undefined if it has no result. */
function failed(): { readonly as: FailureClass; readonly isOfHost: boolean } | undefined {
  const bytes = readIfThere(directory.result(0));
  if (bytes === undefined) return undefined;
  const { last } = decoded(bytes) as TaskResult;
  if (last.type !== 'failed') throw new Error('nothing can succeed here');
  return { as: last.failure.class, isOfHost: last.ofHost !== undefined };
}

describe('a job that is told to end while it looks at its host', () => {
  test.each(['time', 'room'] as const)('stops the task that fits at once, and begins no other one: %s', async (why) => {
    const ended = run.run();
    await looksAtHost;
    run.end(why);
    answer(found('NVIDIA H200'));
    await ended;
    expect(executor.submitted.map(({ id }) => id)).toEqual(['a']);
    expect(failed()).toEqual(why === 'room' ? undefined : { as: 'timeout', isOfHost: false });
    expect([...directory.names()].sort()).toEqual(why === 'room' ? ['0.begun', 'vacated'] : ['0.begun', '0.result']);
  });

  test('tells a refusal where only its time is up', async () => {
    const ended = run.run();
    await looksAtHost;
    run.end('time');
    answer(found('Tesla T4'));
    await ended;
    expect(failed()).toEqual({ as: 'lost', isOfHost: true });
    expect(directory.names()).not.toContain('1.begun');
  });

  test('tells no refusal where its host is taken from it, since what was asked may have been ended too', async () => {
    const ended = run.run();
    await looksAtHost;
    answer({ list: [], absence: 'nvidia-smi was ended' });
    // Its own signal comes later.
    await turn();
    run.end('room');
    await ended;
    expect([...directory.names()].sort()).toEqual(['0.begun', 'vacated']);
    expect(executor.submitted).toEqual([]);
  });
});
