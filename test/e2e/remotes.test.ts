/** A run goes to a remote and comes to a clone of the project that never ran anything. */
import { expect, test } from 'vitest';
import { makeProject, type Project } from '../helpers/project.ts';

test('after a pull, a clone knows how a number was made and has nothing to run', async () => {
  const [project, clone] = [makeProject('lab'), makeProject('lab')];
  const restage = async (at: Project, words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await at.restage([...words, '--cache', at.cache]);
    expect([words, code, stderr.replace(/^restage: run\S* .*\n/gm, '')]).toEqual([words, 0, '']);
    return stdout;
  };
  const here = (...words: readonly string[]): Promise<string> => restage(project, words);
  const there = (...words: readonly string[]): Promise<string> => restage(clone, words);
  expect((await project.run()).code).toBe(0);
  await here('remote', 'add', 'group', project.beside('remote'));
  expect(await here('push')).toMatch(/^run:1 is in group: \d+ objects? sent/);
  expect(await here('push')).toContain('nothing to push');

  await there('remote', 'add', 'group', project.beside('remote'));
  expect(await there('remote', 'list', 'group')).toContain('lab (8 nodes)');
  expect(await there('pull', 'latest')).toMatch(/is run:1 here: \d+ new states/);
  const how = ['how', 'run:1/mix', '--without-today'];
  expect((await there(...how)).replaceAll(clone.cache, project.cache)).toBe(await here(...how));
  const { code, outcomes } = await clone.run();
  expect([code, [...new Set(Object.values(outcomes))]]).toEqual([0, ['hit']]);
});
