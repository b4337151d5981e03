import { rmSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { findSubject } from '../../../src/audit/lineage/find-subject.ts';
import { stepsOf } from '../../../src/audit/lineage/fold.ts';
import { how, type How } from '../../../src/audit/lineage/how.ts';
import { lineageOf } from '../../../src/audit/lineage/lineage.ts';
import type { Subject } from '../../../src/audit/lineage/subject.ts';
import { openReader } from '../../../src/audit/open.ts';
import { Cache } from '../../../src/store/cache.ts';
import type { InProcessProject } from '../../helpers/in-process-project.ts';
import { makeLineProject, scoreOf, searchIn, STAGES } from './line-project.ts';

let project: InProcessProject;

beforeAll(async () => {
  project = makeLineProject();
  expect((await project.run()).code).toBe(0);
  expect((await project.run(['-S', 'rate=0.25'])).code).toBe(0);
  // It runs the first stage again, to the same bytes.
  expect((await project.run(['-S', 'most=50', '-S', 'rate=0.25'])).code).toBe(0);
});

async function withCache<T>(work: (cache: Cache) => T | Promise<T>): Promise<T> {
  return Cache.using(Cache.openToLook(project.cache), work);
}

const subjectOf = (word: string): Promise<Subject | undefined> =>
  withCache((cache) => findSubject(cache, word, searchIn(cache, project.root)));

const ask = (word: string): Promise<How> =>
  withCache(async (cache) => {
    const subject = await findSubject(cache, word, searchIn(cache, project.root));
    return how(cache, subject!, { root: project.root, workingDirectory: project.root });
  });

const refusal = async (word: string): Promise<string> =>
  subjectOf(word).then(
    () => '',
    (error: unknown) => (error as Error).message,
  );

function amsOf(node: string): number {
  const reader = openReader({ cacheDirectory: project.cache, workingDirectory: project.root });
  try {
    return scoreOf(reader, node).ams.value;
  } finally {
    reader.close();
  }
}

describe('what is asked for', () => {
  test('may be a number as it was printed, with all of its digits or rounded', async () => {
    const ams = amsOf('run:1/score');
    for (const word of [String(ams), ams.toPrecision(6)])
      expect(await subjectOf(word)).toMatchObject({
        kind: 'value',
        run: 1,
        path: 'ams.value',
        value: ams,
        roots: [{ node: 'score', output: 'score', result: 'score' }],
      });
  });

  test('may be a metric, and a number that only a metric has', async () => {
    const metric = await subjectOf('run:1/fit@fold=2.loss');
    expect(metric).toMatchObject({ kind: 'metric', run: 1, path: 'loss', roots: [{ node: 'fit@fold=2' }] });
    expect(await subjectOf(String(metric!.value as number))).toMatchObject({ kind: 'metric', roots: metric!.roots });
  });

  test('may be a value in an output, with and without the name of the output', async () => {
    const value = { kind: 'value', run: 1, path: 'ams.value', value: amsOf('run:1/score') };
    expect(await subjectOf('run:1/score.score.ams.value')).toMatchObject(value);
    expect(await subjectOf('run:1/score.ams.value')).toMatchObject(value);
    expect(await subjectOf('score.folds[1]')).toMatchObject({ kind: 'value', path: 'folds[1]', run: 3 });
  });

  test('may be a file that get wrote, also in another form than the cache has', async () => {
    for (const file of ['score.json', 'points.csv']) {
      const output = file === 'score.json' ? 'run:1/score.score' : 'run:1/load.points';
      expect(await project.restage(['get', output, '-o', file, '--cache', project.cache])).toMatchObject({ code: 0 });
      const [node, name] = file === 'score.json' ? ['score', 'score'] : ['load', 'points'];
      expect(await subjectOf(file)).toMatchObject({ kind: 'output', file, roots: [{ node, output: name }] });
    }
  });

  test('may be an input file, which no stage made', async () => {
    expect(await subjectOf('numbers.txt')).toMatchObject({ kind: 'input', roots: [], file: 'numbers.txt' });
  });

  test('is refused in one sentence where it may be several things, half of one or none', async () => {
    // Each run's score has the error 0.25 in it, in other bytes.
    expect(await refusal('0.250')).toMatch(
      /^0\.250 may be 2 numbers on record; name one of them, or give more digits: run:3\/score\.score\.ams\.error \(0\.25\), run:1\/score\.score\.ams\.error \(0\.25\)\.$/,
    );
    expect(await refusal('score.amz')).toBe(
      'score has no output, metric or value called amz; it has score, ams.error, ams.value, folds[0], folds[1], folds[2].',
    );
    expect(await refusal('987.654')).toMatch(/^No number .* is written 987\.654/);
    writeFileSync(project.path('other.txt'), 'nobody read this');
    expect(await refusal('other.txt')).toMatch(
      /^No state on record made or read a file with the content of other\.txt/,
    );
    expect(await refusal('./missing.txt')).toMatch(/^There is no file .*missing\.txt; check the path\.$/);
    expect(await subjectOf('nothing')).toBeUndefined();
  });
});

describe('a lineage', () => {
  test('has every state once, producers first, down to the file', async () => {
    const { states, files, codes, runs } = await ask('run:1/score');
    expect(states.map(({ node }) => node)).toEqual(['load', 'fit@fold=0', 'fit@fold=1', 'fit@fold=2', 'score']);
    expect(files).toEqual([{ path: project.path('numbers.txt'), digest: files[0]!.digest, bytes: 8 }]);
    expect(codes.map(({ stage, description }) => [stage, description])).toEqual([
      ['line/load', 'Reads the numbers of a file.'],
      ['line/fit', "Draws a point's share."],
      ['line/score', null],
    ]);
    expect(runs.map(({ run, pipeline }) => [run, pipeline])).toEqual([[1, 'line']]);
    const fit = states[1]!;
    expect(fit.params.map(({ name, value }) => [name, value])).toEqual([
      ['fold', '0'],
      ['rate', '0.5'],
    ]);
    expect(fit).toMatchObject({ seed: '0 for fit@fold=0', backend: null, run: 1, accesses: [] });
    const from = { state: states[0]!.state, node: 'load', output: 'points' };
    expect(fit.inputs).toMatchObject([{ slot: 'points', index: null, digest: states[0]!.outputs[0]!.digest, from }]);
  });

  test('folds a fan-out into one step', async () => {
    const steps = stepsOf((await ask('run:1/score')).states);
    expect(steps.map(({ stage, states }) => [stage, states.length])).toEqual([
      ['line/load', 1],
      ['line/fit', 3],
      ['line/score', 1],
    ]);
    expect(steps[1]!.params).toEqual([
      { name: 'fold', values: ['0', '1', '2'] },
      { name: 'rate', values: ['0.5'] },
    ]);
    expect(steps[2]!.inputs).toEqual([{ slot: 'slopes', sources: ['fit.slope'], isFile: false, count: 3 }]);
  });

  test('of a run is that of its results, and says which nodes were made again to the same bytes', async () => {
    const { subject, states, renewed } = await ask('run:3');
    expect(subject).toMatchObject({ kind: 'run', run: 3, roots: [{ node: 'score', result: 'score' }] });
    expect(states.map(({ node, run }) => [node, run])).toEqual([
      ['load', 1],
      ['fit@fold=0', 2],
      ['fit@fold=1', 2],
      ['fit@fold=2', 2],
      ['score', 2],
    ]);
    expect(renewed).toMatchObject([{ node: 'load', stage: 'line/load', run: 3 }]);
  });

  test('is told after the bytes of its states are gone', async () => {
    await withCache(async (cache) => {
      const subject = (await findSubject(cache, 'run:1/score', searchIn(cache, project.root)))!;
      const before = lineageOf(cache, subject);
      rmSync(project.beside('cache/objects'), { recursive: true, force: true });
      expect(lineageOf(cache, subject)).toEqual(before);
    });
  });
});

describe('today', () => {
  const standings = async (word: string): Promise<readonly string[]> =>
    (await ask(word)).today!.facts.map(({ kind, name, standing }) => `${kind} ${name.split('/').at(-1)!}: ${standing}`);

  test('everything is the same as long as nothing was changed, and the command makes it again', async () => {
    expect(await standings('run:1/score')).toEqual([
      'file numbers.txt: same',
      'code load: same',
      'package zod: same',
      'code fit: same',
      'code score: same',
      'parameter folds: same',
      'parameter most: same',
      'parameter rate: same',
      'runtime node: same',
    ]);
    const { again } = await ask('run:1/score');
    expect(again).toEqual({ commands: [['restage', 'run', 'index.ts', 'score', '--like', 'run:1']], obstacles: [] });
  });

  test('parameters that differ from the defaults of today are listed', async () => {
    const { today } = await ask('run:3');
    expect(today!.facts.filter(({ kind, standing }) => kind === 'parameter' && standing !== 'same')).toMatchObject([
      { name: 'most', standing: 'changed', then: '50', now: '100' },
      { name: 'rate', standing: 'changed', then: '0.25', now: '0.5' },
    ]);
  });

  test('a file, a stage and a helper that changed are told, and nothing else', async () => {
    project.write('numbers.txt', '1\n2\n3\n5\n');
    project.write('half.ts', 'export const half = (x: number): number => x * 0.5;\n');
    expect((await standings('run:1/score')).filter((words) => !words.endsWith('same'))).toEqual([
      'file numbers.txt: changed',
      'code fit: changed',
    ]);
    const { again } = await ask('run:1/score');
    expect(again!.obstacles).toEqual([
      expect.stringMatching(/^Run 1 was made outside of a git repository: /),
      'The code of the stage line/fit has changed since.',
      expect.stringMatching(/^The file .*numbers\.txt has changed since\.$/),
    ]);
    project.write('numbers.txt', '1\n2\n3\n4\n');
    project.write('half.ts', 'export const half = (x: number): number => x / 2;\n');
  });

  test('an edit that does not change the code of a stage leaves it the same', async () => {
    project.write('stages.ts', `// An edit for people.\n${STAGES}`);
    expect((await standings('run:1/score')).filter((words) => !words.endsWith('same'))).toEqual([]);
    project.write('stages.ts', STAGES);
  });

  test('a stage, a file and a parameter that are gone are told as gone', async () => {
    project.write('stages.ts', STAGES.replaceAll('line/fit', 'line/train'));
    project.write(
      'index.ts',
      project
        .read('index.ts')
        .replace('rate: z.number().default(0.5)', 'speed: z.number().default(0.5)')
        .replace('{ most, rate, folds }', '{ most, speed: rate, folds }'),
    );
    rmSync(project.path('numbers.txt'));
    expect((await standings('run:1/score')).filter((words) => !words.endsWith('same'))).toEqual([
      'file numbers.txt: gone',
      'code fit: gone',
      'package zod: unknown',
      'parameter rate: gone',
      'parameter speed: changed',
    ]);
  });

  test('a pipeline that does not load leaves the answer whole, and says why today is not known', async () => {
    project.write('index.ts', 'export default {');
    const { states, today } = await ask('run:1/score');
    expect(states).toHaveLength(5);
    const code = today!.facts.filter(({ kind }) => kind === 'code' || kind === 'parameter');
    expect(code.every(({ standing, note }) => standing === 'unknown' && note !== null)).toBe(true);
    rmSync(project.path('index.ts'));
    const gone = (await ask('run:1/score')).today!.facts.filter(({ kind }) => kind === 'code');
    expect(gone.map(({ standing, note }) => [standing, note])).toEqual(
      gone.map(() => ['gone', "the pipeline's file index.ts is gone"]),
    );
  });
});
