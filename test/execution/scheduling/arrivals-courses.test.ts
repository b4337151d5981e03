/** What holds of nodes that wait for others, whatever the graph. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ScheduledNode } from '../../../src/execution/scheduling/scheduled-node.ts';
import { MACHINE, plain } from './arrivals-bench.ts';
import { Course } from './arrivals-course.ts';

describe('whatever the graph, the machine and the course', () => {
  const KINDS = ['plain', 'lone', 'train', 'other'] as const;
  const specOf = (...kinds: (typeof KINDS)[number][]) =>
    fc.record({
      dependencies: fc.array(fc.nat({ max: 100 }), { minLength: kinds[0] === 'plain' ? 0 : 1, maxLength: 2 }),
      kind: fc.constantFrom(...kinds),
      seconds: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
      priority: fc.integer({ min: 0, max: 1 }),
      memoryMiB: fc.constantFrom(0, 0, 0, 400),
      outcome: fc.constantFrom('done', 'done', 'done', 'done', 'hit', 'fail', 'foreign', 'twin', 'twin'),
      isDone: fc.constantFrom(false, false, true),
    });
  // Mostly data first, and then what is trained on them.
  const specs = fc
    .tuple(
      fc.array(specOf('plain'), { minLength: 1, maxLength: 15 }),
      fc.array(specOf('train', 'train', 'train', 'other', 'lone'), { minLength: 1, maxLength: 8 }),
      fc.array(specOf(...KINDS), { maxLength: 8 }),
    )
    .map((layers) => layers.flat());
  const machines = fc.record({ cpus: fc.integer({ min: 1, max: 4 }), devices: fc.integer({ min: 1, max: 3 }) });
  const PARTIES = { plain: undefined, lone: undefined, train: 'train', other: 'other' } as const;

  test('no node is held for longer than it took to prepare, a device is never idle while another node could have it, and each ends once', () => {
    let holds = 0;
    fc.assert(
      fc.property(specs, machines, fc.infiniteStream(fc.nat()), (given, machine, choices) => {
        const nodes: ScheduledNode[] = [];
        for (const { dependencies, kind, seconds, priority, memoryMiB, isDone } of given) {
          const above = nodes.length === 0 ? [] : [...new Set(dependencies.map((each) => each % nodes.length))];
          const isMade = isDone && above.every((each) => nodes[each]!.initially === 'done');
          const takes = { gpus: kind === 'plain' ? 0 : 1, memoryMiB };
          const initially = isMade ? 'done' : 'waiting';
          nodes.push(plain(above, { takes, party: PARTIES[kind], seconds, priority, initially }));
        }
        const devices = Array.from({ length: machine.devices }, (_, n) => `gpu:${n}`);
        const course = new Course(nodes, { ...MACHINE, cpus: machine.cpus, devices });
        const choose = (most: number): number => choices.next().value % most;
        while (!course.scheduler.finished) {
          course.queueReady((node) => given[node]!.outcome);
          course.startAll();
          holds += course.scheduler.held === undefined ? 0 : 1;
          course.check();
          course.endOne(choose, (node) => given[node]!.outcome);
        }
        expect([...course.ended].sort((a, b) => a - b)).toEqual(
          nodes.flatMap(({ initially }, node) => (initially === 'waiting' ? [node] : [])),
        );
      }),
      { numRuns: 500 },
    );
    expect(holds).toBeGreaterThan(0);
  });
});
