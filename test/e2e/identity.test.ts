/** When a node runs again and when it does not: what a process loads, and where it is. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inThisProcess } from '../helpers/in-process-project.ts';
import { logOfLoads } from '../helpers/log-of-loads.ts';
import { makeProject } from '../helpers/project.ts';

const NODES = ['mix', 'noise', 'note', 'scale@k=0', 'scale@k=1', 'scale@k=2', 'source', 'unit'];
const EVERYTHING = ['mix', 'noise', 'note', 'scale 1e-9', 'scale 2', 'scale 3', 'source', 'unit'];

describe('a second run', () => {
  const project = makeProject('lab');
  test('executes nothing, records a hit for every node, and loads neither esbuild nor zod', async () => {
    const log = project.beside('loaded');
    const loaded = (): string => {
      const text = readFileSync(log, 'utf8');
      rmSync(log);
      return text;
    };
    const cold = await project.run([], { env: { NODE_OPTIONS: logOfLoads(log) } });
    expect(cold.outcomes).toEqual(Object.fromEntries(NODES.map((node) => [node, 'ran'])));
    expect(project.visits(1)).toEqual(cold.outcomes);
    expect(project.executed()).toEqual(EVERYTHING);
    // What the log would show if they were loaded.
    const first = loaded();
    expect(first).toMatch(/node_modules\/esbuild\//);
    // zod comes from one file of the cache, beside the pipeline's own code; a worker's log is this log too.
    expect(first).toMatch(/cache\/code\/[0-9a-f]{64}\.mjs/);
    expect(first).not.toMatch(/node_modules\/zod\//);

    const again = await project.run([], { env: { NODE_OPTIONS: logOfLoads(log) } });
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.outcomes).toEqual(Object.fromEntries(NODES.map((node) => [node, 'hit'])));
    expect(project.visits(2)).toEqual(again.outcomes);
    expect(again.report!.results).toEqual(cold.report!.results);
    expect(project.executed()).toEqual([]);
    const second = loaded();
    // What it needs is in a few files (.config/bundle-hot.js); each file of its own costs it half a millisecond.
    expect(second).toMatch(/dist\/hot\.js/);
    expect(second.split('\n').filter((line) => line.includes('/dist/')).length).toBeLessThan(45);
    expect(second).not.toMatch(/node_modules\/(esbuild|zod|commander|acorn)\/|cache\/code\//);
    expect(second).not.toMatch(
      /dist\/((run|code|attempt|authoring)\.js|planning\/(definition\/(load-graph|definition)|plan\/prepared-run)|execution\/(execution|nodes|scheduling\/scheduler)|ml\/|core\/graph)/,
    );
  });

  test('is foretold by plan and status without esbuild and zod, in the words of the long way round', async () => {
    const log = project.beside('loaded');
    const told = async (verb: string, ...targets: readonly string[]): Promise<unknown> => {
      const { stdout } = await project.restage([verb, '.', ...targets, '--json', '--cache', project.cache], {
        env: { NODE_OPTIONS: logOfLoads(log) },
      });
      return JSON.parse(stdout);
    };
    const planned = await told('plan');
    expect(await told('status')).toMatchObject({ fresh: true, counts: { hit: NODES.length, run: 0, pending: 0 } });
    expect(readFileSync(log, 'utf8')).not.toMatch(/node_modules\/(esbuild|zod)\/|cache\/code\/|dist\/(?:run|code)\.js/);
    expect(planned).toEqual(await told('plan', ...NODES));
    expect(readFileSync(log, 'utf8')).toMatch(/dist\/run\.js/);
  });
});

test('nothing runs again for another directory, language, time zone and home', async () => {
  const project = makeProject('lab');
  await inThisProcess(project).run();
  expect(project.executed()).toEqual(EVERYTHING);
  const elsewhere = project.beside('elsewhere');
  mkdirSync(elsewhere);
  const words = { LANG: 'tr_TR.UTF-8', LC_ALL: 'de_DE.UTF-8', TZ: 'Pacific/Chatham', HOME: elsewhere, USER: 'x' };
  await project.run([], { env: words, cwd: elsewhere });
  await project.run(['mix', 'note'], { env: words, cwd: elsewhere });
  expect(project.executed()).toEqual([]);
  expect(project.count('state')).toBe(8);
});
