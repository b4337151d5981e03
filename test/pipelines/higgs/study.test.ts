import type { Graph, GraphNode } from '../../../src/core/graph/graph.ts';
import { parameterCount } from 'restage/ml';
import { describe, expect, test } from 'vitest';
import { continuousFeatures, type FeatureParams } from '../../../pipelines/higgs/data/features.ts';
import higgs from '../../../pipelines/higgs/index.ts';
import { networkParams, networkSpec } from '../../../pipelines/higgs/training/network.ts';
import { type TrainingScheduleParams, trainingCourse } from '../../../pipelines/higgs/training/training.ts';
import { unionOf } from '../../../src/core/graph/union.ts';
import study from '../../../pipelines/higgs/study.ts';
import { instance } from '../in-process.ts';

/** The graph of each branch by its name; those that come to the base left out. */
const all = graphsIn('as-run');

function graphsIn(profile: string): ReadonlyMap<string, Graph> {
  const built = study.branches.map(({ name, patches }) => {
    const own = patches.flatMap((patch) => leaves(patch));
    const base = own.some((word) => word.startsWith('profile=')) ? [] : [`profile=${profile}`];
    return [name, instance(higgs, [...base, ...own]).graph] as const;
  });
  const nodes = JSON.stringify(built[0]![1].nodes);
  return new Map(built.filter(([name, graph]) => name === 'base' || JSON.stringify(graph.nodes) !== nodes));
}

/** Of those with networks. */
const graphs = new Map([...all].filter(([name]) => name !== 'boosted-trees'));

function leaves(patch: object, path: readonly string[] = []): string[] {
  return Object.entries(patch).flatMap(([name, value]) =>
    typeof value === 'object'
      ? leaves(value as object, [...path, name])
      : [`${[...path, name].join('.')}=${String(value)}`],
  );
}

const NO_EVENTS = {
  continuous: new Float32Array(0),
  codes: new Uint8Array(0),
  targets: new Uint8Array(0),
  weights: new Float32Array(0),
};

const nodesOf = (branch: string, stage: string): readonly GraphNode[] =>
  graphs.get(branch)!.nodes.filter((node) => node.id.split('@')[0] === stage);
const paramsOf = (branch: string, stage = 'train-fold'): Record<string, unknown> =>
  nodesOf(branch, stage)[0]!.params as Record<string, unknown>;

function parametersOf(branch: string): number {
  const features = paramsOf(branch, 'fit-scaler') as unknown as FeatureParams;
  const layout = { continuous: continuousFeatures(features).length, jets: features.jets === 'category' };
  return parameterCount(networkSpec(networkParams.parse(paramsOf(branch)['network']), layout));
}

describe('the branches of the study', () => {
  test('have the numbers of parameters that it had', () => {
    const counts = [
      ['A0-baseline', 33_601],
      ['A1-ensemble', 33_601],
      ['A2-embedding', 33_813],
      ['A3-aligned', 33_713],
      ['A4-augmentation', 33_813],
      ['A7-1cycle', 33_813],
      ['base', 23_113],
      ['C1-split', 9_303],
      ['C2-bottleneck', 10_272],
      ['C3-wide-and-deep', 23_863],
    ] as const;
    for (const [branch, count] of counts) expect(parametersOf(branch)).toBe(count);
    for (const branch of graphs.keys()) if (/^(B|A[4-7])/.test(branch)) expect(parametersOf(branch)).toBe(33_813);
  });

  test('train one network for the baseline and what is added to it, ten for all others', () => {
    const exceptions: Readonly<Record<string, number>> = {
      '1-network': 1,
      '3-networks': 3,
      '5-networks': 5,
      'fold-held': 9,
      'fold-held-learned-weights': 9,
    };
    for (const branch of graphs.keys()) {
      const count = /^(A0|D1)/.test(branch) ? 1 : (exceptions[branch] ?? 10);
      expect(nodesOf(branch, 'train-fold')).toHaveLength(count);
    }
  });

  test('follow its schedules, with its patience and its averages', () => {
    for (const branch of ['A0-baseline', 'A3-aligned', 'A4-augmentation', 'D1-swish'])
      expect(paramsOf(branch)).toMatchObject({
        schedule: { kind: 'constant', learningRate: 2e-3, lengthSubEpochs: 1800 },
        patience: { unit: 'sub-epochs', count: 50 },
        averaging: { method: 'none' },
      });
    for (const branch of ['A5-SGDR', 'A6-swish'])
      expect(paramsOf(branch)).toMatchObject({
        schedule: {
          kind: 'cosine',
          learningRateLow: 0,
          lengthCycleSubEpochs: 1,
          cycleMultiplier: 2,
          lengthSubEpochs: 270,
        },
        patience: { unit: 'cycles', count: 2 },
      });
    for (const branch of ['A7-1cycle', 'base', 'D1-1cycle', 'E2-measured-momenta'])
      expect(paramsOf(branch)).toMatchObject({ schedule: { kind: 'one-cycle', momentum: null }, patience: null });
    expect(paramsOf('B1-SSE')).toMatchObject({ schedule: { kind: 'cosine', lengthCycleSubEpochs: 50 } });
    expect(paramsOf('B2-FGE')).toMatchObject({ schedule: { kind: 'triangular', lengthCycleSubEpochs: 5 } });
    expect(paramsOf('B3-SWA-constant')).toMatchObject({ averaging: { method: 'swa', startTicks: 5 } });
    for (const branch of ['B4-SWA-cosine', 'B5-SWA-triangular'])
      expect(paramsOf(branch)).toMatchObject({
        schedule: { learningRateLow: 2e-4, lengthCycleSubEpochs: 5 },
        patience: { unit: 'cycles', count: 10 },
        averaging: { method: 'swa', startTicks: 2, renewalTicks: 2 },
      });
    expect(paramsOf('E1-as-described')).toMatchObject({ schedule: { momentum: { high: 0.95, low: 0.85 } } });
  });

  test('augment from A4 on, at training and eightfold at test time', () => {
    const augmented = (branch: string): boolean => (paramsOf(branch)['augment'] as { train: boolean }).train;
    for (const branch of graphs.keys()) {
      const plain = /^(A[0-3]|D1-(?!augmentation))/.test(branch);
      expect(augmented(branch)).toBe(!plain);
      const others: Readonly<Record<string, number>> = {
        'E1-as-described': 8,
        'TTA-4': 1,
        'TTA-16': 4,
        'TTA-32': 8,
      };
      const rotations = plain || branch.endsWith('without-TTA') ? 0 : (others[branch] ?? 2);
      expect(paramsOf(branch, 'predict')['rotMult']).toBe(rotations);
    }
    expect(paramsOf('E2-measured-momenta')['augment']).toEqual({ train: true, space: 'measured' });
  });

  test('train for as many steps as the study, on folds of 20,000 events and on those of the 18,000 rows', () => {
    const most = (branch: string, rows: number): number => {
      const { schedule } = paramsOf(branch) as { schedule: TrainingScheduleParams };
      const folds = Array.from({ length: 9 }, () => ({ ...NO_EVENTS, rows }));
      return trainingCourse(schedule, folds, { batchSize: 256, beta1: 0.9 }).subEpochs * Math.floor(rows / 256);
    };
    const lengths = [
      // 135 sub-epochs, 270, and 200 epochs.
      [/^(base|A7|C|E|D1-1cycle|TTA|.-network|best|cycled|A8|networks|uniform|fold-held)/, 10_530, 675],
      [/^A[56]/, 21_060, 1_350],
      [/^(A[0-4]|B|D1-(?!1cycle))/, 140_400, 9_000],
    ] as const;
    for (const branch of graphs.keys()) {
      const expected = lengths.find(([names]) => names.test(branch));
      if (branch.startsWith('F1')) continue;
      expect([branch, most(branch, 20_000), most(branch, 1_440)]).toEqual([branch, ...expected!.slice(1)]);
    }
  });

  test('of a profile are all but the one that comes to it, and as many transformations as it has', () => {
    const missing = (profile: string): readonly string[] => {
      const built = graphsIn(profile);
      return study.branches.map(({ name }) => name).filter((name) => !built.has(name));
    };
    expect(missing('as-run')).toEqual(['E1-as-run', 'TTA-8']);
    expect(missing('as-described')).toEqual(['E1-as-described', 'TTA-32']);
  });

  test('take as many steps where a length is said in steps, on any number of events', () => {
    const { schedule } = paramsOf('F1-2025-steps,epsilon=0.01') as { schedule: TrainingScheduleParams };
    for (const rows of [20_000, 1_440]) {
      const folds = Array.from({ length: 9 }, () => ({ ...NO_EVENTS, rows }));
      const { schedule: of } = trainingCourse(schedule, folds, { batchSize: 256, beta1: 0.9 });
      expect(of(675, 0).learningRate).toBeCloseTo(1e-2, 12);
      expect(of(2_025, 0).learningRate).toBe(0);
    }
  });

  test('share two executions of five with one seed', () => {
    const parts = [...all].map(([name, graph]) => ({ name, seed: 0, graph }));
    const nodes = parts.reduce((sum, { graph }) => sum + graph.nodes.length, 0);
    expect(1 - unionOf('higgs', parts).graph.nodes.length / nodes).toBeGreaterThan(0.4);
  });

  test('that train nothing share all trainings with the branch that they are of', () => {
    const trainings = (branch: string): unknown => nodesOf(branch, 'train-fold').map(({ params }) => params);
    for (const [branch, of] of [
      ['A4-without-TTA', 'A4-augmentation'],
      ['A8-without-TTA', 'base'],
      ['D1-augmentation-without-TTA', 'D1-augmentation'],
      ['TTA-32', 'base'],
      ['TTA-random-turns', 'base'],
      ['best-5-networks', 'base'],
      ['uniform-weights', 'base'],
      ['fold-held-learned-weights', 'fold-held'],
      ['cycled-momentum-TTA-8', 'E1-as-described'],
    ] as const)
      expect(trainings(branch)).toEqual(trainings(of));
  });
});
