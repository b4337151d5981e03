/**
 * What the compiler says about experiments: names of parameters and components are checked. `npm run typecheck` is the
 * judge: each `@ts-expect-error` must be an error. Nothing here is executed.
 */
import { type Branch, type Experiment, experiment, type MetricOf, pipeline, type SomeParams } from 'restage';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';

const schema = z.strictObject({
  layers: z.array(z.int()).default([8]),
  train: z.strictObject({ rate: z.number().default(0.1), augment: z.boolean().default(true) }).prefault({}),
});

const digits = pipeline({ name: 'digits', params: schema, build: () => ({}) });

const metrics = { accuracy: { of: 'score.accuracy', better: 'higher', design: 'fixed-test-set' } } as const;
function experiments(): void {
  const made = experiment({
    name: 'ingredients',
    pipeline: digits,
    base: { train: { rate: 0.2 } },
    components: { augmentation: { off: { train: { augment: false } } } },
    branches: (base) => [
      ...base.leaveOneOut(),
      base.leaveOneOut(['augmentation']),
      base.without('augmentation').with({ layers: [4, 4] }),
      base.cumulative(['augmentation']),
      base.factorial({ 'train.rate': [0.1, 0.2] }),
    ],
    seeds: [0, 7],
    metrics: { loss: { of: 'fit.loss', better: 'lower', design: { redrawnSplit: 0.2 }, equivalence: 0.01 } },
  });
  expectTypeOf(made).toEqualTypeOf<Experiment>();
  expectTypeOf(made.metrics).toEqualTypeOf<Readonly<Record<string, MetricOf>>>();
  expectTypeOf<SomeParams<z.input<typeof schema>>>().toEqualTypeOf<{
    readonly layers?: number[] | undefined;
    readonly train?: { readonly rate?: number | undefined; readonly augment?: boolean | undefined } | undefined;
  }>();
}

function wrongOnes(base: Branch<z.input<typeof schema>, 'augmentation' | 'depth'>): void {
  // @ts-expect-error a parameter that the pipeline does not have
  base.with({ trian: { rate: 0.1 } });
  // @ts-expect-error a parameter that the pipeline does not have, within another one
  base.with({ train: { rte: 0.1 } });
  // @ts-expect-error a value of another type
  base.with({ train: { rate: 'fast' } });
  // @ts-expect-error an item of another type
  base.with({ layers: ['wide'] });
  // @ts-expect-error a component that the experiment does not have
  base.without('augmentatoin');
  // @ts-expect-error the same in a list
  base.leaveOneOut(['augmentation', 'depht']);
  // @ts-expect-error the same in an order
  base.cumulative(['dept']);
  // @ts-expect-error values of a sweep are a list
  base.sweep('train.rate', 0.1);
}

function wrongExperiments(): void {
  // @ts-expect-error an experiment has a metric to judge its branches by
  experiment({ name: 'none', pipeline: digits, branches: () => [] });
  // @ts-expect-error the base has a parameter that the pipeline does not have
  experiment({ name: 'base', pipeline: digits, base: { layer: [] }, branches: () => [], metrics });
  // @ts-expect-error so has a component
  experiment({ name: 'off', pipeline: digits, components: { a: { off: { lr: 1 } } }, branches: () => [], metrics });
  experiment({
    name: 'no-components',
    pipeline: digits,
    // @ts-expect-error there is no component to leave out
    branches: (base) => [base.without('augmentation')],
    metrics,
  });
  experiment({
    name: 'metric',
    pipeline: digits,
    branches: () => [],
    // @ts-expect-error a design that there is not
    metrics: { loss: { of: 'fit.loss', better: 'lower', design: 'holdout' } },
  });
  experiment({
    name: 'metric',
    pipeline: digits,
    branches: () => [],
    // @ts-expect-error nothing says what is better
    metrics: { loss: { of: 'fit.loss', design: 'fixed-test-set' } },
  });
}

describe('experiments', () => {
  test('are judged by the compiler', () => {
    expect([experiments, wrongOnes, wrongExperiments].map((each) => typeof each)).toEqual(
      Array.from({ length: 3 }, () => 'function'),
    );
  });
});
