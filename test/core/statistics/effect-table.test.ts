import { describe, expect, test } from 'vitest';
import { type EffectTableInput, effectTable } from '../../../src/core/statistics/effect-table.ts';
import { fairCosts } from '../../../src/core/statistics/fair-cost.ts';
import type { Observation } from '../../../src/core/statistics/observations.ts';
import { DefinitionError } from '../../../src/errors.ts';

const SEEDS = [0, 1, 2, 3, 4, 5];
/** What each seed is off by, for base and variants alike, so that pairs cancel it. */
const LUCK = [0.3, -0.2, 0.05, -0.4, 0.1, 0.2];
const NOISE: Readonly<Record<string, readonly number[]>> = {
  base: [0, 0, 0, 0, 0, 0],
  small: [0.02, -0.01, 0.015, -0.02, 0.01, 0.005],
  plain: [0.01, 0.02, -0.01, 0.03, -0.02, 0.01],
};
const MEANS: Readonly<Record<string, number>> = { base: 3, small: 2.9, plain: 3.001 };

function values(branch: string, seeds: readonly number[] = SEEDS): readonly Observation[] {
  return seeds.map((seed) => ({
    branch,
    seed,
    found: { kind: 'value', value: MEANS[branch]! + LUCK[seed]! + NOISE[branch]![seed]! },
  }));
}

function input(observations: readonly Observation[], rest: Partial<EffectTableInput> = {}): EffectTableInput {
  return {
    metric: { name: 'ams', better: 'higher', design: { kind: 'fixed-test-set' } },
    base: 'base',
    variants: [
      { name: 'small', changes: 'width=10' },
      { name: 'plain', changes: 'augmentation off' },
    ],
    observations,
    ...rest,
  };
}

const complete = [...values('base'), ...values('small'), ...values('plain')];

describe('an effect table', () => {
  test('has a row for each variant, with its difference to the base over pairs of seeds', () => {
    const { rows, footer } = effectTable(input(complete, { split: '80:20' }));
    const [small, plain] = rows;
    expect(rows.map(({ variant, changes, n, wins }) => [variant, changes, n, wins])).toEqual([
      ['small', 'width=10', 6, 0],
      ['plain', 'augmentation off', 6, 4],
    ]);
    expect(small!.difference).toBeCloseTo(-0.1 + 0.02 / 6, 10);
    // The luck of seeds is the same on both sides.
    expect(small!.estimate.kind === 'interval' && small!.estimate.high).toBeLessThan(-0.07);
    expect(plain!.estimate.kind === 'interval' && plain!.estimate.low).toBeLessThan(0);
    expect(footer).toMatchObject({
      metric: 'ams',
      level: 0.95,
      comparisons: 2,
      rope: null,
      split: '80:20',
      seeds: SEEDS,
      folds: [],
      unequalSeeds: null,
      withoutValues: [],
      failed: 0,
      incompleteRows: [],
    });
  });

  test("corrects p-values by Holm's method, over the variants that have one", () => {
    const [small, plain] = effectTable(input(complete)).rows;
    const raw = [small!, plain!].map(({ estimate }) => (estimate.kind === 'interval' ? estimate.p : Number.NaN));
    expect(small!.holmP).toBe(2 * Math.min(...raw));
    expect(plain!.holmP).toBe(Math.max(...raw, small!.holmP!));
    const one = effectTable(input([...values('base'), ...values('small'), ...values('plain', [0])]));
    expect(one.rows.map(({ holmP }) => holmP)).toEqual([raw[0], null]);
    expect(one.footer.comparisons).toBe(1);
  });

  test('says how likely a variant is practically the same, if a region is given', () => {
    const metric = { ...input([]).metric, rope: 0.05 };
    const [small, plain] = effectTable(input(complete, { metric })).rows;
    expect(small!.equivalence!.worse).toBeGreaterThan(0.99);
    expect(plain!.equivalence!.same).toBeGreaterThan(0.99);
    expect(effectTable(input(complete)).rows[0]!.equivalence).toBeNull();
  });

  test('does not depend on the order of the observations', () => {
    expect(effectTable(input(complete.toReversed()))).toEqual(effectTable(input(complete)));
  });

  test('compares with another branch than the base where a variant says so', () => {
    const variants = [
      { name: 'small', changes: 'width=10' },
      { name: 'plain', changes: 'and augmentation off', base: 'small' },
    ];
    const [, plain] = effectTable(input(complete, { variants })).rows;
    expect(plain).toMatchObject({ base: 'small', wins: 6 });
    expect(plain!.baseMean).toBeCloseTo(effectTable(input(complete)).rows[0]!.variantMean!, 12);
  });

  test('hands costs through', () => {
    const costs = fairCosts(
      ['base', 'small', 'plain'],
      [{ seconds: 3, branches: ['base', 'small', 'plain'], cached: false }],
    ).branches;
    const table = effectTable(input(complete, { costs }));
    expect(table.rows.map(({ cost }) => cost?.fair)).toEqual([1, 1]);
    expect(table.baseCost?.fair).toBe(1);
    expect(effectTable(input(complete)).rows[0]!.cost).toBeNull();
  });
});

describe('what an effect table lacks is named:', () => {
  test('seeds that one side has not', () => {
    const { rows, footer } = effectTable(input([...values('base'), ...values('small', [0, 1, 2]), ...values('plain')]));
    expect(rows[0]!.n).toBe(3);
    expect(rows[0]!.missing).toEqual(
      [3, 4, 5].map((seed) => ({ name: `seed=${seed}`, base: null, variant: { kind: 'lacking' } })),
    );
    expect(rows[1]!.missing).toEqual([]);
    expect(footer.unequalSeeds).toEqual([
      { branch: 'base', seeds: SEEDS },
      { branch: 'small', seeds: [0, 1, 2] },
      { branch: 'plain', seeds: SEEDS },
    ]);
    expect(footer.incompleteRows).toEqual(['small']);
  });

  test('one run against many is one pair, without an interval', () => {
    const [small] = effectTable(input([...values('base', [2]), ...values('small'), ...values('plain')])).rows;
    expect(small).toMatchObject({ n: 1, estimate: { kind: 'none', why: 'one-pair' }, holmP: null });
    expect(small!.missing).toHaveLength(5);
  });

  test('a branch without the metric', () => {
    const { rows, footer } = effectTable(input([...values('base'), ...values('small')]));
    expect(rows[1]).toMatchObject({ n: 0, difference: null, estimate: { kind: 'none', why: 'no-pairs' } });
    expect(rows[1]!.missing).toHaveLength(6);
    expect(footer.withoutValues).toEqual(['plain']);
  });

  test('runs that failed, with the side', () => {
    const failed: Observation = { branch: 'small', seed: 5, found: { kind: 'failed', why: 'diverged' } };
    const { rows, footer } = effectTable(
      input([...values('base'), ...values('small', [0, 1, 2, 3, 4]), failed, ...values('plain')]),
    );
    expect(rows[0]!.missing).toEqual([{ name: 'seed=5', base: null, variant: { kind: 'failed', why: 'diverged' } }]);
    expect(footer.failed).toBe(1);
  });

  test('folds that failed, and the pairs that the design expects', () => {
    const folded = (branch: string, shift: number): readonly Observation[] =>
      [0, 1].flatMap((seed) =>
        [1, 2, 10].map((fold) => ({
          branch,
          seed,
          fold,
          found:
            branch === 'small' && seed === 1 && fold === 2
              ? ({ kind: 'failed' } as const)
              : ({ kind: 'value', value: shift * (1 + seed) + fold ** 2 } as const),
        })),
      );
    const { rows, footer } = effectTable(
      input([...folded('base', 0), ...folded('small', 0.5)], {
        metric: { name: 'loss', better: 'lower', design: { kind: 'cross-validation', folds: 3, seeds: 2 } },
        variants: [{ name: 'small', changes: '' }],
      }),
    );
    expect(rows[0]!.pairs.map(({ name }) => name)).toEqual([
      'seed=0, fold=1',
      'seed=0, fold=2',
      'seed=0, fold=10',
      'seed=1, fold=1',
      'seed=1, fold=10',
    ]);
    expect(rows[0]!.missing).toEqual([{ name: 'seed=1, fold=2', base: null, variant: { kind: 'failed' } }]);
    expect(footer).toMatchObject({ folds: [1, 2, 10], expectedPairs: 6, incompleteRows: ['small'] });
    expect(footer.design.approximate).toBe(true);
  });
});

describe('an effect table over the events of a test set', () => {
  const events = (branch: string, seed: number, shift: number): Observation => ({
    branch,
    seed,
    found: { kind: 'events', values: Float64Array.from({ length: 60 }, (_, i) => (i % 10) + shift * (1 + (i % 3))) },
  });
  const table = (observations: readonly Observation[]): ReturnType<typeof effectTable> =>
    effectTable(
      input(observations, { metric: { name: 'loss', better: 'lower', design: { kind: 'events' }, rope: 0.1 } }),
    );

  test('has an interval with one seed, over events that both have', () => {
    const { rows } = table([events('base', 0, 0), events('small', 0, 0.5), events('plain', 0, 0)]);
    const [small, plain] = rows;
    expect(small).toMatchObject({ n: 1, events: 60, difference: 1, losses: 1 });
    expect(small!.estimate.kind === 'interval' && small!.estimate.low).toBeGreaterThan(0.85);
    expect(small!.estimate.kind === 'interval' && small!.estimate.high).toBeLessThan(1.15);
    expect(small!.equivalence!.worse).toBeGreaterThan(0.99);
    expect(plain!.estimate).toEqual({ kind: 'none', why: 'equal-differences' });
  });

  test('takes the mean of the seeds that both have', () => {
    const { rows } = table([
      events('base', 0, 0),
      events('base', 1, 1),
      events('small', 0, 0.5),
      events('small', 1, 1),
      events('plain', 1, 3),
    ]);
    expect(rows[0]).toMatchObject({ n: 2, difference: 0.5 });
    expect(rows[0]!.estimate.kind === 'interval' && rows[0]!.estimate.high).toBeLessThan(0.6);
    expect(rows[1]).toMatchObject({ n: 1, difference: 4 });
    expect(rows[1]!.missing.map(({ name }) => name)).toEqual(['seed=0']);
  });

  test('refuses test sets of unequal length', () => {
    const short: Observation = { branch: 'small', seed: 0, found: { kind: 'events', values: [1, 2] } };
    expect(() => table([events('base', 0, 0), short])).toThrow(/60 events for branch base.*2 for branch small/);
  });

  test('has no interval for a few events', () => {
    const few = (branch: string, value: number): Observation => ({
      branch,
      seed: 0,
      found: { kind: 'events', values: [1, value] },
    });
    expect(table([few('base', 2), few('small', 3)]).rows[0]!.estimate).toEqual({ kind: 'none', why: 'few-events' });
  });
});

describe('an effect table refuses, with what to change:', () => {
  const withFold = complete.map((observation) => ({ ...observation, fold: 1 }));
  const metric = input([]).metric;

  test.each<[string, EffectTableInput, RegExp]>([
    ['folds where the design has none', input(withFold), /fold 1.*declare cross-validation/],
    [
      'values without folds where it has some',
      input(complete, { metric: { ...metric, design: { kind: 'cross-validation', folds: 5, seeds: 6 } } }),
      /without a fold/,
    ],
    [
      'more folds than the design has',
      input(
        [1, 2, 3].map((fold) => ({ branch: 'base', seed: 0, fold, found: { kind: 'value', value: 1 } })),
        { metric: { ...metric, design: { kind: 'cross-validation', folds: 2, seeds: 6 } } },
      ),
      /3 folds.*has 2/,
    ],
    [
      'values of events in another design',
      input([{ branch: 'base', seed: 0, found: { kind: 'events', values: [1] } }]),
      /declare the design events/,
    ],
    ['a pair twice', input([...complete, ...values('small', [3])]), /two values for seed=3/],
    [
      'a value of an unknown branch',
      input([...complete, { ...complete[0]!, branch: 'other' }]),
      /other, which is not a branch/,
    ],
    ['two branches of one name', input(complete, { variants: [{ name: 'base', changes: '' }] }), /called base/],
    [
      'a base that is not in the table',
      input(complete, { variants: [{ name: 'small', changes: '', base: 'gone' }] }),
      /compared with gone/,
    ],
    ['a negative region', input(complete, { metric: { ...metric, rope: -1 } }), /number from 0/],
    ['a level of 95', input(complete, { level: 95 }), /0\.95 for 95 %/],
  ])('%s', (_, wrong, message) => {
    expect(() => effectTable(wrong)).toThrow(DefinitionError);
    expect(() => effectTable(wrong)).toThrow(message);
  });
});
