/** After any edits, the plan based on an earlier complete run equals the plan made without one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PlanKey } from '../../../src/core/identity/digest.ts';
import type { Step } from '../../../src/planning/plan/plan.ts';
import { planGraph } from '../../../src/planning/plan/planner.ts';
import { edit, edited, Prepared, Record, world, type World } from './random-worlds.ts';

test('a plan based on an earlier run equals the plan made without one, field by field, over random pipelines and edits', () => {
  fc.assert(
    fc.property(
      world,
      fc.array(
        fc.record({
          edits: fc.array(edit, { minLength: 1, maxLength: 3 }),
          base: fc.nat(),
          targets: fc.option(fc.array(fc.nat(), { minLength: 1, maxLength: 2 })),
          forced: fc.array(fc.nat(), { maxLength: 2 }),
          runs: fc.boolean(),
        }),
        { minLength: 1, maxLength: 5 },
      ),
      (start, rounds) => {
        const record = new Record();
        const bases = [new Prepared(start).run(record, undefined)];
        let now = start;
        for (const { edits, base, targets, forced, runs } of rounds) {
          for (const change of edits) {
            now = edited(now, change);
            if (change.edit === 'lose') record.lost.add(change.at % record.keys.length);
          }
          const prepared = new Prepared(now);
          const size = prepared.graph.nodes.length;
          const wanted = targets?.map((target) => target % size);
          const anew = forced.map((node) => node % size);
          const from = bases[base % bases.length]!;
          expect(prepared.plan(record, from, wanted, anew)).toEqual(prepared.plan(record, undefined, wanted, anew));
          if (runs) bases.push(prepared.run(record, from));
        }
      },
    ),
    { numRuns: 300 },
  );
});

const chain = (param: number): World => ({
  nodes: Array.from({ length: 12 }, (_, index) => ({
    name: index,
    stage: 0,
    param: index === 11 ? param : 0,
    inputs: index === 0 ? [] : [{ kind: 'node', of: index - 1 }],
    tag: false,
  })),
  code: [0, 0, 0],
  files: [0, 0],
  seed: 0,
});

test('a changed leaf costs the fields of one node, and the look-up of one key', () => {
  const record = new Record();
  const base = new Prepared(chain(0)).run(record, undefined);
  const changed = new Prepared(chain(1));
  const looked: PlanKey[] = [];
  const { lookups } = record;
  const steps: readonly Step[] = planGraph({
    graph: changed.graph,
    selected: changed.graph.nodes.map(() => true),
    forced: [],
    fieldsOf: changed.fieldsOf,
    fileDigests: changed.files,
    lookups: {
      ...lookups,
      byPlanKeys: (keys) => {
        looked.push(...keys);
        return lookups.byPlanKeys(keys);
      },
    },
    earlier: changed.earlier(base),
  });
  expect(steps.map(({ status }) => status)).toEqual([...Array.from({ length: 11 }, () => 'hit'), 'run']);
  // Once for its plan key, once for the key of its content.
  expect(changed.asked).toBe(2);
  expect(looked).toHaveLength(1);
});
