import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { restage, sentence } from '../helpers/command.ts';
import { fillCache } from './filled-cache.ts';

const directory = mkdtempSync(join(tmpdir(), 'restage-how-'));
const cache = join(directory, 'filled');
let keys: Readonly<Record<'data' | 'score', string>>;

beforeAll(async () => {
  const filled = await fillCache(cache);
  keys = { data: filled.data.key.slice(0, 8), score: filled.score.key.slice(0, 8) };
  filled.cache.close();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const ask = (...args: string[]) => restage([...args, '--cache', cache], { cwd: directory });

describe('how', () => {
  test('tells in paragraphs what was made of what, and the command that makes it again', async () => {
    const { stdout } = await ask('how', 'run:1/score.ams.value', '--without-today');
    const text = stdout.replaceAll(/\s+/g, ' ');
    expect(text).toContain(
      `3.5 is ams.value in the output metrics of score (state ${keys.score}) in run 1 of the pipeline toy (toy.ts).`,
    );
    expect(text).toContain('It was made from 1 input file in 3 steps, by 4 executions of 3 stages.');
    expect(text).toContain('on here, from the commit abababababab and changes that are in no commit.');
    expect(text).toContain('/data/labels.csv 6 B, SHA-256');
    expect(text).toContain(
      '2. fit@fold=0 to fit@fold=1, 2 nodes (toy/fit). Inputs: data from data.data. Parameters: fold = 0 | 1.',
    );
    expect(text).toContain('It depends on clock, as it declares. It reads the file cut.json, and does not declare it.');
    expect(text).toContain('3. score (toy/score). Inputs: labels, the file labels.csv and slopes from fit.slope (2).');
    expect(text).toContain('To make it again restage run toy.ts score --like run:1');
    expect(text).toContain(
      'What these nodes read without declaring it is not on record: data, fit@fold=0, fit@fold=1, score.',
    );
    for (const line of stdout.split('\n')) if (!line.includes('SHA-256')) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('says of today what is gone, without failing', async () => {
    const { code, stdout } = await ask('how', 'score');
    expect(code).toBe(0);
    expect(stdout).toMatch(/file\s+\/data\/labels\.csv\s+gone\s+was [0-9a-f]{8}/);
    expect(stdout).toMatch(/code\s+toy\/score\s+unknown\s+was [0-9a-f]{8}; there is no project here/);
  });

  test('draws a tree in which each state is opened once', async () => {
    const { stdout } = await ask('how', 'run:1/score', '--tree');
    const words = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.replaceAll(/ [0-9a-f]{8}| \(toy[^)]*\)/g, ''));
    expect(words).toEqual([
      'score',
      '├─ labels: /data/labels.csv',
      '├─ slopes[0]: fit@fold=0',
      '│  └─ data: data',
      '└─ slopes[1]: fit@fold=1',
      '   └─ data: data (see above)',
    ]);
  });

  test('draws a picture of steps, or of states, into a file as well', async () => {
    const dot = join(directory, 'score.dot');
    expect(await ask('how', 'run:1/score.metrics', '--dot', '-o', dot)).toMatchObject({
      code: 0,
      stdout: `How run:1/score.metrics was made is in ${dot}\n`,
    });
    const picture = readFileSync(dot, 'utf8');
    expect(picture).toContain('[label="fit ×2\\ntoy/fit"]');
    expect(picture.match(/->/g)).toHaveLength(4);
    expect((await ask('how', 'run:1/score.metrics', '--dot', '--full')).stdout.match(/->/g)).toHaveLength(6);
    expect((await ask('how', 'score', '--svg')).stdout).toContain('</svg>');
  });

  test('of a word that means nothing on record is one sentence', async () => {
    expect(sentence(await ask('how', 'scroe'))).toMatch(
      /^Nothing in the cache .* is called scroe \(did you mean "score"\?\)/,
    );
    expect(sentence(await ask('how', 'fit'))).toMatch(/^fit has 2 instances; name one of them/);
    expect(sentence(await ask('how', 'score', '--tree', '--dot'))).toContain('exclude each other');
  });
});

describe('uses', () => {
  test('tells by stage what was made, and that nothing was', async () => {
    const { stdout } = await ask('uses', keys.data);
    expect(stdout).toMatch(/^3 states of 2 stages were made from the state [0-9a-f]{8}\.\n/);
    expect(stdout).toMatch(/toy\/fit +2 +2 +1 +fit@fold=0, fit@fold=1\n/);
    expect((await ask('uses', 'score')).stdout).toBe('Nothing on record was made from the state score.\n');
  });
});

describe('show', () => {
  test('prints the sources of code, or of the code that made a state, and one of them to the letter', async () => {
    expect((await ask('show', 'score', '--sources')).stdout).toBe('// toy.ts\nsource\n');
    expect((await ask('show', 'score', '--source', 'toy.ts')).stdout).toBe('source');
    expect(sentence(await ask('show', 'score', '--source', 'tyo.ts'))).toMatch(
      /has no source tyo\.ts \(did you mean "toy\.ts"\?\)/,
    );
    expect(sentence(await ask('show', 'run:1', '--sources'))).toMatch(/this is a run\.$/);
  });
});
