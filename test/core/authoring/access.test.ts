import { expect, test } from 'vitest';
import { json } from '../../../src/core/artifact/codecs/json.ts';
import { type Access, EFFECTS, undeclaredSentence } from '../../../src/core/authoring/access.ts';
import { stage } from '../../../src/core/authoring/stage.ts';
import { z } from 'zod';

const plain = { params: z.strictObject({}), inputs: {}, outputs: { x: json() }, run: () => ({ x: 1 }) };

test('a stage has the effects that it declares, and its files in one form', () => {
  expect(stage({ name: 'a', ...plain })).toMatchObject({ reads: [], effects: [] });
  const declared = { reads: ['./b.json', 'tables/', 'a/../a/c', 'b.json'], network: true, clock: true, host: false };
  expect(stage({ name: 'a', ...plain, ...declared })).toMatchObject({
    reads: ['a/c', 'b.json', 'tables'],
    effects: ['clock', 'network'],
  });
});

test.each([
  [['/etc/hosts'], 'which is not the same on every machine'],
  [['C:\\data'], 'which is not the same on every machine'],
  [[''], 'declares to read something that is not a path'],
  [[7], 'declares to read something that is not a path'],
  ['data.json', 'declares reads that are not a list'],
])('a stage that declares to read %j is refused', (reads, words) => {
  expect(() => stage({ name: 'a', ...plain, reads: reads as never })).toThrow(words);
});

test('every kind has a sentence that names the call, the place and the declaration', () => {
  const sentence = (access: Partial<Access>): string =>
    undeclaredSentence('lab/a', {
      kind: 'file',
      detail: '',
      call: '',
      place: 'a.ts:1:2',
      declared: false,
      count: 1,
      ...access,
    });
  expect(sentence({ detail: "it's.json", call: 'statSync' })).toBe(
    "Stage lab/a looks at it's.json, which it does not declare (statSync at a.ts:1:2); add reads: ['it\\'s.json'] to the stage, or wire it in as an input.",
  );
  expect(sentence({ kind: 'env', detail: '*', call: 'process.env', place: null })).toBe(
    'Stage lab/a reads the list of all environment variables, which it does not declare (process.env); read the variables that are needed by their names, and declare those with env: [...].',
  );
  for (const kind of EFFECTS) expect(sentence({ kind, detail: 'x', call: 'x' })).toContain(`${kind}: true`);
});
