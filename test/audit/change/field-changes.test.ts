import { expect, test } from 'vitest';
import { fieldChanges, groupOf, ownChanges } from '../../../src/audit/change/field-changes.ts';
import type { Field } from '../../../src/core/identity/cache-key.ts';
import { sha256 } from '../../../src/core/identity/digest.ts';

const fields = (values: Readonly<Record<string, string>>): readonly Field[] =>
  Object.entries(values).map(([name, value]) => ({ name, digest: sha256(value), preview: value }));

test('the fields that differ are grouped, code before parameters before inputs', () => {
  const before = fields({ 'in.rows': 'r', 'dep.zod': '1', 'param.a.b': '1', code: 'c', stage: 's', 'env.HOME': 'h' });
  const after = fields({ 'in.rows': 'R', 'dep.zod': '1', 'param.a.b': '2', code: 'C', stage: 's', seed: '0 for fit' });
  const changes = fieldChanges(before, after);
  expect(changes.map(({ group, name }) => [group, name])).toEqual([
    ['code', 'code'],
    ['param', 'a.b'],
    ['input', 'rows'],
    ['env', 'HOME'],
    ['seed', 'seed'],
  ]);
  expect(changes.map(({ before: b, after: a }) => [b?.preview, a?.preview])).toEqual([
    ['c', 'C'],
    ['1', '2'],
    ['r', 'R'],
    ['h', undefined],
    [undefined, '0 for fit'],
  ]);
  expect(ownChanges(changes).map(({ field }) => field)).toEqual(['code', 'param.a.b', 'env.HOME', 'seed']);
});

test('every field of docs/keys.md has its group, and another one is refused', () => {
  const names = [
    'stage',
    'code',
    'param',
    'param.x',
    'in.y.0',
    'seed',
    'backend',
    'dep.@a/b',
    'env.A',
    'reads.d/x',
    'runtime',
    'schema',
  ];
  expect(names.map(groupOf)).toEqual([
    'stage',
    'code',
    'param',
    'param',
    'input',
    'seed',
    'backend',
    'package',
    'env',
    'reads',
    'runtime',
    'schema',
  ]);
  expect(() => groupOf('weather')).toThrow('internal error: a state has a field weather');
});
