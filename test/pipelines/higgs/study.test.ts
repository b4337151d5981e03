import type { GraphNode } from '../../../src/core/graph/graph.ts';
import { parameterCount } from 'restage/ml';
import { describe, expect, test } from 'vitest';
import { continuousFeatures, type FeatureParams } from '../../../pipelines/higgs/features.ts';
import higgs from '../../../pipelines/higgs/index.ts';
import { networkParams, networkSpec } from '../../../pipelines/higgs/network.ts';
import study from '../../../pipelines/higgs/study.ts';
import { instance } from '../in-process.ts';

/** The graph of each branch by its name. */
const graphs = new Map(
  study.branches
    .filter(({ name }) => name !== 'boosted-trees')
    .map(({ name, patches }) => [
      name,
      instance(
        higgs,
        patches.flatMap((patch) => leaves(patch)),
      ).graph,
    ]),
);

function leaves(patch: object, path: readonly string[] = []): string[] {
  return Object.entries(patch).flatMap(([name, value]) =>
    typeof value === 'object'
      ? leaves(value as object, [...path, name])
      : [`${[...path, name].join('.')}=${String(value)}`],
  );
}

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
    for (const branch of graphs.keys())
      expect(nodesOf(branch, 'train-fold')).toHaveLength(/^(A0|D1)/.test(branch) ? 1 : 10);
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
      expect(paramsOf(branch, 'predict')['rotMult']).toBe(plain ? 0 : branch === 'E1-as-described' ? 8 : 2);
    }
    expect(paramsOf('E2-measured-momenta')['augment']).toEqual({ train: true, space: 'measured' });
  });
});
