import { expect, test } from 'vitest';
import { z as z3 } from 'zod/v3';
import { z } from 'zod';
import { json } from '../../../src/core/artifact/codecs/json.ts';
import { pipeline } from '../../../src/core/authoring/pipeline.ts';
import { observation, stage } from '../../../src/core/authoring/stage.ts';

const old = z3.object({ rate: z3.number().default(1) }) as never;
const sentence = (what: string): string =>
  `The params of ${what} are a schema of zod 3, as "zod/v3" exports it; restage needs one of zod 4: import { z } from 'zod'.`;

test('a schema of zod 3 is refused where it is declared', () => {
  const rest = { inputs: {}, outputs: { x: json<number>() }, run: () => ({ x: 1 }) };
  expect(() => stage({ name: 'a/b', params: old, ...rest })).toThrow(sentence('stage a/b'));
  expect(() => observation({ name: 'a/b', params: old, ...rest })).toThrow(sentence('stage a/b'));
  expect(() => pipeline({ name: 'a', params: old, build: () => ({}) })).toThrow(sentence('pipeline a'));
  expect(stage({ name: 'a/b', params: z.strictObject({}), ...rest }).name).toBe('a/b');
});
