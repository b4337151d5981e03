import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Field } from '../../../src/core/identity/cache-key.ts';
import { RepeatError } from '../../../src/errors.ts';
import { paramFields } from '../../../src/identity/param-fields.ts';
import { secretVariable } from '../../../src/identity/secret-fields.ts';
import { readSecrets } from '../../../src/identity/secrets.ts';
import { repeatedSecrets, type SecretsThen } from '../../../src/planning/repetition/repeated-secrets.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { openCache } from '../../store/open-cache.ts';

const NAME = 'RESTAGE_TEST_SECRET';
afterEach(() => Reflect.deleteProperty(process.env, NAME));

/** A node that was made with a secret parameter from a file and a secret variable. */
function made(): SecretsThen {
  const root = temporaryDirectory();
  const cache = openCache(join(root, 'cache'));
  process.env[NAME] = 'a-secret-value';
  writeFileSync(join(root, 'token'), 'the-token\n');
  const place = { cacheDirectory: cache.directory, root };
  const digestOf = (source: string) => readSecrets([{ source, user: 'a test' }], place).get(source)!.digest;
  const params = { api: { token: { $secret: 'file:token' }, retries: 3 } };
  const fields: Field[] = [secretVariable(NAME, digestOf(`env:${NAME}`))];
  paramFields(params, fields, digestOf);
  return { params, variables: [NAME], fields, node: 'fetch', root, cache, isElsewhere: false };
}

test('secrets that are the same are found again', () => {
  const secrets = repeatedSecrets(made());
  expect([...secrets.keys()].sort()).toEqual([`env:${NAME}`, 'file:token']);
});

test('a node without secrets needs none', () => {
  expect(repeatedSecrets({ ...made(), params: { rate: 1 }, variables: [] }).size).toBe(0);
});

test('another secret, or none, is refused in one sentence that does not quote it', () => {
  const then = made();
  const refusal = (): string => {
    try {
      repeatedSecrets(then);
      return 'accepted';
    } catch (error) {
      expect(error).toBeInstanceOf(RepeatError);
      return (error as Error).message;
    }
  };
  writeFileSync(join(then.root, 'token'), 'another-token\n');
  expect(refusal()).toMatch(
    /^The secret in param\.api\.token of node fetch is not the one that its state was made with/,
  );
  expect(refusal()).not.toContain('another-token');
  writeFileSync(join(then.root, 'token'), 'the-token\n');
  process.env[NAME] = 'another-value';
  expect(refusal()).toMatch(/^The secret in env\.RESTAGE_TEST_SECRET of node fetch is not the one/);
  Reflect.deleteProperty(process.env, NAME);
  expect(refusal()).toMatch(/is not the one that its state was made with/);
});

test('of another cache, whose salt is not here, a secret is taken as it is now', () => {
  const then = { ...made(), isElsewhere: true };
  process.env[NAME] = 'another-value';
  expect(repeatedSecrets(then).size).toBe(2);
});
