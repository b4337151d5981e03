/**
 * How long a training goes on and at which rates, with each way to average: what its parameters say, and what is
 * refused.
 */
import { describe, expect, test } from 'vitest';
import higgs from '../../../pipelines/higgs/index.ts';
import { instance, refusalOf } from '../in-process.ts';

const nodeOf = (id: string, ...overrides: string[]) =>
  instance(higgs, overrides).graph.nodes.find((node) => node.id === id);
const trainingOf = (...overrides: string[]): unknown => nodeOf('train-fold@fold=3', ...overrides)!.params;

const refusal = (...overrides: string[]): string => refusalOf(higgs, overrides);

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
