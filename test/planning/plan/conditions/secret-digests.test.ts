import { afterEach, expect, test } from 'vitest';
import {
  areSameSecrets,
  areSecretsAsTheyWere,
  secretsOf,
} from '../../../../src/planning/plan/conditions/secret-digests.ts';
import { readSecrets, type SecretNeed } from '../../../../src/identity/secrets.ts';
import { temporaryDirectory } from '../../../helpers/temporary.ts';

const [NAME, OTHER] = ['RESTAGE_TEST_SECRET', 'RESTAGE_TEST_OTHER'];
afterEach(() => {
  for (const name of [NAME, OTHER]) Reflect.deleteProperty(process.env, name);
});

const needs: readonly SecretNeed[] = [NAME, OTHER].map((name) => ({
  source: `env:${name}`,
  user: 'a variable of node a',
  isOptional: true,
}));

test('secrets are as they were until one of them is another one, is gone, or has come', () => {
  const directory = temporaryDirectory();
  const place = { cacheDirectory: directory, root: directory };
  process.env[NAME] = 'a-secret-value';
  const known = secretsOf(needs, readSecrets(needs, place))!;
  expect(known.map(([source, digest]) => [source, digest === null])).toEqual([
    [`env:${NAME}`, false],
    [`env:${OTHER}`, true],
  ]);
  expect(JSON.stringify(known)).not.toContain('a-secret-value');
  expect(areSecretsAsTheyWere(known, place)).toBe(true);
  process.env[OTHER] = 'one-that-came';
  expect(areSecretsAsTheyWere(known, place)).toBe(false);
  Reflect.deleteProperty(process.env, OTHER);
  process.env[NAME] = 'another-value';
  expect(areSecretsAsTheyWere(known, place)).toBe(false);
  Reflect.deleteProperty(process.env, NAME);
  expect(areSecretsAsTheyWere(known, place)).toBe(false);
});

test('one that cannot be read is not as it was, and says nothing here', () => {
  const directory = temporaryDirectory();
  const place = { cacheDirectory: directory, root: directory };
  process.env[NAME] = 'a-secret-value';
  const known = secretsOf(needs, readSecrets(needs, place))!;
  process.env[NAME] = 'x';
  expect(areSecretsAsTheyWere(known, place)).toBe(false);
});

test('plans have the same secrets if those that both know are the same; one without secrets contradicts nobody', () => {
  const [one, two] = ['1'.repeat(64), '2'.repeat(64)] as never[];
  expect(secretsOf([], new Map())).toBeUndefined();
  expect(areSameSecrets(undefined, [['env:A', one!]])).toBe(true);
  expect(
    areSameSecrets(
      [['env:A', one!]],
      [
        ['env:A', one!],
        ['env:B', two!],
      ],
    ),
  ).toBe(true);
  expect(areSameSecrets([['env:A', one!]], [['env:A', two!]])).toBe(false);
  expect(areSameSecrets([['env:A', one!]], [['env:A', null]])).toBe(false);
});
