import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { short } from '../../src/core/identity/digest.ts';
import { readTable, readWeights } from '../../src/io/index.ts';
import { type Filled, fillCache } from './filled-cache.ts';
import { restage, sentence } from '../helpers/command.ts';

const directory = mkdtempSync(join(tmpdir(), 'restage-cli-'));
const cache = join(directory, 'cache');
let filled: Filled;

beforeAll(async () => {
  filled = await fillCache(cache);
  filled.cache.close();
  writeFileSync(join(directory, 'package.json'), '{}');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const ask = (...args: string[]) => restage([...args, '--cache', cache]);
const words = (line: string) => line.trim().split(/\s+/);

describe('restage log', () => {
  test('lists the runs of the cache beside the nearest package.json, newest first', async () => {
    const below = join(directory, 'a', 'b');
    mkdirSync(below, { recursive: true });
    const { code, stdout } = await restage(['log'], { cwd: below });
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => words(line)[0])).toEqual(['run', '4', '3', '2', '1']);
    expect(words(lines[2]!).slice(3, 9)).toEqual(['toy', 'failed', '1', '0', '1', '2']);
    expect(lines[2]).toContain('abababab+  restage run toy -S bad=1');
  });

  test('tells about one run: its nodes by name, and what failed', async () => {
    const { stdout } = await ask('log', 'run:3');
    expect(stdout).toContain('run 3 of toy, failed: 1 up to date, 1 failed, 2 skipped');
    const rows = stdout.split('\n').map(words);
    expect(rows).toContainEqual(['nodes', 'hit', 'failed', 'skipped']);
    expect(rows).toContainEqual(['fit', '1']);
    expect(stdout).toContain(
      `failed fit@fold=0 (crash): Attempt 2 went wrong.\n    restage log fit@fold=0 --run 3 --cache ${cache}\n`,
    );
    const json = JSON.parse((await ask('log', '3', '--json')).stdout) as { failures: readonly unknown[] };
    expect(json.failures).toHaveLength(1);
  });

  test("shows a node's latest attempt, or the one in a given run", async () => {
    expect((await ask('log', 'fit@fold=0')).stdout).toContain(
      'failed fit@fold=0 (crash, SIGSEGV): Attempt 2 went wrong.',
    );
    const { stdout } = await ask('log', 'fit@fold=0', '--run', '1');
    expect(stdout).toContain('working on fit@fold=0\n');
    expect(stdout).toContain('1.3 s of CPU, peak 3.0 MiB, portable 1 cpu');
    expect(words(stdout.trimEnd().split('\n').at(-2)!)).toEqual(['loss', '0.25', '0.25', '0.5', '1', '2']);
    expect(words(stdout.trimEnd().split('\n').at(-1)!)).toEqual(['gap', '-Infinity', '-Infinity', '-Infinity', '2']);
  });

  test.each<[string[], ...string[]]>([
    [['log', '9'], 'no run 9', 'latest is 4'],
    [['log', 'scor'], 'called scor', 'did you mean "score"?'],
    [['log', 'score', '--run', '3'], 'score was not executed in run 3', 'skipped', 'omit --run'],
    [['log', '--limit', '0'], '--limit must be a whole number of at least 1, not 0'],
  ])('%j is refused', async (args, ...named) => {
    const outcome = await ask(...args);
    expect(outcome.code).toBe(2);
    for (const words of named) expect(sentence(outcome)).toContain(words);
  });
});

describe('restage show', () => {
  test('tells everything about a state: key, inputs with producers, outputs with values, metrics, takers', async () => {
    const { score, folds, data } = filled;
    const { code, stdout } = await ask('show', short(score.key));
    expect(code).toBe(0);
    for (const part of [
      `state ${score.key}`,
      'stage  toy/score',
      'made   as score: attempt 1 in run 1',
      'toy.ts#score',
      'tags   published',
      `fit@fold=1.slope of state ${short(folds[1]!.key)}`,
      'the file /data/labels.csv',
      `metrics  json  ${short(score.outputs[0]!.digest)}  33 B`,
      '"value": 3.5',
    ])
      expect(stdout).toContain(part);
    const of = JSON.parse((await ask('show', data.key, '--json')).stdout) as Record<string, unknown>;
    expect(of).toMatchObject({
      kind: 'state',
      outputs: [
        { kind: 'table', content: { type: 'arrays', arrays: [{ name: 'x', dtype: 'float64', shape: [600] }, {}] } },
      ],
      consumers: [{ node: 'fit@fold=0', slot: 'data' }, { node: 'fit@fold=1' }],
      attempt: { run: 1, cpuSeconds: 1.25 },
    });
  });

  test('says that the last visit of a node failed, and shows the state from before', async () => {
    const { stdout } = await ask('show', 'fit@fold=0');
    expect(stdout).toContain(
      'fit@fold=0: failed in run 3 (param.bad 0 -> 1); its latest state was made by run 1\nstate ',
    );
    expect(stdout).toContain('w: float32[2, 3]');
  });

  test('tells about a run and about an artifact', async () => {
    const run = await ask('show', 'run:3');
    expect(run.stdout).toContain('commit    abababab+ (with uncommitted changes)');
    expect(run.stdout).toContain('environment\n  host  here\n');
    const { digest } = filled.folds[0]!.outputs[0]!;
    const artifact = await ask('show', digest.slice(0, 12));
    expect(artifact.stdout).toContain(`artifact ${digest}`);
    expect(artifact.stdout).toContain('made by 2 states');
  });

  test.each<[string[], ...string[]]>([
    [['show', 'fit'], 'fit has 2 instances', 'fit@fold=0'],
    [['show', 'never'], 'never has no state yet', 'skipped in run 3', 'fit@fold=0 failed', 'restage log 3'],
    [['show', 'ffffffffff'], cache, 'ffffffffff', 'run:N'],
    [['show', 'run:77'], 'no run 77', 'latest is 4'],
  ])('%j is refused', async (args, ...named) => {
    const outcome = await ask(...args);
    expect(outcome.code).toBe(2);
    for (const words of named) expect(sentence(outcome)).toContain(words);
  });
});

describe('restage get', () => {
  test('prints JSON prettily, and writes the bytes as they are stored into a file', async () => {
    const { stdout } = await ask('get', 'score.metrics');
    expect(stdout).toBe('{\n  "ams": {\n    "error": 0.1,\n    "value": 3.5\n  }\n}\n');
    const file = join(directory, 'metrics.json');
    const written = await ask('get', 'score', '-o', file);
    expect(written.stdout).toBe(`score.metrics (json, 33 B) is in ${file}\n`);
    expect(readFileSync(file, 'utf8')).toBe('{"ams":{"error":0.1,"value":3.5}}');
  });

  test('gives a table as stored by its digest, and as CSV on request', async () => {
    const { digest, bytes } = filled.data.outputs[0]!;
    const file = join(directory, 'data.bin');
    await ask('get', digest.slice(0, 10), '-o', file);
    expect(readFileSync(file).byteLength).toBe(bytes);
    const { stdout } = await ask('get', 'data', '--csv');
    expect(stdout.split('\n').slice(0, 3)).toEqual(['x,y', '0,0', '1,0']);
  });

  test('writes a table as the ending of the file says, or an option', async () => {
    const [csv, parquet, other] = ['data.csv', 'data.PARQUET', 'data.pq'].map((name) => join(directory, name));
    await ask('get', 'data', '-o', csv!);
    expect(readFileSync(csv!, 'utf8').split('\n').slice(0, 3)).toEqual(['x,y', '0,0', '1,0']);
    expect((await ask('get', 'data', '-o', parquet!)).stdout).toMatch(/^data\.\w+ \(table, .*\) is in .*\.PARQUET\n$/);
    const columns = { x: 'float64', y: 'float64' } as const;
    expect(await readTable(parquet!, columns)).toEqual(await readTable(csv!, columns));
    await ask('get', 'data', '--parquet', '-o', other!);
    expect(readFileSync(other!).equals(readFileSync(parquet!))).toBe(true);
  });

  test('writes weights as the ending of the file says, and knows such a file again', async () => {
    const [safetensors, npz] = ['model.safetensors', 'model.npz'].map((name) => join(directory, name));
    for (const file of [safetensors!, npz!]) {
      await ask('get', 'fit@fold=0.model', '-o', file);
      expect(await readWeights(file)).toEqual({ w: { shape: [2, 3], data: new Float32Array(6) } });
      expect((await ask('how', file)).stdout).toContain('fit@fold=0');
    }
  });

  test.each<[string[], ...string[]]>([
    [['get', 'fit@fold=0'], 'fit@fold=0 has 2 outputs', 'fit@fold=0.model'],
    [['get', 'score.metric'], 'no output metric', 'did you mean "metrics"?'],
    [['get', 'score.metrics', '--csv'], 'score.metrics is json', 'only a table', 'CSV'],
    [['get', 'score.metrics', '-o', 'x.parquet'], 'score.metrics is json', 'only a table', 'Parquet'],
    [['get', 'data', '--csv', '--parquet'], '--csv and --parquet', 'exclude each other'],
    [['get', 'data', '-o', 'x.npz'], 'is table', 'only weights', '.npz'],
    [['get', 'data', '--csv', '--safetensors'], '--csv and --safetensors', 'exclude each other'],
    [['get', 'never.x'], 'never has no state yet'],
    [['get', 'run:1'], 'run:1 is a run'],
  ])('%j is refused', async (args, ...named) => {
    const outcome = await ask(...args);
    expect(outcome.code).toBe(2);
    for (const words of named) expect(sentence(outcome)).toContain(words);
  });

  test('says what cannot be written', async () => {
    const outcome = await ask('get', 'score', '-o', join(directory, 'no', 'such', 'file'));
    expect(outcome.code).toBe(2);
    expect(sentence(outcome)).toContain(
      `${join(directory, 'no', 'such', 'file')} cannot be written: the folder that it would be in does not exist; make it, or name another place.`,
    );
  });
});

describe('restage tag', () => {
  test('names runs and states, which can then be called so', async () => {
    expect((await ask('tag', 'run:2', 'baseline')).stdout).toBe('run:2 is tagged baseline\n');
    expect((await ask('tag', 'score', 'best')).stdout).toBe(
      `state ${short(filled.score.key)} of toy/score is tagged best\nscore: skipped in run 3 (fit@fold=0 failed); its latest state was made by run 1\n`,
    );
    expect((await ask('tag', '--list')).stdout.split('\n').map((line) => words(line).slice(0, 2))).toEqual([
      ['tag', 'on'],
      ['baseline', 'run:2'],
      ['best', short(filled.score.key)],
      ['published', short(filled.score.key)],
      [''],
    ]);
    expect((await ask('show', 'best')).stdout).toContain(`state ${filled.score.key}`);
    expect((await ask('log', '--tag', 'baseline')).stdout.split('\n')).toHaveLength(3);
    expect((await ask('tag', 'score', 'best', '--delete')).stdout).toContain('is no longer tagged best');
  });

  test('says what else has the name, since the name alone then names nothing', async () => {
    await ask('tag', 'run:1', 'twice');
    expect((await ask('tag', 'run:2', 'twice')).stdout).toMatch(
      /^run:2 is tagged twice\nrun:1 is tagged twice too, so the name alone is ambiguous; remove it with: restage tag run:1 twice --delete --cache \S+\n$/,
    );
    expect((await ask('tag', 'run:2', 'twice')).stdout).toContain('run:1 is tagged twice too');
    expect((await ask('show', 'twice')).code).toBe(2);
    for (const run of ['run:1', 'run:2'])
      expect((await ask('tag', run, 'twice', '--delete')).stdout).toBe(`${run} is no longer tagged twice\n`);
  });

  test.each<[string[], ...string[]]>([
    [['tag', 'run:1', '1st'], 'tag "1st" is malformed', 'start with a letter'],
    [['tag', 'run:1', 'x'.repeat(201)], 'at most 200 characters', 'shorter'],
    [['tag', 'run:1'], 'restage tag run:1 needs a name'],
    [['tag', 'run:1', 'x', '-d'], 'run:1 has no tag x', 'restage tag --list'],
  ])('%j is refused', async (args, ...named) => {
    const outcome = await ask(...args);
    expect(outcome.code).toBe(2);
    for (const words of named) expect(sentence(outcome)).toContain(words);
  });
});

describe('restage fsck', () => {
  test('is content with a sound cache, and exits with 5 at damage until it is repaired', async () => {
    const damaged = join(directory, 'damaged');
    const { cache: open, data } = await fillCache(damaged);
    const path = open.objects.path(data.outputs[0]!.digest);
    open.close();
    const sound = await restage(['fsck', '--cache', damaged]);
    expect([sound.code, sound.stdout]).toEqual([0, expect.stringMatching(/ and 4 states checked: all is well\n$/)]);
    rmSync(path);
    writeFileSync(path, 'not what it was');
    const found = await restage(['fsck', '--cache', damaged]);
    expect([found.code, found.stdout]).toEqual([5, expect.stringMatching(/: 1 damaged\n$/)]);
    const repaired = await restage(['fsck', '--repair', '--cache', damaged]);
    expect([repaired.code, repaired.stdout]).toEqual([0, expect.stringMatching(/: 1 damaged and repaired\n$/)]);
  });
});

describe('without a cache', () => {
  test('a verb that needs one says so, and makes none', async () => {
    const nowhere = join(directory, 'nowhere');
    const outcome = await restage(['log', '--cache', nowhere]);
    expect(outcome.code).toBe(2);
    for (const words of [nowhere, 'restage run pipelines/higgs', '--cache DIR'])
      expect(sentence(outcome)).toContain(words);
    expect(existsSync(nowhere)).toBe(false);
  });

  test('a directory of another program is refused with exit code 5', async () => {
    const other = mkdtempSync(join(directory, 'other-'));
    writeFileSync(join(other, 'state.db'), 'not a database, but long enough to look like a file of something');
    const outcome = await restage(['log', '--cache', other]);
    expect(outcome.code).toBe(5);
    expect(outcome.stderr).toContain(other);
  });
});
