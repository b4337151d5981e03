/** `restage remote add`: which addresses are kept, and what is said of those that lack something. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Outcome, restage, sentence } from '../helpers/command.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

beforeEach(() => {
  for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) vi.stubEnv(name, '/dev/null');
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) vi.stubEnv(name, '');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

test('a bucket is kept as an address without a secret, and keys that are missing are told', async () => {
  const cache = temporaryDirectory();
  const without = await add(cache, 'one', 's3://group/restage/');
  expect([without.code, sentence(without)]).toEqual([0, expect.stringContaining('set AWS_ACCESS_KEY_ID and')]);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'the-id');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'the-secret');
  expect(await add(cache, 'two', 's3://group')).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(join(cache, 'remotes.json'), 'utf8')).toBe(
    `${JSON.stringify(
      {
        remotes: [
          { name: 'one', address: 's3://group/restage' },
          { name: 'two', address: 's3://group' },
        ],
      },
      null,
      2,
    )}\n`,
  );
});

test.each([
  ['ada@cluster:runs', 'write ssh://user@host/path'],
  ['cluster:/data/runs', 'write ssh://user@host/path'],
  ['s3://id:secret@group/restage', 'holds no keys'],
  ['s3://g', 'names a bucket'],
  ['ssh://cluster', 'is not complete'],
  ['ssh://cluster/%zz', 'is not complete'],
  ['ssh://clus\nter/data', 'cannot be seen'],
  ['/mnt/secret\u001b[2J', 'cannot be seen'],
])('the address %j is refused in a sentence, and not kept', async (address, words) => {
  const cache = temporaryDirectory();
  const refused = await add(cache, 'group', address);
  expect([refused.code, sentence(refused)]).toEqual([2, expect.stringContaining(words)]);
  expect(refused.stderr).not.toContain('secret');
  expect((await restage(['remote', 'list', '--json', '--cache', cache])).stdout).toContain('"remotes": []');
});

test('a directory whose name has a colon is given with its path', async () => {
  const cache = temporaryDirectory();
  expect(await add(cache, 'here', './cluster:runs')).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(join(cache, 'remotes.json'), 'utf8')).toMatch(/"address": "\/.*\/cluster:runs"/);
});

function add(cache: string, name: string, address: string): Promise<Outcome> {
  return restage(['remote', 'add', name, address, '--cache', cache], { cwd: cache });
}
