import { DefinitionError, type Tensors } from 'restage';
import { describe, expect, test } from 'vitest';
import { type Manifest, member } from '../../../pipelines/higgs/ensemble.ts';
import higgs from '../../../pipelines/higgs/index.ts';
import { ensemble } from '../../../pipelines/higgs/stages/ensemble.ts';
import { type Selection, selectSnapshots } from '../../../pipelines/higgs/stages/select-snapshots.ts';
import type { Score } from '../../../pipelines/higgs/stages/score.ts';
import type { TrainingReport } from '../../../pipelines/higgs/stages/train-fold.ts';
import { ParamError } from '../../../src/errors.ts';
import { instance, type NodeResult, runPipeline, runStage } from '../in-process.ts';

const nodeOf = (id: string, ...overrides: string[]) =>
  instance(higgs, overrides).graph.nodes.find((node) => node.id === id);
const trainingOf = (...overrides: string[]): unknown => nodeOf('train-fold@fold=3', ...overrides)!.params;

describe('the choice of averaging', () => {
  test('trains as the study did: constant for SWA, triangles for FGE, cosines for SSE', () => {
    expect(trainingOf('averaging=swa')).toMatchObject({
      schedule: { kind: 'constant', learningRate: 2e-3, lengthSubEpochs: 1800 },
      averaging: { method: 'swa', startTicks: 5, renewalTicks: 5, patienceTicks: 50 },
    });
    expect(trainingOf('averaging=fge')).toMatchObject({
      schedule: {
        kind: 'triangular',
        learningRateHigh: 2e-3,
        learningRateLow: 2e-4,
        lengthCycleSubEpochs: 5,
        lengthSubEpochs: 1800,
      },
      averaging: { method: 'snapshots', patienceCycles: 10 },
    });
    expect(trainingOf('averaging=sse')).toMatchObject({
      schedule: {
        kind: 'cosine',
        learningRateHigh: 2e-3,
        learningRateLow: 0,
        lengthCycleSubEpochs: 50,
        lengthSubEpochs: 1800,
      },
      averaging: { method: 'snapshots', patienceCycles: 3 },
    });
    expect(nodeOf('select-snapshots@fold=3', 'averaging=fge')!.params).toMatchObject({ snapshots: 8, weightPower: 0 });
    expect(nodeOf('select-snapshots@fold=3', 'averaging=sse')!.params).toMatchObject({ snapshots: 4, weightPower: -1 });
  });

  test('counts cycles if SWA has them, by default', () => {
    for (const kind of ['cosine', 'triangular'])
      expect(trainingOf('averaging=swa', `swa.schedule=${kind}`)).toMatchObject({
        schedule: { kind, learningRateHigh: 2e-3, learningRateLow: 2e-4, lengthCycleSubEpochs: 5 },
        averaging: { startTicks: 2, renewalTicks: 2, patienceTicks: 10 },
      });
    expect(
      trainingOf(
        'averaging=swa',
        'swa.schedule=cosine',
        'swa.startTicks=0',
        'swa.renewalTicks=7',
        'swa.patienceTicks=3',
      ),
    ).toMatchObject({
      averaging: { startTicks: 0, renewalTicks: 7, patienceTicks: 3 },
    });
  });

  test('selects snapshots in a stage of its own, so the training does not know how many are wanted', () => {
    for (const method of ['fge', 'sse'] as const) {
      const few = trainingOf(`averaging=${method}`);
      expect(trainingOf(`averaging=${method}`, `${method}.snapshots=2`, `${method}.weightPower=-2`)).toEqual(few);
    }
    for (const method of ['none', 'swa'])
      expect(nodeOf('select-snapshots@fold=3', `averaging=${method}`)).toBeUndefined();
  });

  test('refuses senseless values in one sentence', () => {
    const refusal = (...overrides: string[]): string => {
      try {
        instance(higgs, overrides);
      } catch (error) {
        expect(error instanceof ParamError || error instanceof DefinitionError).toBe(true);
        return (error as Error).message;
      }
      return 'none';
    };
    expect(refusal('averaging=swap')).toContain('(did you mean "swa"?)');
    expect(refusal('averaging=fge', 'fge.snapshots=25')).toBe(
      'Parameter fge of pipeline higgs is wrong: snapshots is more than keepSnapshots, how many the training keeps; set keepSnapshots as high (and train again).',
    );
    expect(refusal('averaging=fge', 'fge.snapshots=25', 'fge.keepSnapshots=25')).toBe('none');
    expect(refusal('fge.snapshot=3')).toContain('(did you mean "fge.snapshots"?)');
  });
});

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
    ...['fge', 'sse'].flatMap((method) => [
      `${method}.lengthCycleSubEpochs=2`,
      `${method}.patienceCycles=2`,
      `${method}.maxSubEpochs=16`,
      `${method}.snapshots=3`,
      `${method}.learningRateHigh=0.01`,
    ]),
    'swa.maxSubEpochs=16',
    'swa.learningRate=0.01',
  ];

  test.each(['swa', 'fge', 'sse'])(
    'with %s classifies better than a constant guess, with all the networks that it reports',
    async (method) => {
      const results = await runPipeline(higgs, [`averaging=${method}`, ...SHORT]);
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
      const digests = (of: typeof results): unknown => [...of].map(([id, node]) => [id, node.digests]);
      expect(digests(await runPipeline(higgs, [`averaging=${method}`, ...SHORT]))).toEqual(digests(results));
    },
  );
});
