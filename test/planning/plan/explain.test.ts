import { expect, test } from 'vitest';
import type { Field } from '../../../src/core/identity/cache-key.ts';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { explain } from '../../../src/planning/plan/explain.ts';

const field = (name: string, value: string): Field => ({ name, digest: sha256(value), preview: value });

test('the reason for a miss is the difference from the nearest state of the stage', () => {
  const now = [field('code', 'a'), field('param.rate', '0.02'), field('param.fold', '3'), field('in.data', 'x')];
  const other = [field('code', 'a'), field('param.rate', '0.01'), field('param.fold', '4'), field('in.data', 'x')];
  const same = [field('code', 'a'), field('param.rate', '0.01'), field('param.fold', '3'), field('in.data', 'x')];
  expect(explain(now, [other, same])).toBe('param.rate 0.01 -> 0.02');
  expect(explain(now, [other])).toBe('param.fold 4 -> 3, param.rate 0.01 -> 0.02');
  expect(explain(now, [same.map((f) => (f.name === 'code' ? field('code', 'b') : f))])).toBe(
    'code changed, param.rate 0.01 -> 0.02',
  );
  expect(explain(now, [same.filter((f) => f.name !== 'param.fold')])).toBe('param.fold added, param.rate 0.01 -> 0.02');
  // A field that only one side has counts as well.
  const more = [...same, field('param.new', '1'), field('param.newer', '1')];
  expect(explain(now, [more, other])).toBe('param.fold 4 -> 3, param.rate 0.01 -> 0.02');
  expect(explain(now, [[field('code', 'a')], other])).toBe('param.fold 4 -> 3, param.rate 0.01 -> 0.02');
  expect(explain(now, [same.filter((f) => f.name !== 'in.data')])).toBe('in.data added, param.rate 0.01 -> 0.02');
  expect(explain(now, [])).toBe('never run');
});

test('a package with new content says so, by its versions', () => {
  const tiny = (version: string, content: string): Field => ({
    name: 'dep.tiny',
    digest: sha256(content),
    preview: version,
  });
  expect(explain([tiny('1.0.1', 'b')], [[tiny('1.0.0', 'a')]])).toBe('dep.tiny 1.0.0 -> 1.0.1');
  expect(explain([tiny('1.0.0', 'b')], [[tiny('1.0.0', 'a')]])).toBe('dep.tiny 1.0.0 -> 1.0.0 (content changed)');
});

test('inputs of one slot are told together', () => {
  const list = (count: number, more = ''): readonly Field[] =>
    Array.from({ length: count }, (_, index) => field(`in.evaluations.${index}`, `${index}${more}`));
  expect(explain(list(3), [list(12)])).toBe('9 of 12 inputs of "evaluations" removed');
  expect(explain(list(12), [list(3)])).toBe('9 of 12 inputs of "evaluations" added');
  expect(explain([...list(2, 'x'), field('in.data', 'b')], [[...list(2), field('in.data', 'a')]])).toBe(
    '2 of 2 inputs of "evaluations" changed, in.data changed',
  );
});

test('a stage with random streams that ran as another node only is a new node', () => {
  const fields = (node: string, seed: number, x: string): readonly Field[] => [
    field('param.x', x),
    field('seed', `${seed} for ${node}`),
  ];
  expect(explain(fields('a@x=4', 0, '4'), [fields('a@x=3', 0, '3')])).toBe('new node');
  expect(explain(fields('a@x=4', 1, '4'), [fields('a@x=4', 0, '4')])).toBe('seed 0 -> 1');
});
