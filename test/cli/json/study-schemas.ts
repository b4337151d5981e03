/** The shapes of what `ablate` and `tree` print as JSON: strict, as the others. */
import { z } from 'zod';
import { anyNumber, count, digest, document, seconds } from './schema-parts.ts';

const names = z.array(z.string());
const share = z.number().min(0).max(1);
const finite = z.number().nullable();
const better = z.enum(['higher', 'lower']);
const design = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('fixed-test-set') }),
  z.strictObject({ kind: z.literal('events') }),
  z.strictObject({ kind: z.literal('redrawn-split'), testShare: z.number() }),
  z.strictObject({ kind: z.literal('cross-validation'), folds: count, seeds: count }),
]);

const cost = z.strictObject({
  alone: seconds,
  marginal: seconds,
  fair: seconds,
  cached: seconds,
  shared: seconds,
  saved: seconds,
});

const lack = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('failed'), why: z.string().optional() }),
    z.strictObject({ kind: z.literal('lacking') }),
    z.strictObject({ kind: z.literal('not-finite'), value: anyNumber }),
  ])
  .nullable();

const estimate = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('interval'),
    sd: finite,
    se: z.number().positive(),
    df: finite,
    t: finite,
    low: z.number(),
    high: z.number(),
    p: share,
  }),
  z.strictObject({
    kind: z.literal('none'),
    why: z.enum(['no-pairs', 'one-pair', 'equal-differences', 'few-events']),
  }),
]);

const row = z.strictObject({
  variant: z.string(),
  changes: z.string(),
  base: z.string(),
  n: count,
  pairs: z.array(z.strictObject({ name: z.string(), base: z.number(), variant: z.number(), difference: z.number() })),
  missing: z.array(z.strictObject({ name: z.string(), base: lack, variant: lack })),
  baseMean: finite,
  variantMean: finite,
  difference: finite,
  estimate,
  wins: count,
  losses: count,
  ties: count,
  signFlip: z.strictObject({ p: share, least: share, method: z.enum(['exact', 'random']) }).nullable(),
  wilcoxon: z
    .strictObject({
      v: z.number(),
      n: count,
      pGreater: share,
      pLess: share,
      pTwoSided: share,
      method: z.enum(['exact', 'normal']),
    })
    .nullable(),
  events: count.nullable(),
  holmP: share.nullable(),
  equivalence: z.strictObject({ worse: share, same: share, better: share }).nullable(),
  cost: cost.nullable(),
});

const footer = z.strictObject({
  metric: z.string(),
  better,
  design: z.strictObject({ name: z.string(), correction: z.string(), meaning: z.string(), approximate: z.boolean() }),
  level: share,
  comparisons: count,
  rope: finite,
  split: z.string().nullable(),
  seeds: z.array(count),
  folds: z.array(z.union([count, z.string()])),
  unequalSeeds: z.array(z.strictObject({ branch: z.string(), seeds: z.array(count) })).nullable(),
  withoutValues: names,
  failed: count,
  expectedPairs: count.nullable(),
  incompleteRows: names,
});

const metric = z.strictObject({ name: z.string(), better, design, rope: z.number().optional() });

/** A value of a branch with a seed, and the states that it is of. */
const sourced = z.strictObject({
  branch: z.string(),
  seed: count,
  fold: z.string().nullable(),
  value: finite,
  why: z.string().nullable(),
  sources: z.array(
    z.strictObject({ state: digest, node: z.string(), kind: z.enum(['metric', 'output']), name: z.string() }),
  ),
});

/** A table, and the values that it was worked out from. */
export const effects = z.strictObject({
  digest,
  table: z.strictObject({
    metric,
    base: z.string(),
    baseCost: cost.nullable(),
    isPath: z.boolean(),
    rows: z.array(row),
    footer,
  }),
  values: z.array(sourced),
});

export const studyBranch = z.strictObject({ branch: z.string(), seed: count, run: count.nullable(), missing: names });

/** Rows of effect tables that are on record. */
export const recordedEffects = z.strictObject({
  study: z.string(),
  run: count,
  cell: z.string().nullable(),
  tables: z
    .array(
      z.strictObject({
        digest,
        metric,
        of: z.string(),
        base: z.string(),
        isPath: z.boolean(),
        rows: z.array(row),
        footer,
        values: z.array(sourced),
      }),
    )
    .min(1),
});

const size = z.strictObject({ inSd: z.number(), inUnits: finite });
const detectable = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('known'),
    df: count,
    halfWidth: size,
    afterHolm: size,
    smallest: size,
    leastSignFlip: finite,
  }),
  z.strictObject({ kind: z.literal('unknown'), why: z.enum(['one-pair', 'events']) }),
]);

const stages = z.array(z.strictObject({ stage: z.string(), states: count }));

const branch = z.strictObject({
  name: z.string(),
  parent: z.string().nullable(),
  changes: names,
  own: stages,
  metrics: z.record(z.string(), z.strictObject({ mean: z.number(), seeds: count })),
  runs: z.array(studyBranch),
  get children() {
    return z.array(branch);
  },
});

const runBranch = z.strictObject({
  run: count,
  tags: names,
  seed: count,
  from: z.string().nullable(),
  changes: names,
  states: stages,
  results: z.record(z.string(), anyNumber),
  get children() {
    return z.array(runBranch);
  },
});

export const STUDY_DOCUMENTS = {
  ablate: document({
    kind: z.literal('ablation'),
    study: z.string(),
    run: count,
    tables: z.array(
      z.strictObject({
        digest,
        metric,
        base: z.string(),
        baseCost: cost.nullable(),
        isPath: z.boolean(),
        rows: z.array(row),
        footer,
      }),
    ),
    costs: z.strictObject({
      branches: z.record(z.string(), cost),
      executed: seconds,
      unused: seconds,
      cached: seconds,
      alone: seconds,
    }),
  }),
  'show <effects>': document({ kind: z.literal('effects'), ...recordedEffects.shape }),
  'ablate --plan': document({
    kind: z.literal('ablation-plan'),
    study: z.string(),
    pipeline: z.string(),
    seeds: z.array(count),
    branches: z.array(z.strictObject({ name: z.string(), parent: z.string().nullable(), changes: names })),
    nodes: count,
    distinct: count,
    shared: count,
    cached: count,
    toRun: count,
    seconds,
    unknownStages: names,
    detectable: z.array(z.strictObject({ metric: z.string(), of: detectable })),
  }),
  tree: document({
    kind: z.literal('tree'),
    study: z.string(),
    run: count,
    seeds: z.array(count),
    trunk: stages,
    states: count,
    root: branch,
    file: z.string().nullable(),
  }),
  'tree <run>': document({ kind: z.literal('run-tree'), root: runBranch }),
};
