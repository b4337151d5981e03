/** Part of the contract of executors: what an attempt keeps for the next one. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { describe, expect, test } from 'vitest';
import type { Task } from '../../../src/executors/contract.ts';
import type { ExecutorUnderTest } from '../executor-bench.ts';

export function testCheckpoints({ bench, executor }: ExecutorUnderTest): void {
  describe('keeps checkpoints', () => {
    const counting = `{ async run({ checkpoint, params }) {
      const before = (await checkpoint.load()) ?? { steps: new Float32Array(0) };
      const steps = new Float32Array([...before.steps, before.steps.length]);
      await checkpoint.save({ steps, note: 'é' });
      if (steps.length < params.until) throw new Error('interrupted after ' + steps.length);
      return { out: [...steps] };
    } }`;

    test('from one attempt to the next, until one succeeds', async () => {
      const module = bench.module(counting);
      const attempt = (): Task => bench.task(module, { params: { until: 3 } });
      expect((await bench.fail(executor, attempt())).message).toBe('interrupted after 1');
      expect((await bench.fail(executor, attempt())).message).toBe('interrupted after 2');
      const last = attempt();
      expect(existsSync(last.checkpointFile)).toBe(true);
      expect(bench.value((await bench.succeed(executor, last)).outputs[0]!)).toEqual([0, 1, 2]);
      expect(existsSync(last.checkpointFile)).toBe(false);
    });

    test.each([
      ['truncated', (file: string) => writeFileSync(file, Buffer.alloc(20))],
      ['overwritten', (file: string) => writeFileSync(file, Buffer.alloc(100, 'x'))],
      ['empty', (file: string) => writeFileSync(file, '')],
      [
        'inconsistent with its digest',
        (file: string) =>
          writeFileSync(file, Buffer.concat([Buffer.alloc(32), serialize({ steps: new Float32Array(5) })])),
      ],
    ])('and starts again from the beginning if the file is %s', async (_, damage) => {
      const task = bench.stageTask(counting, { params: { until: 1 } });
      mkdirSync(join(task.checkpointFile, '..'), { recursive: true });
      damage(task.checkpointFile);
      expect(bench.value((await bench.succeed(executor, task)).outputs[0]!)).toEqual([0]);
    });
  });
}
