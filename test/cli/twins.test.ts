import { expect, test } from 'vitest';
import { Lab } from '../execution/lab.ts';
import { restage, sentence } from '../helpers/command.ts';

test('a node that failed with another one of the same key is not called up to date', async () => {
  const lab = new Lab();
  const run = await lab.begin({ a: { stage: 'lab/same' }, b: { stage: 'lab/same' } });
  run.fail('a', { message: 'No luck.' });
  await run.finished;
  const { code, stdout } = await restage(['log', 'a', '--cache', lab.cache.directory]);
  expect(code).toBe(0);
  expect(stdout).toContain('No luck.');
  const twin = await restage(['log', 'b', '--cache', lab.cache.directory]);
  expect(sentence(twin)).toBe('b was not executed in any run: another node with the same key failed.');
});
