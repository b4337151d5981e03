import { beforeAll, describe, expect, test } from 'vitest';
import { uses, type Uses } from '../../../src/audit/lineage/uses.ts';
import { openReader } from '../../../src/audit/open.ts';
import { codeSources } from '../../../src/audit/change/code-sources.ts';
import { Cache } from '../../../src/store/cache.ts';
import type { InProcessProject } from '../../helpers/in-process-project.ts';
import { makeLineProject, searchIn, STAGES } from './line-project.ts';

let project: InProcessProject;

beforeAll(async () => {
  project = makeLineProject();
  await project.run();
  await project.run(['-S', 'most=50', '-S', 'rate=0.25']);
});

const ask = (word: string): Promise<Uses> =>
  Cache.using(
    Cache.openToLook(project.cache),
    async (cache) => (await uses(cache, word, searchIn(cache, project.root)))!,
  );

const told = ({ states }: Uses): readonly string[] =>
  states.map(({ node, run, direct }) => `${node} of run ${run}${direct ? ', directly' : ''}`);

const FITS = (run: number, direct: boolean): readonly string[] =>
  [0, 1, 2].map((fold) => `fit@fold=${fold} of run ${run}${direct ? ', directly' : ''}`);

describe('what was made from', () => {
  test('a file is everything below the states that read it, with the results that rest on it', async () => {
    const found = await ask('numbers.txt');
    expect(found.kind).toBe('file');
    expect(told(found)).toEqual([
      'load of run 1, directly',
      ...FITS(1, false),
      'score of run 1',
      'load of run 2, directly',
      ...FITS(2, false),
      'score of run 2',
    ]);
    expect(found.results.map(({ run, name }) => [run, name])).toEqual([
      [2, 'score'],
      [1, 'score'],
    ]);
  });

  test('a state is also what names another state of the stage with the same bytes as its producer', async () => {
    // The second run made the first node again to the same bytes, and its fits took them.
    for (const word of ['run:1/load', 'run:2/load'])
      expect(new Set(told(await ask(word)).map((words) => words.replace(', directly', '')))).toEqual(
        new Set([...FITS(1, false), 'score of run 1', ...FITS(2, false), 'score of run 2']),
      );
  });

  test('an output is what took it, and below', async () => {
    expect(told(await ask('run:1/fit@fold=1.slope'))).toEqual(['score of run 1, directly']);
    expect(told(await ask('run:2/score.score'))).toEqual([]);
  });

  test("a stage's code is its states and all below", async () => {
    const reader = openReader({ cacheDirectory: project.cache, workingDirectory: project.root });
    const digest = reader.node('run:1/fit@fold=0')!.fields.find(({ name }) => name === 'code')!.digest;
    reader.close();
    expect(told(await ask(digest))).toEqual([...FITS(1, true), 'score of run 1', ...FITS(2, true), 'score of run 2']);
  });

  test('a source file is the states of every stage that has it among its sources, and all below', async () => {
    const found = await ask('stages.ts');
    expect(found.kind).toBe('source');
    expect(found.states).toHaveLength(10);
    expect(found.states.every(({ direct }) => direct)).toBe(true);
  });

  test('a run is what was made of its states, and is not among them', async () => {
    await project.run(['-S', 'folds=4', '-S', 'most=50', '-S', 'rate=0.25']);
    expect((await ask('run:2')).states.filter(({ run }) => run > 1)).toMatchObject([
      { node: 'fit@fold=3', run: 3, direct: true },
      { node: 'score', run: 3, direct: true },
    ]);
  });
});

test('the sources of code on record are read by their paths, as they were', async () => {
  await Cache.using(Cache.openToLook(project.cache), (cache) => {
    const { code } = cache.query.ancestry.states([2])[0]!;
    const sources = codeSources(cache, code);
    expect(sources.get('half.ts')).toBe('export const half = (x: number): number => x / 2;\n');
    expect(sources.get('stages.ts')).toBe(STAGES);
  });
});
