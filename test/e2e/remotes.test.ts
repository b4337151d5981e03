/** A run goes to a remote and comes to a clone of the project that never ran anything. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeProject } from '../helpers/project.ts';

test('after a pull, a clone knows how a number was made and runs nothing', async () => {
  const project = makeProject('lab');
  const remote = project.beside('remote');
  const [here, clone] = [project.cache, join(project.root, 'clone')];
  const restage = async (cache: string, ...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await project.restage([...words, '--cache', cache]);
    expect([words, code, stderr.replace(/^restage: (?:run|the state) .*\n/gm, '')]).toEqual([words, 0, '']);
    return stdout;
  };
  expect((await project.run()).code).toBe(0);
  await restage(here, 'remote', 'add', 'group', remote);
  expect(await restage(here, 'push')).toMatch(/^run:1 is in group: \d+ objects? sent/);
  expect(await restage(here, 'push')).toContain('nothing to push');

  await restage(clone, 'remote', 'add', 'group', remote);
  expect(await restage(clone, 'remote', 'list', 'group')).toContain('run');
  expect(await restage(clone, 'pull', 'latest')).toMatch(/is run:1 here: \d+ new states/);
  const how = ['how', 'run:1/mix', '--without-today'];
  expect(await restage(clone, ...how)).toBe(await restage(here, ...how));
  const again = await project.run(['--cache', clone]);
  expect(again.outcomes()).not.toContain('ran');
  rmSync(clone, { recursive: true });
});
