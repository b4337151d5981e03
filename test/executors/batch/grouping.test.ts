import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Task } from '../../../src/executors/contract.ts';
import { unitsOf, type WaitingTask } from '../../../src/executors/batch/grouping.ts';

const OPTIONS = { unitSeconds: 450, scouts: 4, spread: 8 };

function waiting(id: string, stage: string, seconds: number | null, cpus = 1): WaitingTask {
  return {
    task: { id, stage, timeoutSeconds: null } as Task,
    resources: { needs: { cpus, memoryMiB: null, gpus: 0 }, seconds, options: {} },
  };
}

const tasks = fc.array(
  fc.record({
    stage: fc.constantFrom('a', 'b', 'c'),
    seconds: fc.option(fc.double({ min: 0, max: 2000, noNaN: true })),
    cpus: fc.constantFrom(1, 4),
  }),
  { maxLength: 300 },
);

describe('tasks that wait for jobs', () => {
  test('each go into one unit or are held back, in their order and with their like', () => {
    const lengths = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.double({ min: 0, max: 500, noNaN: true }));
    const property = fc.property(tasks, lengths, (given, known) => {
      const all = given.map(({ stage, seconds, cpus }, i) => waiting(String(i), stage, seconds, cpus));
      const { units, held } = unitsOf(
        all,
        OPTIONS,
        (stage) => known[stage],
        () => 0,
      );
      const ids = [...units.flat(), ...held].map(({ task }) => Number(task.id)).sort((a, b) => a - b);
      expect(ids).toEqual(all.map((_, i) => i));
      for (const unit of units) {
        expect(new Set(unit.map(({ task, resources }) => `${task.stage} ${resources.needs.cpus}`)).size).toBe(1);
        const order = unit.map(({ task }) => Number(task.id));
        expect(order).toEqual(order.toSorted((a, b) => a - b));
      }
      for (const { task, resources } of held) expect(resources.seconds ?? known[task.stage]).toBeUndefined();
    });
    fc.assert(property);
  });

  test('of 500 tiny ones of unknown length, a few go first; then the rest share few jobs', () => {
    const all = Array.from({ length: 500 }, (_, i) => waiting(String(i), 'tiny', null));
    const first = unitsOf(
      all,
      OPTIONS,
      () => undefined,
      () => 0,
    );
    expect(first.units).toHaveLength(4);
    const rest = unitsOf(
      first.held,
      OPTIONS,
      () => 0.1,
      () => 0,
    );
    expect(rest.held).toEqual([]);
    expect(first.units.length + rest.units.length).toBeLessThanOrEqual(20);
  });

  test('long ones go alone, whatever their number', () => {
    const all = Array.from({ length: 30 }, (_, i) => waiting(String(i), 'long', 3600));
    expect(
      unitsOf(
        all,
        OPTIONS,
        () => undefined,
        () => 0,
      ).units,
    ).toHaveLength(30);
  });

  test('no more of an unknown stage go than may be under way', () => {
    const all = [waiting('1', 'new', null), waiting('2', 'new', null), waiting('3', 'other', null)];
    const { units, held } = unitsOf(
      all,
      OPTIONS,
      () => undefined,
      (stage) => (stage === 'new' ? 3 : 0),
    );
    expect(units.flat().map(({ task }) => task.id)).toEqual(['1', '3']);
    expect(held.map(({ task }) => task.id)).toEqual(['2']);
  });
});
