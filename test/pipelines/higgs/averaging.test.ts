/**
 * What averaging gives: snapshots that are selected, networks of an ensemble with their weights, and short whole runs.
 */
import type { Tensors } from 'restage';
import { describe, expect, test } from 'vitest';
import { type Manifest, member } from '../../../pipelines/higgs/training/ensemble.ts';
import higgs from '../../../pipelines/higgs/index.ts';
import { ensemble } from '../../../pipelines/higgs/stages/ensemble.ts';
import { type Selection, selectSnapshots } from '../../../pipelines/higgs/stages/select-snapshots.ts';
import type { Score } from '../../../pipelines/higgs/stages/score.ts';
import type { TrainingReport } from '../../../pipelines/higgs/training/fold-training.ts';
import { type NodeResult, runAgain, runPipeline, runStage } from '../in-process.ts';

const network = (value: number): Tensors => ({ w: { shape: [1], data: Float32Array.of(value) } });
const spec = { continuous: 1, embeddings: [], depth: 1, width: 1, activation: 'relu' as const, dense: false };

describe('the selection', () => {
  /** A training of 8 cycles, its best network 0 and snapshot of cycle n network n, of which cycles 1 to 5 are kept. */
  const inputs = {
    network: network(0),
    snapshots: Object.fromEntries([1, 2, 3, 4, 5].map((cycle, at) => [`${at}/w`, network(cycle)['w']!])),
    report: {
      fold: 6,
      network: spec,
      bestLoss: 0.3,
      bestSubEpoch: 11,
      steps: 160,
      history: [],
      averaging: {
        method: 'snapshots',
        finishedCycles: 8,
        patienceCycles: 2,
        snapshots: [1, 2, 3, 4, 5].map((cycle) => ({ cycle, subEpoch: 2 * cycle - 1, loss: (40 + cycle) / 100 })),
      },
    } satisfies TrainingReport,
  };
  const select = (snapshots: number, weightPower: number, given: object = inputs): Promise<NodeResult> =>
    runStage(selectSnapshots, { params: { data: 'simulated', snapshots, weightPower }, inputs: { ...given } });

  test('takes the best network and the newest snapshots before the fruitless cycles, each with its loss', async () => {
    const { outputs, metrics, log } = await select(3, -1);
    expect(outputs['selection']).toEqual({
      data: 'simulated',
      fold: 6,
      network: spec,
      members: [
        { loss: 0.3, weight: 1 },
        { cycle: 5, loss: 0.45, weight: 1 / 2 },
        { cycle: 4, loss: 0.44, weight: expect.closeTo(1 / 3, 15) as number },
        { cycle: 3, loss: 0.43, weight: 1 / 4 },
      ],
    });
    const networks = outputs['networks'] as Tensors;
    expect([0, 1, 2, 3].map((n) => member(networks, n))).toEqual([0, 5, 4, 3].map(network));
    expect(metrics).toContainEqual({ name: 'networks', value: 4, step: undefined });
    expect(metrics).toContainEqual({ name: 'finished cycles', value: 8, step: undefined });
    expect(log).toEqual([]);
  });

  test('says so if there are fewer than requested', async () => {
    const short = {
      ...inputs,
      report: { ...inputs.report, averaging: { ...inputs.report.averaging, finishedCycles: 5 } },
    };
    const { outputs, log } = await select(4, 0, short);
    expect((outputs['selection'] as Selection).members.map(({ cycle }) => cycle)).toEqual([undefined, 2, 1]);
    expect(log).toEqual(['only 2 of 4 snapshots: of 5 cycles the last 3 do not count']);
  });

  test('refuses trainings without snapshots', async () => {
    const { averaging, ...report } = inputs.report;
    await expect(select(1, 0, { ...inputs, report })).rejects.toThrow('The training on fold 6 kept no snapshots.');
    const tooMany = { ...inputs, report: { ...inputs.report, averaging: { ...averaging, finishedCycles: 9 } } };
    await expect(select(1, 0, tooMany)).rejects.toThrow('The training on fold 6 did not keep its snapshot of cycle 6.');
  });
});

describe('the ensemble', () => {
  const manifestOf = ({ outputs }: NodeResult): Manifest => outputs['manifest'] as Manifest;
  const joined = (...values: number[]): Tensors =>
    Object.fromEntries(values.map((value, n) => [`${n}/w`, network(value)['w']!]));

  test('takes all networks of all trainings, each by its weight among all of them', async () => {
    const reports = [
      {
        fold: 0,
        network: spec,
        members: [
          { loss: 0.3, weight: 1 },
          { cycle: 4, loss: 0.4, weight: 0.5 },
        ],
      },
      { fold: 1, network: spec, members: [{ loss: 0.2, weight: 1 }] },
    ];
    const result = await runStage(ensemble, {
      params: { data: 'simulated' },
      inputs: { networks: [joined(1, 2), joined(3)], reports },
    });
    expect(manifestOf(result).members).toEqual([
      { fold: 0, loss: 0.3, coefficient: 0.4 },
      { fold: 0, cycle: 4, loss: 0.4, coefficient: 0.2 },
      { fold: 1, loss: 0.2, coefficient: 0.4 },
    ]);
    expect(result.outputs['networks']).toEqual(joined(1, 2, 3));
    expect(result.metrics).toContainEqual({ name: 'networks', value: 3, step: undefined });
    expect(result.metrics).toContainEqual({ name: 'mean best loss', value: 0.25, step: undefined });
  });

  test('takes the best k of n trainings, where so many are asked for', async () => {
    const reports = [0.5, 0.2, 0.4, 0.2].map((bestLoss, fold) => ({
      fold,
      network: spec,
      bestLoss,
      bestSubEpoch: 1,
      steps: 2,
      history: [],
    }));
    const result = await runStage(ensemble, {
      params: { data: 'simulated', best: 3 },
      inputs: { networks: [1, 2, 3, 4].map(network), reports },
    });
    expect(manifestOf(result).members.map(({ fold }) => fold)).toEqual([1, 2, 3]);
    expect(result.outputs['networks']).toEqual(joined(2, 3, 4));
  });

  test('takes single networks by 1 / loss', async () => {
    const reports = [0.25, 0.5].map((bestLoss, fold) => ({
      fold,
      network: spec,
      bestLoss,
      bestSubEpoch: 1,
      steps: 2,
      history: [],
    }));
    const result = await runStage(ensemble, {
      params: { data: 'simulated' },
      inputs: { networks: [network(1), network(2)], reports },
    });
    expect(manifestOf(result).members).toEqual([
      { fold: 0, loss: 0.25, coefficient: expect.closeTo(2 / 3, 15) as number },
      { fold: 1, loss: 0.5, coefficient: expect.closeTo(1 / 3, 15) as number },
    ]);
  });
});

describe('a short run', () => {
  const SHORT = [
    'data=simulated:4000',
    'folds.count=3',
    'train.batchSize=128',
    'lrFind.steps=8',
    'cut.minPrediction=0.6',
    'score.bootstrapSamples=50',
    'schedule.maxSubEpochs=16',
    'schedule.learningRate=0.01',
    'schedule.lengthCycleSubEpochs=2',
  ];
  const CYCLES = ['patience.cycles=2', 'fge.snapshots=3', 'sse.snapshots=3'];
  const given = (method: string): string[] => [`averaging=${method}`, ...SHORT, ...(method === 'swa' ? [] : CYCLES)];

  test.each(['swa', 'fge', 'sse'])(
    'with %s classifies better than a constant guess, with all the networks that it reports',
    async (method) => {
      const results = await runPipeline(higgs, given(method));
      const { members } = results.get('ensemble')!.outputs['manifest'] as Manifest;
      const reports = [0, 1, 2].map(
        (fold) => results.get(`train-fold@fold=${fold}`)!.outputs['report'] as TrainingReport,
      );
      expect(members.reduce((sum, { coefficient }) => sum + coefficient, 0)).toBeCloseTo(1, 12);
      for (const { fold, cycle, loss } of members)
        expect(loss).toBe(cycle === undefined ? reports[fold]!.bestLoss : reports[fold]!.history[2 * cycle - 1]);
      const counts = reports.map(({ averaging }) =>
        averaging?.method === 'snapshots' ? 1 + Math.max(0, Math.min(3, averaging.finishedCycles - 3)) : 1,
      );
      expect(reports.map(({ fold }) => members.filter((m) => m.fold === fold).length)).toEqual(counts);
      expect(members.length).toBeGreaterThanOrEqual(method === 'swa' ? 3 : 6);
      const { validation } = results.get('score')!.outputs['score'] as Score;
      expect(validation.rocAuc.value).toBeGreaterThan(0.8);
      expect(validation.crossEntropy.value).toBeLessThan(0.6);
      const training = 'train-fold@fold=0';
      const again = await runAgain(higgs, given(method), training, results);
      expect(again.digests).toEqual(results.get(training)!.digests);
    },
  );
});
