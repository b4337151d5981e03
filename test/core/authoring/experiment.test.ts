import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { experiment, type ExperimentDefinition } from '../../../src/core/authoring/experiment.ts';
import { pipeline } from '../../../src/core/authoring/pipeline.ts';

const params = z.strictObject({
  rate: z.number().default(0.1),
  network: z.strictObject({ depth: z.int().default(3), kind: z.string().default('plain') }).prefault({}),
});
const digits = pipeline({ name: 'digits', params, build: () => ({}) });
const metrics = { score: { of: 'score.value', better: 'higher', design: 'fixed-test-set' } } as const;
const components = {
  deep: { off: { network: { depth: 1 } } },
  fast: { off: { rate: 0.01 } },
  dense: { off: { network: { kind: 'other' } } },
};

type Parts = ExperimentDefinition<typeof params, keyof typeof components>;

function made(branches: Parts['branches'], rest: Partial<Parts> = {}) {
  return experiment({ name: 'x', pipeline: digits, components, branches, metrics, ...rest });
}

function names(branches: Parts['branches']): readonly string[] {
  return made(branches).branches.map(({ name }) => name);
}

describe('branches', () => {
  test('the base comes first, whether it is listed or not', () => {
    expect(names(() => [])).toEqual(['base']);
    expect(names((base) => [base.with({ rate: 1 }), base])).toEqual(['base', 'rate=1']);
  });

  test('a branch says only what differs from the one that it is made from', () => {
    const { branches } = made((base) => [base.with({ rate: 1 }).with({ network: { depth: 2 } })]);
    const [, branch] = branches;
    expect(branch!.name).toBe('rate=1,network.depth=2');
    expect(branch!.parent!.name).toBe('rate=1');
    expect(branch!.patches).toEqual([{}, { rate: 1 }, { network: { depth: 2 } }]);
  });

  test('leaving one out makes a branch for each component', () => {
    expect(names((base) => base.leaveOneOut())).toEqual(['base', 'without-deep', 'without-fast', 'without-dense']);
    expect(names((base) => base.leaveOneOut(['fast']))).toEqual(['base', 'without-fast']);
  });

  test('a cumulative path brings the components in one by one, and its last step is that of leaving one out', () => {
    const { branches } = made((base) => [...base.leaveOneOut(), ...base.cumulative(['fast', 'deep', 'dense'])]);
    expect(branches.map(({ name }) => name)).toEqual([
      'base',
      'without-deep',
      'without-fast',
      'without-dense',
      'plain',
      'plain+fast',
    ]);
    expect(branches.at(-1)!.patches).toEqual([{}, { network: { depth: 1 } }, { network: { kind: 'other' } }]);
  });

  test('a factorial makes every combination, each one step from its parent', () => {
    const { branches } = made((base) => base.factorial({ rate: [1, 2], 'network.kind': ['a b', 'c'] }));
    expect(branches.map(({ name }) => name)).toEqual([
      'base',
      'rate=1,network.kind=a-b',
      'rate=1,network.kind=c',
      'rate=2,network.kind=a-b',
      'rate=2,network.kind=c',
    ]);
    expect(new Set(branches.slice(1).map(({ parent }) => parent!.name))).toEqual(new Set(['base']));
  });

  test('a branch can be given another name', () => {
    expect(names((base) => [base.with({ rate: 1 }).as('slow')])).toEqual(['base', 'slow']);
  });
});

describe('refusals name what is wrong', () => {
  const cases: readonly (readonly [string, () => unknown, string])[] = [
    ['an unknown component', () => names((base) => [base.without('fst' as never)]), 'did you mean "fast"?'],
    ['an empty factorial', () => names((base) => base.factorial({})), 'no factor'],
    ['a factor without values', () => names((base) => base.factorial({ rate: [] })), 'no value for rate'],
    [
      'too many branches',
      () =>
        names((base) =>
          base.factorial({
            rate: Array.from({ length: 1000 }, (_, i) => i),
            b: Array.from({ length: 1000 }, (_, i) => i),
          }),
        ),
      '1,000,000 branches',
    ],
    [
      'two branches of one name',
      () => names((base) => [base.with({ rate: 1 }).as('a'), base.with({ rate: 2 }).as('a')]),
      'two branches named a',
    ],
    ['a malformed name', () => names((base) => [base.as('a/b')]), '"a/b" is malformed'],
    ['no metric', () => made(() => [], { metrics: {} }), 'no metric'],
    [
      'no direction',
      () => made(() => [], { metrics: { m: { of: 'a', design: 'fixed-test-set' } as never } }),
      'higher or lower',
    ],
    ['no design', () => made(() => [], { metrics: { m: { of: 'a', better: 'lower' } as never } }), 'has no design'],
    [
      'a share of more than the whole',
      () => made(() => [], { metrics: { m: { of: 'a', better: 'lower', design: { redrawnSplit: 2 } } } }),
      'has no design',
    ],
    ['no seeds', () => made(() => [], { seeds: [] }), 'an empty list of seeds'],
    ['a seed twice', () => made(() => [], { seeds: [1, 1] }), 'the seed 1 twice'],
    ['half a seed', () => made(() => [], { seeds: 0.5 }), '0.5 seeds'],
    [
      'no components',
      () => experiment({ name: 'x', pipeline: digits, branches: (base) => base.leaveOneOut(), metrics }),
      'no component',
    ],
  ];
  test.each(cases)('%s', (_, make, words) => {
    expect(make).toThrow(words);
  });
});
