import { expect, test } from 'vitest';
import { z } from 'zod';
import { mayBeSecret } from '../../../src/core/params/guarded.ts';
import type { Path } from '../../../src/core/params/path.ts';
import { secret } from '../../../src/core/authoring/secret.ts';

const token = (): z.ZodType => secret(z.string());
const at = (schema: z.ZodType, ...path: Path): boolean => mayBeSecret(schema, path);

test('a secret is found where it is, and above it, through everything that a schema may wrap it in', () => {
  const holders: readonly (readonly [schema: z.ZodType, path: Path])[] = [
    [token(), []],
    [z.strictObject({ api: z.strictObject({ token: token() }) }), ['api', 'token']],
    [z.strictObject({ token: token().optional() }), ['token']],
    [z.strictObject({ token: z.union([z.number(), token()]) }), ['token']],
    [z.strictObject({ token: token() }).and(z.strictObject({ rate: z.number() })), ['token']],
    [z.discriminatedUnion('kind', [z.object({ kind: z.literal('a'), token: token() })]), ['token']],
    [z.array(token()), [0]],
    [z.tuple([z.number(), token()]), [1]],
    [z.record(z.string(), token()), ['any']],
    [z.object({}).catchall(token()), ['any']],
  ];
  for (const [schema, path] of holders) expect([path, at(schema, ...path), at(schema)]).toEqual([path, true, true]);
});

test('a place beside a secret holds none', () => {
  const schema = z.strictObject({ rate: z.number(), api: z.strictObject({ token: token(), url: z.string() }) });
  expect([at(schema, 'rate'), at(schema, 'api', 'url'), at(z.tuple([z.number(), token()]), 0)]).toEqual([
    false,
    false,
    false,
  ]);
});

test('a path that the schema does not have is guarded as what it leads out of is', () => {
  const schema = z.strictObject({ rate: z.number(), api: z.strictObject({ token: token() }) });
  expect([at(schema, 'api', 'tokn'), at(schema, 'rate', 'deeper')]).toEqual([true, false]);
});

test('a schema that contains itself is looked at, and ends', () => {
  interface Tree {
    readonly next?: Tree | undefined;
  }
  const Plain: z.ZodType<Tree> = z.lazy(() => z.object({ next: Plain.optional() }));
  const Secret: z.ZodType = z.lazy(() => z.object({ token: token(), next: Secret.optional() }));
  expect([at(Plain), at(Secret, 'next', 'next', 'token')]).toEqual([false, true]);
});
