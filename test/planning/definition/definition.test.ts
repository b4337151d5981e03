/** The dependencies of a pipeline's memos: every change that could give another graph, or other code, is noticed. */
import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sha256 } from '../../../src/core/identity/digest.ts';
import type { Graph } from '../../../src/core/graph/graph.ts';
import { bundleStages } from '../../../src/identity/code/bundle.ts';
import { loadGraph } from '../../../src/planning/definition/load-graph.ts';
import { codeFacts } from '../../../src/planning/definition/stage-code.ts';
import { recordingReads } from '../../../src/identity/environment/environment-reads.ts';
import { resolveRequest } from '../../../src/planning/request/resolve-request.ts';
import { run } from '../../../src/run/run.ts';
import { openEmptyCache } from '../../helpers/empty-cache.ts';
import { makeProjectDirectory, type ProjectDirectory } from '../../helpers/project-directory.ts';

const PIPELINE = `import { json, pipeline, stage } from 'restage';
import { z } from 'zod';
import { word } from './helper';
export const step = stage({
  name: 'lab/step',
  params: z.strictObject({ word: z.string() }),
  inputs: {},
  outputs: { x: json<number>() },
  run: () => ({ x: 1 }),
});
export default pipeline({
  name: 'lab',
  params: z.strictObject({}),
  build(p) { p.add(step, { params: { word } }); return {}; },
});
`;

function project(index = PIPELINE): ProjectDirectory {
  return makeProjectDirectory('lab').write('index.ts', index).write('helper.js', `export const word = 'js';\n`);
}

async function graphOf(project: ProjectDirectory, pipeline = project.root): Promise<Graph> {
  // Files that have just been changed are not memoised.
  await new Promise((resolve) => setTimeout(resolve, 30));
  const request = resolveRequest({ pipeline, workingDirectory: project.root });
  const cache = openEmptyCache(project.cache);
  try {
    return (await loadGraph(cache, request)).graph;
  } finally {
    cache.close();
  }
}

const wordOf = async (project: ProjectDirectory, pipeline?: string): Promise<unknown> =>
  (await graphOf(project, pipeline)).nodes[0]!.params;

describe('a definition that was loaded before', () => {
  test('is loaded again after a link to its folder was redirected', async () => {
    const lab = project();
    for (const version of ['v1', 'v2'])
      lab.write(`${version}/index.ts`, PIPELINE).write(`${version}/helper.js`, `export const word = '${version}';\n`);
    symlinkSync('v1', lab.path('current'));
    expect(await wordOf(lab, 'current')).toEqual({ word: 'v1' });
    unlinkSync(lab.path('current'));
    symlinkSync('v2', lab.path('current'));
    expect(await wordOf(lab, 'current')).toEqual({ word: 'v2' });
  });

  test.each([
    ['a folder inside the project', './lib/helper'],
    ['a package in node_modules', 'helper-lib/helper.js'],
  ])('is loaded again after a link to %s that it imports from was redirected', async (_, specifier) => {
    const lab = project(PIPELINE.replace('./helper', specifier));
    const link = lab.path(specifier.startsWith('.') ? 'lib' : 'node_modules/helper-lib');
    for (const version of ['v1', 'v2']) {
      mkdirSync(lab.beside(version));
      lab
        .write(`../${version}/package.json`, '{"name":"helper-lib","version":"1.0.0","type":"module"}')
        .write(`../${version}/helper.js`, `export const word = '${version}';\n`);
    }
    symlinkSync(lab.beside('v1'), link);
    expect(await wordOf(lab)).toEqual({ word: 'v1' });
    unlinkSync(link);
    symlinkSync(lab.beside('v2'), link);
    expect(await wordOf(lab)).toEqual({ word: 'v2' });
  });

  test('is loaded again after a new file took precedence over the imported one', async () => {
    const lab = project();
    expect(await wordOf(lab)).toEqual({ word: 'js' });
    lab.write('helper.ts', `export const word: string = 'ts';\n`);
    expect(await wordOf(lab)).toEqual({ word: 'ts' });
    rmSync(lab.path('helper.ts'));
    expect(await wordOf(lab)).toEqual({ word: 'js' });
  });

  test.each([
    ['while it is imported', `const word = process.env.LAB_WORD ?? '';`],
    ['through node:process', `import { env } from 'node:process';\nconst word = env.LAB_WORD ?? '';`],
  ])('is loaded again after a change of an environment variable that it read %s', async (_, source) => {
    const lab = project(PIPELINE.replace(`import { word } from './helper';`, source));
    await expectToFollowEnvironment(lab);
  });

  test('is loaded again after a change of an environment variable that build read', async () => {
    const lab = project(PIPELINE.replace('params: { word }', `params: { word: process.env.LAB_WORD ?? '' }`));
    await expectToFollowEnvironment(lab);
  });

  test('is reused if nothing changed, and is not built again', async () => {
    const lab = project(
      PIPELINE.replace('build(p) {', 'build(p) { globalThis.labBuilds = (globalThis.labBuilds ?? 0) + 1;'),
    );
    await wordOf(lab);
    await wordOf(lab);
    expect((globalThis as { labBuilds?: number }).labBuilds).toBe(1);
  });

  test('has the same graph when it is reused, with what its stages can do', async () => {
    const lab = project(
      PIPELINE.replace('run: ()', 'compute: true, runTogether: (all) => all.map(async () => ({ x: 1 })), run: ()'),
    );
    const first = await graphOf(lab);
    expect(first.nodes[0]).toMatchObject({ compute: true, together: true });
    expect(await graphOf(lab)).toEqual(first);
  });
});

describe('a run with a remembered plan', () => {
  const outcome = async (lab: ProjectDirectory) => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    const report = await run({ pipeline: lab.root, workingDirectory: lab.root, cacheDirectory: lab.cache });
    return report.counts;
  };
  const HIT = { hit: 1, 'cut-off': 0, ran: 0, failed: 0, skipped: 0 };
  const RAN = { ...HIT, hit: 0, ran: 1 };
  const inProcess = (source: string): string =>
    source.replace('p.add(step, {', `p.add(step, { executor: 'in-process',`);

  test('executes nodes after a change of a variable that build reads', async () => {
    const lab = project(
      inProcess(PIPELINE).replace('params: { word }', `params: { word: process.env.LAB_WORD ?? '' }`),
    );
    onTestFinished(() => setWord(undefined));
    for (const expected of [RAN, HIT, HIT]) expect(await outcome(lab)).toEqual(expected);
    setWord('other');
    for (const expected of [RAN, HIT, HIT]) expect(await outcome(lab)).toEqual(expected);
  });

  test('executes nodes after a new file took precedence over an imported one', async () => {
    const lab = project(inProcess(PIPELINE));
    for (const expected of [RAN, HIT, HIT]) expect(await outcome(lab)).toEqual(expected);
    lab.write('helper.ts', `export const word: string = 'ts';\n`);
    for (const expected of [RAN, HIT, HIT]) expect(await outcome(lab)).toEqual(expected);
  });
});

describe('reads of the environment', () => {
  test('are recorded with digests, except variables that the code set itself; then the environment is restored', async () => {
    const before = process.env;
    process.env['LAB_GIVEN'] = 'given';
    onTestFinished(() => {
      delete process.env['LAB_GIVEN'];
      delete process.env['LAB_OWN'];
    });
    const { result, reads } = await recordingReads(() => {
      process.env['LAB_OWN'] = 'own';
      return Promise.resolve([process.env['LAB_OWN'], process.env['LAB_GIVEN'], 'LAB_ABSENT' in process.env]);
    });
    expect(result).toEqual(['own', 'given', false]);
    expect(reads).toEqual([
      ['LAB_ABSENT', null],
      ['LAB_GIVEN', sha256('restage/environment/v1\0', 'given')],
    ]);
    expect(process.env).toBe(before);
  });
});

describe('code that goes on record', () => {
  test.each([
    ['changed', (lab: ProjectDirectory) => void lab.edit('helper.js', 'js', 'other')],
    ['deleted', (lab: ProjectDirectory) => renameSync(lab.path('helper.js'), lab.path('gone.js'))],
  ])('is refused if a source was %s while it was bundled', async (_, change) => {
    const lab = project(PIPELINE.replace('({ x: 1 })', '({ x: word.length })'));
    const { stages, root } = await bundleStages(lab.path('index.ts'), ['lab/step']);
    expect(codeFacts(stages[0]!, root).sources.map(({ path }) => path)).toContain('helper.js');
    change(lab);
    expect(() => codeFacts(stages[0]!, root)).toThrow(
      'The file helper.js was changed while it was bundled; run again.',
    );
  });
});

function setWord(word: string | undefined): void {
  if (word === undefined) delete process.env['LAB_WORD'];
  else process.env['LAB_WORD'] = word;
}

async function expectToFollowEnvironment(lab: ProjectDirectory): Promise<void> {
  onTestFinished(() => setWord(undefined));
  for (const word of [undefined, 'one', 'other', undefined]) {
    setWord(word);
    expect(await wordOf(lab)).toEqual({ word: word ?? '' });
  }
}
