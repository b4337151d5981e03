/** What a run needs from outside before its first node may fail to open: the run then has an end, and holds nothing. */
import { expect, test } from 'vitest';
import type * as Built from '../../src/run/run.ts';
import { builtModule } from '../helpers/built.ts';
import { makeProjectDirectory } from '../helpers/project-directory.ts';

// As it was built: the pipelines of a project import the built restage.
const { run } = (await import(builtModule('run/run.ts'))) as typeof Built;

test('a run whose remote cannot be opened has failed on record, and others need not wait for it', async () => {
  const project = makeProjectDirectory('lab');
  const request = { pipeline: project.root, workingDirectory: project.root, cacheDirectory: project.cache };
  const openRemote = () => Promise.reject(new Error('a bug of the remote'));
  await expect(run(request, undefined, { openRemote })).rejects.toThrow('a bug of the remote');
  expect(project.query('SELECT run, outcome FROM run_end')).toEqual([{ run: 1, outcome: 'failed' }]);
  expect(project.count('lease')).toBe(0);
});
