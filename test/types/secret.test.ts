/**
 * What the compiler says about secrets. `npm run typecheck` is the judge: every `@ts-expect-error` must be an error,
 * and everything else must not. Nothing here is executed but to see that the file is there.
 */
import { type Builder, json, pipeline, run, secret, stage } from 'restage';
import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';

const token = secret(z.string(), 'env:API_TOKEN');

const fetchPage = stage({
  name: 'types/fetch',
  params: z.strictObject({ url: z.string(), token }),
  inputs: {},
  outputs: { status: json<number>() },
  secrets: ['PROXY_PASSWORD'],
  run({ params, env }) {
    // A stage has the value, as a text.
    expectTypeOf(params).toEqualTypeOf<{ url: string; token: string }>();
    expectTypeOf(env['PROXY_PASSWORD']).toEqualTypeOf<string | undefined>();
    return { status: params.token.length };
  },
});

function wiring(p: Builder): void {
  p.add(fetchPage, { params: { url: 'https://example.org', token: 'file:key' } });
  // @ts-expect-error the place of a value is a text
  p.add(fetchPage, { params: { url: 'https://example.org', token: 7 } });
  // @ts-expect-error an author writes the place, and not the mark
  p.add(fetchPage, { params: { url: 'https://example.org', token: { $secret: 'env:API_TOKEN' } } });
}

const definition = () =>
  pipeline({
    name: 'types',
    params: z.strictObject({ token: secret(z.string()) }),
    build(p, params) {
      expectTypeOf(params.token).toEqualTypeOf<string>();
      return p.add(fetchPage, { params: { url: 'https://example.org', token: params.token } }).out;
    },
  });

function schemas(): void {
  expectTypeOf(token).toEqualTypeOf<z.ZodType<string, string>>();
  // @ts-expect-error a secret is a text
  secret(z.number());
  // @ts-expect-error nor may it be missing
  secret(z.string().optional());
  // @ts-expect-error its place is named by a text
  secret(z.string(), 7);
  void run({ pipeline: 'types', overrides: [{ path: 'token', text: 'env:API_TOKEN' }] });
  stage({
    name: 'types/none',
    params: z.strictObject({}),
    inputs: {},
    outputs: {},
    // @ts-expect-error names of variables
    secrets: { API_TOKEN: true },
    run: () => ({}),
  });
}

test('secrets are judged by the compiler', () => {
  expect([wiring, definition, schemas].map((each) => typeof each)).toEqual(['function', 'function', 'function']);
});
