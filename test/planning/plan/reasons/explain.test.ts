import { expect, test } from 'vitest';
import type { Field } from '../../../../src/core/identity/cache-key.ts';
import { sha256 } from '../../../../src/core/identity/digest.ts';
import type { ComparableStates } from '../../../../src/planning/plan/reasons/comparable-states.ts';
import { explain } from '../../../../src/planning/plan/reasons/explain.ts';

const field = (name: string, value: string): Field => ({ name, digest: sha256(value), preview: value });

/** A node whose own states, and those of its stage, have these fields. */
function against(
  own: readonly (readonly Field[])[],
  ofStage: readonly (readonly [node: string, fields: readonly Field[]])[] = [],
): ComparableStates {
  return { node: 'n', own, ofStage: () => ofStage.map(([node, fields]) => ({ node, fields })) };
}

test("the reason for a miss is the difference from the nearest of the node's own states", () => {
  const now = [field('code', 'a'), field('param.rate', '0.02'), field('param.fold', '3'), field('in.data', 'x')];
  const other = [field('code', 'a'), field('param.rate', '0.01'), field('param.fold', '4'), field('in.data', 'x')];
  const same = [field('code', 'a'), field('param.rate', '0.01'), field('param.fold', '3'), field('in.data', 'x')];
  const why = (...own: (readonly Field[])[]): string => explain(now, against(own));
  expect(why(other, same)).toBe('param.rate 0.01 -> 0.02');
  expect(why(other)).toBe('param.fold 4 -> 3, param.rate 0.01 -> 0.02');
  expect(why(same.map((f) => (f.name === 'code' ? field('code', 'b') : f)))).toBe(
    'code changed, param.rate 0.01 -> 0.02',
  );
  expect(why(same.filter((f) => f.name !== 'param.fold'))).toBe('param.fold added, param.rate 0.01 -> 0.02');
  // A field that only one side has counts as well.
  const more = [...same, field('param.new', '1'), field('param.newer', '1')];
  expect(why(more, other)).toBe('param.fold 4 -> 3, param.rate 0.01 -> 0.02');
  expect(why([field('code', 'a')], other)).toBe('param.fold 4 -> 3, param.rate 0.01 -> 0.02');
  expect(why(same.filter((f) => f.name !== 'in.data'))).toBe('in.data added, param.rate 0.01 -> 0.02');
  // The newest, of those that differ in as many fields.
  const older = same.map((f) => (f.name === 'param.rate' ? field('param.rate', '0.5') : f));
  expect(why(same, older)).toBe('param.rate 0.01 -> 0.02');
  expect(why(older, same)).toBe('param.rate 0.5 -> 0.02');
});

test("a node's own states come before namesakes of other pipelines, and other nodes of its stage tell nothing", () => {
  const now = [field('param.a', '2'), field('param.b', '2')];
  const own = [field('param.a', '1'), field('param.b', '1')];
  const nearer = [field('param.a', '2'), field('param.b', '9')];
  expect(explain(now, against([own], [['m', nearer]]))).toBe('param.a 1 -> 2, param.b 1 -> 2');
  expect(
    explain(
      now,
      against(
        [],
        [
          ['m', nearer],
          ['n', own],
        ],
      ),
    ),
  ).toBe('param.a 1 -> 2, param.b 1 -> 2');
  expect(
    explain(
      now,
      against(
        [],
        [
          ['m', nearer],
          ['k', own],
        ],
      ),
    ),
  ).toBe('new node');
  expect(explain(now, against([]))).toBe('first run');
});

test('a package with new content says so, by its versions', () => {
  const tiny = (version: string, content: string): Field => ({
    name: 'dep.tiny',
    digest: sha256(content),
    preview: version,
  });
  expect(explain([tiny('1.0.1', 'b')], against([[tiny('1.0.0', 'a')]]))).toBe('dep.tiny 1.0.0 -> 1.0.1');
  expect(explain([tiny('1.0.0', 'b')], against([[tiny('1.0.0', 'a')]]))).toBe(
    'dep.tiny 1.0.0 -> 1.0.0 (content changed)',
  );
});

test('inputs of one slot are told together', () => {
  const list = (count: number, more = ''): readonly Field[] =>
    Array.from({ length: count }, (_, index) => field(`in.evaluations.${index}`, `${index}${more}`));
  expect(explain(list(3), against([list(12)]))).toBe('9 of 12 inputs of "evaluations" removed');
  expect(explain(list(12), against([list(3)]))).toBe('9 of 12 inputs of "evaluations" added');
  expect(explain([...list(2, 'x'), field('in.data', 'b')], against([[...list(2), field('in.data', 'a')]]))).toBe(
    '2 of 2 inputs of "evaluations" changed, in.data changed',
  );
});

test('a node that ran nowhere before is a new node, whatever its stage ran as other nodes', () => {
  const fields = (node: string, seed: number, x: string): readonly Field[] => [
    field('param.x', x),
    field('seed', `${seed} for ${node}`),
  ];
  expect(explain(fields('a@x=4', 0, '4'), against([], [['a@x=3', fields('a@x=3', 0, '3')]]))).toBe('new node');
  expect(explain([field('param.x', '4')], against([], [['a@x=3', [field('param.x', '3')]]]))).toBe('new node');
  expect(explain(fields('a@x=4', 1, '4'), against([fields('a@x=4', 0, '4')]))).toBe('seed 0 -> 1');
});

test('older states are not read once one differs in a single field', () => {
  const now = [field('param.a', '2'), field('param.b', '2')];
  const own = {
    *[Symbol.iterator]() {
      yield [field('param.a', '1'), field('param.b', '1')];
      yield [field('param.a', '1'), field('param.b', '2')];
      throw new Error('too far');
    },
  };
  expect(explain(now, { node: 'n', own, ofStage: () => [] })).toBe('param.a 1 -> 2');
});
