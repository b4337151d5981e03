import { tableOf, tensor } from 'restage';
import { initialise, type NetworkSpec, type Weights } from 'restage/ml';
import { describe, expect, test } from 'vitest';
import { joined, type Manifest } from '../../../pipelines/higgs/training/ensemble.ts';
import { featureGroups } from '../../../pipelines/higgs/data/feature-groups.ts';
import { CONTINUOUS, continuousFeatures } from '../../../pipelines/higgs/data/features.ts';
import { importance, type ImportanceReport } from '../../../pipelines/higgs/stages/importance.ts';
import { runStage } from '../in-process.ts';
import { streams } from '../streams.ts';

describe('the groups of features', () => {
  test('are each feature alone, and vectors, derived and measured ones together', () => {
    const groups = featureGroups(CONTINUOUS, true);
    expect(Object.keys(groups).length).toBe(31 + 7);
    expect(groups['PRI_jet_num']).toEqual({ continuous: [], embeddings: [0] });
    expect(groups['tau momentum']).toEqual({ continuous: [15, 16, 17], embeddings: [] });
    expect(groups['missing momentum']!.continuous.map((at) => CONTINUOUS[at])).toEqual([
      'PRI_met_px',
      'PRI_met_py',
      'PRI_met_pt',
    ]);
    expect(groups['derived features']!.continuous.length + groups['measured features']!.continuous.length).toBe(30);
    expect(groups['measured features']!.embeddings).toEqual([0]);
    expect(Object.keys(groups)).not.toContain('extra masses');
  });

  test('hold the extra masses where there are any, and the number of jets where it is a number', () => {
    const names = continuousFeatures({ jets: 'number', aligned: true, extraMasses: true });
    const groups = featureGroups(names, false);
    expect(groups['extra masses']!.continuous).toEqual([30, 31, 32, 33, 34]);
    expect(groups['PRI_jet_num']).toEqual({ continuous: [29], embeddings: [] });
    expect(groups['lepton momentum']!.continuous.length).toBe(2);
  });
});

describe('the importance of features', () => {
  test('is that of what the networks use, ranked, by their weighted mean', async () => {
    const names = ['DER_mass_MMC', 'PRI_tau_px', 'PRI_tau_py'];
    const network: NetworkSpec = {
      continuous: 3,
      embeddings: [{ cardinality: 4, size: 2 }],
      depth: 1,
      width: 2,
      activation: 'relu',
      dense: false,
    };
    /** A network of the first input alone. */
    const firstOnly = (sign: number): Weights => {
      const zero = Object.entries(initialise(network, streams(1)('init'))).map(
        ([name, { shape, data }]) => [name, { shape, data: data.map(() => 0) }] as const,
      );
      const given = Object.fromEntries(zero) as Weights;
      const [hidden, output] = Object.keys(given).filter((name) =>
        /(hidden|layers?).*weight|output.*weight/.test(name),
      );
      // relu(x) - relu(-x) is x.
      const [inputs, neurons] = given[hidden!]!.shape as [number, number];
      expect([inputs, neurons]).toEqual([5, 2]);
      given[hidden!]!.data.set([sign, -sign], 2 * 2);
      given[output!]!.data.set([1, -1]);
      return given;
    };
    const random = streams(2)('events');
    const rows = 200;
    const target = Uint8Array.from({ length: rows }, () => random.integer(2));
    const continuous = Float32Array.from({ length: 3 * rows }, () => random.normal());
    for (const [row, value] of target.entries()) continuous[3 * row] = 2 * value - 1 + random.normal();
    const manifest: Manifest = {
      network,
      members: [0.75, 0.25].map((coefficient, fold) => ({ fold, loss: 1, coefficient })),
    };
    const { outputs, metrics, log } = await runStage(importance, {
      params: { data: 'simulated', repeats: 4 },
      inputs: {
        events: { continuous: tensor([rows, 3], continuous), codes: tensor([rows], new Uint8Array(rows)) },
        truth: tableOf({ target, weight: Float64Array.from(target, () => 1 + random.uniform()) }),
        scaler: { columns: names.map((name) => ({ name, mean: 0, scale: 1 })) },
        networks: joined([firstOnly(1), firstOnly(0.5)]),
        manifest,
      },
    });
    const { baseline, features } = outputs['importance'] as ImportanceReport;
    expect(baseline).toBeGreaterThan(0.8);
    expect(features.map(({ name }) => name)).toEqual([
      'DER_mass_MMC',
      'PRI_tau_px',
      'PRI_tau_py',
      'PRI_jet_num',
      'tau momentum',
      'measured features',
    ]);
    // Without its only input, the order of events is random.
    expect(Math.abs(features[0]!.drop - (baseline - 0.5))).toBeLessThan(4 * features[0]!.standardError!);
    expect(features.slice(1).map(({ drop }) => drop)).toEqual([0, 0, 0, 0, 0]);
    expect(metrics[0]).toMatchObject({ name: 'importance of DER_mass_MMC', value: features[0]!.drop });
    expect(log[0]).toMatch(/^DER_mass_MMC: the ROC area falls by 0\.\d{4} \+- 0\.\d{4}$/);
  });
});
