/** The reference pipeline on files as people have them: what of a file counts, and the submission that comes out. */
import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeInProcessReferenceProject } from '../helpers/in-process-project.ts';
import { writeRepeated } from '../helpers/repeated-events.ts';
import { HIGGS, settingWords, TINY_TRAINING } from '../helpers/tiny-higgs.ts';

const TINY = settingWords({ ...TINY_TRAINING, 'cut.minPrediction': 0.1 });

/** All nodes below the events to learn from, except those that their labels alone decide. */
const TRAINED = ['train-fold@fold=0', 'train-fold@fold=1', 'train-fold@fold=2', 'ensemble', 'lr-find'];

describe("the HiggsML pipeline on Kaggle's files", () => {
  const project = makeInProcessReferenceProject();
  const [data, tested] = [project.path('training.csv.gz'), project.path('test.csv')];

  /** The nodes that ran. */
  async function ran(): Promise<readonly string[]> {
    const files = ['-S', `data=${data}`, '-S', `test=${tested}`];
    const args = ['run', HIGGS, '--cache', project.cache, '--reporter', 'json', ...files, ...TINY];
    const result = await project.runOf(args);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    return Object.entries(result.outcomes)
      .flatMap(([node, outcome]) => (outcome === 'ran' ? [node] : []))
      .sort();
  }

  beforeAll(async () => {
    const sizes = { t: 1200, b: 50, v: 70, u: 0 };
    await writeRepeated(data, sizes, 'training');
    await writeRepeated(tested, sizes, 'test');
    expect(await ran()).toHaveLength(18);
  });

  test('runs nothing where the files were touched, or written again with the same bytes', async () => {
    for (const path of [data, tested]) utimesSync(path, new Date(), new Date());
    expect(await ran()).toEqual([]);
    for (const path of [data, tested]) writeFileSync(path, readFileSync(path));
    expect(await ran()).toEqual([]);
  });

  test('reads a gzip of other bytes and the same text again, and nothing else', async () => {
    const text = gunzipSync(readFileSync(data));
    writeFileSync(data, gzipSync(text, { level: 1 }));
    expect(await ran()).toEqual(['read']);
  });

  test('makes a new submission, and trains nothing, where one byte of test.csv is another', async () => {
    const before = statSync(tested).size;
    const text = readFileSync(tested, 'utf8');
    writeFileSync(
      tested,
      text.replace(/(\n\d+,[^,]*,\d+)\./, (_, start: string) => `${start.slice(0, -1)}${start.endsWith('1') ? 2 : 1}.`),
    );
    expect(statSync(tested).size).toBe(before);
    expect(await ran()).toEqual(['predict@events=unlabelled', 'read-unlabelled', 'standardise', 'submission']);
  });

  test('trains again where one byte of training.csv is another', async () => {
    const text = gunzipSync(readFileSync(data)).toString();
    const [first] = /\n\d+,-?\d+/.exec(text)!;
    writeFileSync(data, gzipSync(text.replace(first, `${first.slice(0, -1)}${first.endsWith('1') ? 2 : 1}`)));
    expect(await ran()).toEqual(expect.arrayContaining(['read', 'preprocess', 'fold-split', ...TRAINED]));
  });

  test('gives the submission as a file, with a line for every event of test.csv in its order', async () => {
    const file = project.path('submission.csv');
    const got = await project.restage(['get', 'submission.csv', '-o', file, '--cache', project.cache]);
    expect(got).toMatchObject({ code: 0, stderr: '' });
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines[0]).toBe('EventId,RankOrder,Class');
    const ids = (text: string): readonly string[] =>
      text
        .split('\n')
        .slice(1)
        .map((line) => line.split(',')[0]!);
    expect(ids(lines.join('\n'))).toEqual(ids(readFileSync(tested, 'utf8').trimEnd()));
    for (const line of lines.slice(1)) expect(line).toMatch(/^\d+,\d+,[sb]$/);
  });
});
