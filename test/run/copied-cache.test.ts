import { cpSync, renameSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeInProcessProject } from '../helpers/in-process-project.ts';

test('a copied cache executes its own files, and none of the cache that it was copied from', async () => {
  const project = makeInProcessProject('lab');
  expect((await project.run()).code).toBe(0);
  const copy = project.beside('copy');
  cpSync(project.cache, copy, { recursive: true });
  const original = project.cache;
  project.cache = copy;
  expect((await project.run(['-S', 'digits=2'])).code).toBe(0);
  const memos = project.query<{ readonly value: Buffer }>(
    "SELECT value FROM memo WHERE kind IN ('code', 'definition')",
  );
  expect(memos.length).toBe(2);
  for (const { value } of memos) {
    expect(value.toString()).toContain(`${copy}/code/`);
    expect(value.toString()).not.toContain(original);
  }
});

test('a cache that was moved, and a backup of one, have all that a run needs: nothing is executed again', async () => {
  const project = makeInProcessProject('lab');
  expect((await project.run()).code).toBe(0);
  const executed = project.tally().length;
  const [moved, backup] = [project.beside('moved'), project.beside('backup')];
  renameSync(project.cache, moved);
  expect((await project.restage(['backup', backup, '--cache', moved])).code).toBe(0);
  for (const cache of [moved, backup]) {
    project.cache = cache;
    const { code, report } = await project.run();
    expect({ code, ran: report!.counts.ran, failed: report!.counts.failed }).toEqual({ code: 0, ran: 0, failed: 0 });
  }
  expect(project.tally()).toHaveLength(executed);
});
