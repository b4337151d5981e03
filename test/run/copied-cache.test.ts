import { cpSync } from 'node:fs';
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
