/** A cache that another user owns. */
import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { admitNobody, NOBODY } from '../helpers/other-user.ts';
import { makeProject } from '../helpers/project.ts';
import type { Finished } from '../helpers/run-result.ts';

function expectRefusal({ code, stdout, stderr }: Finished, sentence: RegExp): void {
  expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
  expect(stderr).toMatch(sentence);
  expect(stderr).toMatch(/^restage: [^\n]+[.)]\n$/);
}

test('a cache that may not be written is said to be so', async ({ skip }) => {
  const project = makeProject('lab').withoutCache();
  const hindrance = await admitNobody(project);
  skip(hindrance !== undefined, hindrance);
  mkdirSync(project.cache, { mode: 0o755 });
  const launch = { uid: NOBODY, env: { HOME: '/nonexistent' } };
  expectRefusal(
    await project.run([], launch),
    /The cache directory \S+ cannot be written: permission is denied; change the permissions, or use another one with --cache DIR/,
  );

  // Filled by its owner, it may be read by others, as far as that is possible.
  expect((await project.run()).code).toBe(0);
  expectRefusal(await project.run([], launch), /The cache directory \S+ cannot be written/);
  expect((await project.run()).report!.counts.hit).toBe(8);
});
