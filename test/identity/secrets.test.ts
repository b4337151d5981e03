/** Secrets as they enter keys: by a digest that only this cache can make, wherever the value is kept. */
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { sha256 } from '../../src/core/identity/digest.ts';
import type { Field } from '../../src/core/identity/cache-key.ts';
import { paramFields, paramsOf } from '../../src/identity/param-fields.ts';
import { readSecrets } from '../../src/identity/secrets.ts';

const NAME = 'RESTAGE_TEST_SECRET';
afterEach(() => Reflect.deleteProperty(process.env, NAME));

function directory(): string {
  return mkdtempSync(join(tmpdir(), 'restage-secrets-'));
}

function digestIn(cacheDirectory: string, source: string): string {
  const secrets = readSecrets([{ source, user: 'parameter token of node a' }], {
    cacheDirectory,
    root: cacheDirectory,
  });
  return secrets.get(source)!.digest;
}

test('a digest is the same for the same value from any place, and another one in another cache', () => {
  const [here, there] = [directory(), directory()];
  process.env[NAME] = 'a-secret-value';
  writeFileSync(join(here, 'key'), 'a-secret-value\n');
  const digest = digestIn(here, `env:${NAME}`);
  expect(digestIn(here, 'file:key')).toBe(digest);
  expect(digestIn(here, `env:${NAME}`)).toBe(digest);
  expect(digestIn(there, `env:${NAME}`)).not.toBe(digest);
  expect(digest).not.toBe(sha256('a-secret-value'));
  const salt = join(here, 'secret-salt');
  expect(statSync(salt).mode & 0o777).toBe(0o600);
  expect(readFileSync(salt)).toHaveLength(32);
});

test('one that is missing, too short or not text gets one sentence, which does not quote it', () => {
  const here = directory();
  expect(() => digestIn(here, `env:${NAME}`)).toThrow(
    `The secret env:${NAME}, parameter token of node a, is not there; set the environment variable ${NAME} to it for this command.`,
  );
  process.env[NAME] = 'hunter2';
  expect(() => digestIn(here, `env:${NAME}`)).toThrow(/has fewer than 8 characters/);
  expect(() => digestIn(here, `env:${NAME}`)).not.toThrow(/hunter2/);
  expect(() => digestIn(here, 'file:nowhere')).toThrow(/cannot be read from .*nowhere \(ENOENT\)/);
  writeFileSync(join(here, 'binary'), Buffer.from([0xff, 0xfe, 0, 1, 2, 3, 4, 5, 6]));
  expect(() => digestIn(here, 'file:binary')).toThrow(/it is not UTF-8 text/);
});

test('fields of parameters hold the place and the digest, and give the place back', () => {
  const params = { url: 'x', tokens: [{ $secret: 'env:A' }], auth: { token: { $secret: 'env:A' } } };
  const fields = (digest: string): readonly Field[] => {
    const made: Field[] = [];
    paramFields(params, made, () => sha256(digest));
    return made;
  };
  expect(fields('1').map(({ name, preview }) => `${name} ${preview}`)).toEqual([
    'param.url "x"',
    'param.tokens [{"$secret":"env:A"}]',
    'param.auth.token {"$secret":"env:A"}',
  ]);
  const changed = fields('1').filter(({ digest }, index) => digest !== fields('2')[index]!.digest);
  expect(changed.map(({ name }) => name)).toEqual(['param.tokens', 'param.auth.token']);
  expect(paramsOf(fields('1'))).toEqual({ params });
});
