import { DefinitionError, type Tensors } from 'restage';
import { describe, expect, test } from 'vitest';
import { type Manifest, member } from '../../../pipelines/higgs/ensemble.ts';
import higgs from '../../../pipelines/higgs/index.ts';
import { ensemble } from '../../../pipelines/higgs/stages/ensemble.ts';
import { type Selection, selectSnapshots } from '../../../pipelines/higgs/stages/select-snapshots.ts';
import type { Score } from '../../../pipelines/higgs/stages/score.ts';
import type { TrainingReport } from '../../../pipelines/higgs/fold-training.ts';
import { ParamError } from '../../../src/errors.ts';
import { instance, type NodeResult, runAgain, runPipeline, runStage } from '../in-process.ts';

const nodeOf = (id: string, ...overrides: string[]) =>
  instance(higgs, overrides).graph.nodes.find((node) => node.id === id);
const trainingOf = (...overrides: string[]): unknown => nodeOf('train-fold@fold=3', ...overrides)!.params;

/** The refusal of these overrides in its own words. */
function refusal(...overrides: string[]): string {
  try {
    instance(higgs, overrides);
  } catch (error) {
    expect(error instanceof ParamError || error instanceof DefinitionError).toBe(true);
    return (error as Error).message;
  }
  return 'none';
}

describe('the course of a training', () => {
  test('is by default what the study did with each averaging: 1cycle, constant for SWA, triangles for FGE, cosines for SSE', () => {
    expect(trainingOf()).toMatchObject({
      schedule: { kind: 'one-cycle', lengthRiseSubEpochs: 45, lengthFallSubEpochs: 90 },
      patience: null,
      averaging: { method: 'none' },
    });
    expect(trainingOf('averaging=swa')).toMatchObject({
      schedule: { kind: 'constant', learningRate: 2e-3, lengthSubEpochs: 1800 },
      patience: { unit: 'sub-epochs', count: 50 },
      averaging: { method: 'swa', startTicks: 5, renewalTicks: 5 },
    });
    expect(trainingOf('averaging=fge')).toMatchObject({
      schedule: {
        kind: 'triangular',
        learningRateHigh: 2e-3,
        learningRateLow: 2e-4,
        lengthCycleSubEpochs: 5,
        cycleMultiplier: 1,
        lengthSubEpochs: 1800,
      },
      patience: { unit: 'cycles', count: 10 },
      averaging: { method: 'snapshots' },
    });
    expect(trainingOf('averaging=sse')).toMatchObject({
      schedule: {
        kind: 'cosine',
        learningRateHigh: 2e-3,
        learningRateLow: 0,
        lengthCycleSubEpochs: 50,
        cycleMultiplier: 1,
        lengthSubEpochs: 1800,
      },
      patience: { unit: 'cycles', count: 3 },
      averaging: { method: 'snapshots' },
    });
    expect(nodeOf('select-snapshots@fold=3', 'averaging=fge')!.params).toMatchObject({ snapshots: 8, weightPower: 0 });
    expect(nodeOf('select-snapshots@fold=3', 'averaging=sse')!.params).toMatchObject({ snapshots: 4, weightPower: -1 });
  });

  test('without averaging is constant or SGDR with cycles that double, as the study ran them', () => {
    expect(trainingOf('schedule.kind=constant')).toMatchObject({
      schedule: { kind: 'constant', learningRate: 2e-3, lengthSubEpochs: 1800 },
      patience: { unit: 'sub-epochs', count: 50 },
      averaging: { method: 'none' },
    });
    expect(trainingOf('schedule.kind=cosine')).toMatchObject({
      schedule: {
        kind: 'cosine',
        learningRateLow: 0,
        lengthCycleSubEpochs: 1,
        cycleMultiplier: 2,
        lengthSubEpochs: 270,
      },
      patience: { unit: 'cycles', count: 2 },
      averaging: { method: 'none' },
    });
  });

  test('counts cycles if SWA has them, by default', () => {
    for (const kind of ['cosine', 'triangular'])
      expect(trainingOf('averaging=swa', `schedule.kind=${kind}`)).toMatchObject({
        schedule: { kind, learningRateHigh: 2e-3, learningRateLow: 2e-4, lengthCycleSubEpochs: 5, cycleMultiplier: 1 },
        patience: { unit: 'cycles', count: 10 },
        averaging: { startTicks: 2, renewalTicks: 2 },
      });
    expect(
      trainingOf(
        'averaging=swa',
        'schedule.kind=cosine',
        'swa.startTicks=0',
        'swa.renewalTicks=7',
        'patience.cycles=3',
      ),
    ).toMatchObject({ patience: { unit: 'cycles', count: 3 }, averaging: { startTicks: 0, renewalTicks: 7 } });
  });

  test('takes every schedule with every averaging, and a patience in either unit, except cycles where there are none', () => {
    for (const averaging of ['none', 'swa', 'fge', 'sse'])
      for (const kind of ['one-cycle', 'constant', 'cosine', 'triangular']) {
        const overrides = [`averaging=${averaging}`, `schedule.kind=${kind}`];
        const cyclic = kind === 'cosine' || kind === 'triangular';
        const possible = cyclic || averaging === 'none' || averaging === 'swa';
        expect(refusal(...overrides, 'patience.subEpochs=7') === 'none').toBe(possible);
        expect(refusal(...overrides, 'patience.cycles=7') === 'none').toBe(cyclic);
        if (possible)
          expect(trainingOf(...overrides, 'patience.subEpochs=7')).toMatchObject({
            schedule: { kind },
            patience: { unit: 'sub-epochs', count: 7 },
          });
      }
  });

  test('takes a patience in epochs or steps, and a least improvement of any, and refuses several at once', () => {
    expect(trainingOf('patience.epochs=3')).toMatchObject({ patience: { unit: 'epochs', count: 3 } });
    expect(trainingOf('patience.steps=500', 'patience.leastImprovement=1e-4')).toMatchObject({
      patience: { unit: 'steps', count: 500, leastImprovement: 1e-4 },
    });
    expect(trainingOf('schedule.kind=cosine', 'patience.leastImprovement=0.5')).toMatchObject({
      patience: { unit: 'cycles', count: 2, leastImprovement: 0.5 },
    });
    expect(refusal('patience.leastImprovement=0.5')).toBe(
      'patience.leastImprovement says what counts as an improvement, and a training on 1cycle has no patience; give patience.subEpochs too, or leave it out.',
    );
  });

  test('takes its length in steps instead', () => {
    expect(trainingOf('train.lengthRiseSteps=3510', 'train.lengthFallSteps=7020')).toMatchObject({
      schedule: { kind: 'one-cycle', lengthRiseSteps: 3510, lengthFallSteps: 7020 },
    });
    const { schedule } = trainingOf('schedule.kind=constant', 'schedule.maxSteps=500') as { schedule: object };
    expect(schedule).toEqual({ kind: 'constant', learningRate: 2e-3, lengthSteps: 500 });
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
    expect(refusal('averaging=swap')).toContain('(did you mean "swa"?)');
    expect(refusal('averaging=fge', 'fge.snapshots=25')).toBe(
      'Parameter fge of pipeline higgs is wrong: snapshots is more than keepSnapshots, how many the training keeps; set keepSnapshots as high (and train again).',
    );
    expect(refusal('averaging=fge', 'fge.snapshots=25', 'fge.keepSnapshots=25')).toBe('none');
    expect(refusal('fge.snapshot=3')).toContain('(did you mean "fge.snapshots"?)');
    expect(refusal('averaging=fge', 'schedule.kind=constant')).toBe(
      'averaging=fge takes snapshots at the ends of cycles, and schedule.kind=constant has none; choose cosine or triangular.',
    );
    expect(refusal('averaging=swa', 'schedule.maxSubEpochs=5')).toBe(
      'averaging=swa begins after 5 sub-epochs (swa.startTicks), and the training has 5 at most; begin earlier, or train longer.',
    );
    expect(refusal('averaging=swa', 'schedule.maxSubEpochs=6')).toBe('none');
    expect(refusal('averaging=swa', 'schedule.kind=cosine', 'schedule.maxSubEpochs=14')).toContain(
      'begins after 2 cycles (swa.startTicks), and the training has 2 at most;',
    );
    expect(refusal('averaging=swa', 'schedule.kind=one-cycle', 'swa.startTicks=135')).toContain('has 135 at most;');
    expect(refusal('patience.cycles=3')).toBe(
      'patience.cycles counts cycles, and schedule.kind=one-cycle has none; give patience.subEpochs.',
    );
    expect(refusal('patience.cycles=3', 'patience.subEpochs=3')).toBe(
      'Parameter patience of pipeline higgs is wrong: give one of subEpochs, cycles, epochs and steps, not several.',
    );
    expect(refusal('averaging=sse', 'schedule.maxSubEpochs=49')).toBe(
      'A cycle of 50 sub-epochs (schedule.lengthCycleSubEpochs) does not end in a training of 49 (schedule.maxSubEpochs); make it shorter, or the training longer.',
    );
    expect(refusal('averaging=fge', 'schedule.learningRateLow=0.1')).toBe(
      'schedule.learningRateLow=0.1 is above schedule.learningRate=0.002, the high end of cycles.',
    );
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
