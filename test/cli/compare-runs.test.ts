import { describe, expect, test } from 'vitest';
import { openReader } from '../../src/audit/open.ts';
import { study } from '../audit/runs/study.ts';
import { restage, sentence } from '../helpers/command.ts';

/** Run 4 has other code, and run 5 failed. */
const project = await study([], ['-S', 'train.rate=0.2'], ['-S', 'train.rate=0.3', '--seed', '1']);
project.edit('loss.ts', '** step', '** (step + 1)');
await project.run();
await project.run(['-S', 'train.method=none']);
await project.restage(['tag', 'run:2', 'high', '--cache', project.cache]);

const ask = (...words: readonly string[]) =>
  restage([...words, '--cache', project.cache], { cwd: project.root, columns: 80, env: { NO_COLOR: '1' } });
const rows = (text: string) => text.split('\n').map((line) => line.trim().split(/ {2,}/));

describe('restage compare', () => {
  test('compares two runs row by row, with the difference', async () => {
    const { code, stdout } = await ask('compare', '1', 'high');
    expect(code).toBe(0);
    const table = rows(stdout);
    expect(table[0]).toEqual(['Runs 1-2 of study']);
    expect(table).toContainEqual(['parameters', 'run 1', 'run 2']);
    expect(table).toContainEqual(['train.rate', '0.1', '0.2']);
    expect(table).toContainEqual(['results', 'run 1', 'run 2', 'difference']);
    expect(table).toContainEqual(['score.ams', '0.105 ± 0.050', '0.150 ± 0.050', '+0.0447', '+42.4 %']);
    expect(table).toContainEqual(['score.events', '20', '20', 'same']);
    expect(stdout).toContain('fit.validation loss (mean of 2)');
    expect(stdout).toContain('1 metric is the same; --all shows them.');
    expect(stdout).toContain('Code, packages, seed, backend, environment and files are the same.');
    expect((await ask('compare', '1', '2', '--all')).stdout).toContain('fit.folds seen (mean of 2)');
  });

  test('says whose code differs, and what a run that failed lacks', async () => {
    const { stdout } = await ask('compare', '1', '4');
    expect(stdout).toContain('The parameters are the same.');
    expect(stdout).toMatch(/also different: code of 1 stage\n {2}code of study\/fit {2}[0-9a-f]{8} -> [0-9a-f]{8}\n/);
    const last = await ask('compare');
    expect(rows(last.stdout)).toContainEqual(['score.ams', expect.stringContaining('±'), '–']);
    expect(last.stdout).toContain(
      '– marks what a run does not have.\nRun 5 failed: what it did not make is missing.\n',
    );
  });

  test('compares one run with the latest, and refuses to compare that with itself', async () => {
    expect((await ask('compare', '1')).stdout).toContain('Runs 1, 5 of study');
    expect(sentence(await ask('compare', 'latest'))).toContain('Run 5 is the latest run of study; name another run');
  });

  test('shows many runs as rows, sorted by a metric with the difference to the first', async () => {
    const { stdout } = await ask('compare', '--last', '5', '--sort', 'ams', '--outcome', 'ok');
    const table = rows(stdout);
    expect(table[2]).toEqual(['run', 'tags', 'ams', 'difference', 'rate']);
    expect(table.slice(3, 7).map(([run]) => run)).toEqual(['3', '2', '4', '1']);
    expect(table[4]!.slice(1, 3)).toEqual(['high', '0.150 ± 0.050']);
    expect(stdout).toContain('also different: code of 1 stage, the seed');
    expect(stdout).toMatch(/code of study\/fit {2}[0-9a-f]{8} \(runs 1-3\), [0-9a-f]{8} \(run 4\)/);
    for (const line of stdout.split('\n').slice(0, 8)) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('shows the columns that were asked for', async () => {
    const { stdout } = await ask('compare', '1', '2', '3', '--columns', 'seed,loss,fit@fold=1.validation loss');
    expect(rows(stdout)[2]).toEqual(['run', 'tags', 'seed', 'loss', 'fit@fold=1.validation loss']);
  });

  test('writes CSV with every number, for the runs that meet a condition', async () => {
    const { stdout } = await ask('compare', '--where', 'train.rate<0.25 && outcome=ok', '--csv');
    const [head, ...lines] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
    expect(head!.slice(0, 2)).toEqual(['run', 'pipeline']);
    expect(head!.slice(8)).toEqual([
      'train.rate',
      'score.ams',
      'score.ams.error',
      'score.events',
      'fit.validation loss',
      'fit.folds seen',
    ]);
    expect(lines.map((cells) => [cells[0], ...cells.slice(8, 11)])).toEqual([
      ['1', '0.1', '0.1055', '0.05'],
      ['2', '0.2', expect.stringMatching(/^0\.150/), '0.05'],
      ['4', '0.1', expect.stringMatching(/^0\.117/), '0.05'],
    ]);
  });

  test.each<[string[], string]>([
    [['compare', '9', '1'], 'no run 9'],
    [['compare', 'score', '1'], 'score is not a run but a node'],
    [['compare', '1', '2', '--last', '3'], 'give one of the two'],
    [['compare', '--last', '1'], 'Only run 5 of study is on record, and a comparison needs two; write --last 2'],
    [['compare', '--tag', 'hgh'], 'No run has the tag hgh (did you mean "high"?)'],
    [['compare', '--where', 'rte<1'], 'No run has a parameter, result or metric rte (did you mean "rate"?)'],
    [['compare', '--since', 'soon'], '"soon" is not a time'],
    [['compare', '--sort', 'amss'], 'did you mean "ams"?'],
    [['compare', '--columns', 'rate,amss'], 'did you mean "ams"?'],
    [['compare', '--csv', '--json'], 'exclude each other'],
  ])('%j is refused', async (words, reason) => {
    const outcome = await ask(...words);
    expect(outcome.code).toBe(2);
    expect(sentence(outcome)).toContain(reason);
  });
});

describe('restage metrics', () => {
  test('shows how metrics went, with a line of blocks', async () => {
    const { stdout } = await ask('metrics', 'loss', '--last', '5', '--outcome', 'ok');
    const table = rows(stdout.trimEnd());
    expect(table[0]).toEqual(['metric', 'run', 'mean of', 'steps', 'first', 'last', 'min', 'max']);
    expect(table[1]!.slice(0, 5)).toEqual(['fit.validation loss', '1', '2', '4', '6.5']);
    expect(table[1]!.at(-1)).toBe('█▅▃▁');
    expect(table).toHaveLength(5);
  });

  test('writes every step as CSV', async () => {
    const { stdout } = await ask('metrics', 'loss', '--run', '2', '--node', 'fit@fold=0', '--csv');
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('run,node,metric,step,value');
    expect(lines.map((line) => line.split(',').slice(0, 4).join())[4]).toBe('2,fit@fold=0,validation loss,3');
  });

  test.each<[string[], string]>([
    [['metrics', 'lss'], 'recorded a metric lss'],
    [['metrics', '--run', '1', '--last', '2'], 'give one of the two'],
    [['metrics', '--run', '1', '--node', 'scor'], 'is called scor (did you mean "score"?)'],
  ])('%j is refused', async (words, reason) => {
    expect(sentence(await ask(...words))).toContain(reason);
  });
});

describe('restage log', () => {
  test('shows a result where it fits, and the columns that were asked for', async () => {
    const plain = rows((await ask('log')).stdout);
    expect(plain[0]).toContain('ams');
    expect(plain[4]).toEqual(expect.arrayContaining(['2', 'study', 'ok', '0.150 ± 0.050', 'high']));
    const asked = rows((await ask('log', '--columns', 'rate,loss,seed', '--where', 'rate>=0.2')).stdout);
    expect(asked[0]!.slice(-4)).toEqual(['rate', 'loss', 'seed', 'tags']);
    expect(asked.map(([run]) => run)).toEqual(['run', '3', '2', '']);
  });

  test('is filtered by tag, outcome, pipeline and time', async () => {
    const ids = async (...words: readonly string[]) =>
      (JSON.parse((await ask('log', '--json', ...words)).stdout) as { runs: { id: number }[] }).runs.map(
        ({ id }) => id,
      );
    expect(await ids('--tag', 'h* | x')).toEqual([2]);
    expect(await ids('--outcome', 'failed')).toEqual([5]);
    expect(await ids('--pipeline', 'study', '--limit', '2')).toEqual([5, 4]);
    expect(await ids('--until', '1d')).toEqual([]);
    expect((await ask('log', '--until', '1d')).stdout).toContain('No run on record fits');
  });
});

test('restage show run:N tells its results and nodes, each of them if asked', async () => {
  const { stdout } = await ask('show', 'run:2');
  expect(rows(stdout)).toContainEqual(['score.ams', '0.150 ± 0.050']);
  expect(rows(stdout)).toContainEqual(['score.unit', 'none']);
  expect(rows(stdout)).toContainEqual(['fit', '2']);
  const all = rows((await ask('show', 'run:5', '--nodes')).stdout);
  expect(all).toContainEqual(['fit@fold=0', 'failed', expect.stringContaining('param.method')]);
  expect(all).toContainEqual(['score', 'none: score has no state in this run']);
});

test('the same from code', () => {
  using record = openReader({ cacheDirectory: project.cache, workingDirectory: project.root });
  const { runs, params } = record.compare({ runs: [1, 'high'] });
  expect([runs.map(({ id }) => id), params.map(({ name }) => name)]).toEqual([[1, 2], ['train.rate']]);
  const sorted = record.compare({ pipeline: 'study', where: 'ams>0', sort: 'ams:asc' });
  expect(sorted.runs.map(({ id }) => id)).toEqual([1, 4, 2, 3]);
  expect(record.compare().runs.map(({ id }) => id)).toEqual([4, 5]);
  expect(record.metrics({ runs: ['run:2'], names: ['loss'], nodes: ['fit@fold=1'] })[0]!.points).toHaveLength(4);
  expect(() => record.compare({ runs: [1] })).toThrow('A comparison needs two runs, and one is meant.');
  expect(() => record.compare({ runs: ['scores', 1] })).toThrow('scores is not a run in');
});
