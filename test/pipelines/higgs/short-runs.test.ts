/** The HiggsML pipeline as a whole, in one process and as short as possible. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableOf } from 'restage';
import { writeCsv } from 'restage/io';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { transformed } from '../../../pipelines/higgs/data/augmentation.ts';
import { SETS } from '../../../pipelines/higgs/data/columns.ts';
import type { Manifest } from '../../../pipelines/higgs/training/ensemble.ts';
import higgs from '../../../pipelines/higgs/index.ts';
import { simulate } from '../../../pipelines/higgs/simulation/simulate.ts';
import { predict } from '../../../pipelines/higgs/stages/predict.ts';
import type { Score } from '../../../pipelines/higgs/stages/score.ts';
import type { TrainingReport } from '../../../pipelines/higgs/training/fold-training.ts';
import { writeRepeated } from '../../helpers/repeated-events.ts';
import { type NodeResult, runPipeline, runStage } from '../in-process.ts';
import { streams } from '../streams.ts';

/** As short as possible while it still learns something. */
const SHORT = [
  'folds.count=3',
  'train.batchSize=128',
  'train.lengthRiseSubEpochs=4',
  'train.lengthFallSubEpochs=8',
  'lrFind.steps=8',
  'cut.minPrediction=0.6',
  'score.bootstrapSamples=50',
];

type Results = Awaited<ReturnType<typeof runPipeline>>;
const scoreOf = (results: Results): Score => results.get('score')!.outputs['score'] as Score;

describe('a short run on simulated events', () => {
  let results: Results;
  beforeAll(async () => {
    results = await runPipeline(higgs, ['data=simulated:4000', ...SHORT]);
  });

  test('learns: every network gets better than a constant guess, and the ensemble orders most pairs', () => {
    for (let fold = 0; fold < 3; fold++) {
      const report = results.get(`train-fold@fold=${fold}`)!.outputs['report'] as TrainingReport;
      expect(report.history).toHaveLength(12);
      expect(report.bestLoss).toBe(Math.min(...report.history));
      expect(report.bestLoss).toBeLessThan(0.6);
      // 1,066 or 1,067 events in each of two folds.
      expect(report.steps).toBe(12 * 8);
    }
    const { validation } = scoreOf(results);
    expect(validation.rocAuc.value).toBeGreaterThan(0.8);
    expect(validation.crossEntropy.value).toBeLessThan(0.6);
    expect(validation.ams.value).toBeGreaterThan(1.079);
    expect(validation.maxAms).toBeGreaterThanOrEqual(validation.ams.apparent);
    expect(validation.ams.value).toBe(validation.ams.apparent - validation.ams.optimism);
    expect(results.get('score')!.log.at(-1)).toContain('less ' + validation.ams.optimism.toFixed(3));
  });

  test('says in every report that it is about simulated events, and has no report for missing test sets', () => {
    expect(scoreOf(results)).toMatchObject({
      data: 'simulated',
      publicAms: null,
      privateAms: null,
      meanPublicAms: null,
    });
    expect(results.get('score')!.log[0]).toContain('(simulated)');
    for (const [node, report] of [
      ['train-fold@fold=0', 'report'],
      ['lr-find', 'curve'],
      ['ensemble', 'manifest'],
      ['cut-optimise', 'cut'],
    ] as const)
      expect(results.get(node)!.outputs[report]).toMatchObject({ data: 'simulated' });
    expect(results.get('submission')!.outputs['csv']).toBe('EventId,RankOrder,Class\n');
  });

  test('weights networks by 1 / loss', () => {
    const { members } = results.get('ensemble')!.outputs['manifest'] as Manifest;
    const inverse = members.map(({ loss }) => 1 / loss);
    const sum = inverse.reduce((total, value) => total + value, 0);
    for (const [n, { fold, coefficient }] of members.entries()) {
      expect(fold).toBe(n);
      expect(coefficient).toBeCloseTo(inverse[n]! / sum, 12);
    }
  });

  test('reports the loss and the learning rate of every sub-epoch', () => {
    const { metrics } = results.get('train-fold@fold=0')!;
    const steps = (name: string): unknown[] => metrics.filter((m) => m.name === name).map(({ step }) => step);
    const all = Array.from({ length: 12 }, (_, n) => n);
    expect(steps('validation loss')).toEqual(all);
    expect(steps('learning rate')).toEqual(all);
  });

  test('gives the same bytes again, and different ones with another seed', async () => {
    const digests = (of: Results): unknown => [...of].map(([id, node]) => [id, node.digests]);
    const again = await runPipeline(higgs, ['data=simulated:4000', ...SHORT]);
    expect(digests(again)).toEqual(digests(results));
    const other = await runPipeline(higgs, ['data=simulated:4000', ...SHORT], 2);
    expect(other.get('simulate')!.digests).not.toEqual(results.get('simulate')!.digests);
  });

  test('keeps data and folds if only the learning rate differs', async () => {
    const other = await runPipeline(higgs, ['data=simulated:4000', ...SHORT, 'train.learningRatePeak=0.005']);
    const digests = (of: Results, id: string): NodeResult['digests'] => of.get(id)!.digests;
    for (const id of ['simulate', 'split', 'fold-split', 'lr-find'])
      expect(digests(other, id)).toEqual(digests(results, id));
    expect(digests(other, 'train-fold@fold=0')).not.toEqual(digests(results, 'train-fold@fold=0'));
  });

  test('predicts the same for an event and its mirror images, as test-time augmentation has them all', async () => {
    const node = (id: string, output: string): unknown => results.get(id)!.outputs[output];
    const inputs = {
      networks: node('ensemble', 'networks'),
      manifest: node('ensemble', 'manifest'),
      events: node('fold-split', 'validation'),
    };
    const events = inputs.events as Record<'continuous' | 'codes', { shape: number[]; data: Float32Array }>;
    const mirrored = transformed(events.continuous.data, { angle: Math.PI, flipY: true, flipZ: true });
    const turned = { ...events, continuous: { shape: events.continuous.shape, data: mirrored } };
    const predictions = async (rotMult: number, given: unknown, rest: object = {}): Promise<Float32Array> => {
      const params = { rotMult, angles: 'fixed', space: 'standardised', ...rest };
      const { outputs } = await runStage(predict, { params, inputs: { ...inputs, events: given } });
      return (outputs['predictions'] as { columns: { prediction: Float32Array } }).columns.prediction;
    };
    const difference = (a: Float32Array, b: Float32Array): number =>
      a.reduce((most, value, n) => Math.max(most, Math.abs(value - b[n]!)), 0);
    expect(difference(await predictions(2, events), await predictions(2, turned))).toBeLessThan(1e-5);
    expect(difference(await predictions(0, events), await predictions(0, turned))).toBeGreaterThan(1e-3);
    // Reflections alone do not know a half turn, which is two reflections; random angles are drawn once for each event.
    const flipped = transformed(events.continuous.data, { angle: 0, flipY: true, flipZ: false });
    const reflected = { ...events, continuous: { shape: events.continuous.shape, data: flipped } };
    expect(difference(await predictions(1, events), await predictions(1, reflected))).toBeLessThan(1e-5);
    expect(difference(await predictions(1, events), await predictions(1, turned))).toBeGreaterThan(1e-3);
    const random = { angles: 'random' };
    expect(await predictions(2, events, random)).toEqual(await predictions(2, events, random));
    expect(difference(await predictions(2, events, random), await predictions(2, events))).toBeGreaterThan(1e-3);
    const measured = { space: 'measured' };
    expect(difference(await predictions(2, events, measured), await predictions(2, events))).toBeGreaterThan(1e-4);
  });
});

describe('a short run with boosted trees', () => {
  test('learns with trees alone and with both, whose prediction is the mean', async () => {
    const few = ['data=simulated:4000', 'trees.rounds=40', 'trees.depth=4', 'predict.alsoPlain=true', ...SHORT];
    const alone = await runPipeline(higgs, ['treeShare=1', ...few]);
    expect(scoreOf(alone).validation.rocAuc.value).toBeGreaterThan(0.8);
    const both = await runPipeline(higgs, ['treeShare=0.25', ...few]);
    expect(scoreOf(both).validation.rocAuc.value).toBeGreaterThan(0.8);
    const predictions = (of: Results, id: string): Float32Array =>
      (of.get(id)!.outputs['predictions'] as { columns: { prediction: Float32Array } }).columns.prediction;
    const trees = predictions(both, 'predict-trees@events=validation');
    expect(trees).toEqual(predictions(alone, 'predict-trees@events=validation'));
    const networks = predictions(both, 'predict@events=validation');
    for (const [n, mixed] of predictions(both, 'mix@events=validation').entries())
      expect(mixed).toBeCloseTo(0.75 * networks[n]! + 0.25 * trees[n]!, 6);
    expect(both.has('mix@events=validation,kind=plain')).toBe(true);
  });
});

describe('a short run on other inputs', () => {
  test('with jets as a number, with aligned events, and with augmentation of measured momenta learns too', async () => {
    for (const overrides of [
      ['features.jets=number', 'ensemble.networks=1'],
      ['features.aligned=true', 'augment.train=false'],
      ['augment.space=measured'],
    ]) {
      const ran = await runPipeline(higgs, ['data=simulated:4000', ...SHORT, ...overrides]);
      expect(scoreOf(ran).validation.rocAuc.value).toBeGreaterThan(0.78);
    }
  });
});

describe('a short run on files', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'restage-higgs-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  test('has a public, a private and a mean public AMS, each with an error', async () => {
    const made = simulate(3600, streams(5));
    const sets = [SETS.t, SETS.t, SETS.t, SETS.t, SETS.b, SETS.v];
    const events = tableOf({ ...made.columns, KaggleSet: Uint8Array.from({ length: 3600 }, (_, n) => sets[n % 6]!) });
    const path = join(directory, 'events.csv');
    const words = { Label: ['b', 's'], KaggleSet: ['t', 'b', 'v', 'u'] };
    await writeFile(path, Buffer.concat([...writeCsv(events, { words })]));
    const extra = ['folds.test=2', 'predict.alsoPlain=true', 'score.backgroundUncertainty=0.1'];
    const results = await runPipeline(higgs, [`data=${path}`, ...extra, ...SHORT]);
    // The file read back is the table that was written, -999 and all.
    expect(results.get('read')!.outputs['events']).toEqual(events);
    const score = scoreOf(results);
    expect(score.data).toBe('open-data');
    for (const measurement of [score.publicAms, score.privateAms, score.meanPublicAms]) {
      expect(measurement!.value).toBeGreaterThan(0);
      expect(measurement!.error).toBeGreaterThan(0);
    }
    expect(results.get('score')!.metrics.map(({ name }) => name)).toEqual([
      'validation AMS',
      'validation ROC area',
      'validation cross-entropy',
      'mean public AMS',
      'public AMS',
      'private AMS',
      'validation AMS, uncertain background',
      'public AMS, uncertain background',
      'private AMS, uncertain background',
    ]);
    expect(score.meanPublicAms!.byFold).toHaveLength(2);
    expect(score.withUncertainty).toMatchObject({ background: 0.1 });
    expect(score.withUncertainty!.privateAms!.value).toBeLessThan(score.privateAms!.value);
    // The same without test-time augmentation, in nodes of its own.
    const plain = results.get('score@kind=plain')!.outputs['score'] as Score;
    expect(plain.publicAms!.value).not.toBe(score.publicAms!.value);
    expect(results.has('predict@events=test,kind=plain')).toBe(true);
  });

  test("of Kaggle's gives the submission that the open-data file of the same events gives", async () => {
    const sizes = { t: 2400, b: 300, v: 500, u: 100 };
    const [data, training, tested] = ['data', 'training', 'test'].map((name) => join(directory, `${name}.csv.gz`));
    await writeRepeated(data!, sizes);
    await writeRepeated(training!, sizes, 'training');
    await writeRepeated(tested!, sizes, 'test');
    const open = await runPipeline(higgs, [`data=${data}`, ...SHORT]);
    const kaggle = await runPipeline(higgs, [`data=${training}`, `test=${tested}`, ...SHORT]);
    const submitted = kaggle.get('submission')!.outputs['csv'] as string;
    expect(submitted).toBe(open.get('submission')!.outputs['csv']);
    const lines = submitted.trimEnd().split('\n');
    expect(lines[0]).toBe('EventId,RankOrder,Class');
    expect(lines.slice(1).map((line) => Number(line.split(',')[0]))).toEqual(
      Array.from({ length: 800 }, (_, n) => 102_400 + n),
    );
    expect(new Set(lines.slice(1).map((line) => line.split(',')[1])).size).toBe(800);
    // Labels of the test events are what Kaggle's files do not have.
    expect(scoreOf(kaggle)).toMatchObject({ publicAms: null, privateAms: null, validation: scoreOf(open).validation });
    expect(scoreOf(open).publicAms).not.toBeNull();
  });
});
