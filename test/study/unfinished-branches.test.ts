/** What counts of a branch in which a fold or a stage fails, and metrics with a value for each event. */
import { beforeAll, describe, expect, test } from 'vitest';
import { makeInProcessProject } from '../helpers/in-process-project.ts';

const PIPELINE = `
import { json, pipeline, stage, tableOf, table } from 'restage';
import { z } from 'zod';

export const fit = stage({
  name: 'own/fit',
  params: z.strictObject({ shift: z.number(), fold: z.int(), broken: z.int() }),
  inputs: {},
  outputs: { loss: json<number>() },
  random: true,
  async run({ params: { shift, fold, broken }, rng, metric }) {
    if (fold === broken) throw new Error('This fold breaks.');
    const loss = shift + fold + rng('loss').uniform();
    metric('loss', loss);
    return { loss };
  },
});

export const judge = stage({
  name: 'own/judge',
  params: z.strictObject({ shift: z.number(), fails: z.boolean() }),
  inputs: { first: json<number>() },
  outputs: { early: json<{ loss: number }>(), losses: json<readonly number[]>(), events: table<'loss' | 'weight'>() },
  async run({ inputs, params: { shift } }) {
    const first = await inputs.first.read();
    const losses = Array.from({ length: 30 }, (_, event) => first + shift * Math.sin(event * event));
    const weight = Float64Array.from({ length: 30 }, (_, event) => event);
    return { early: { loss: first }, losses, events: tableOf({ loss: Float64Array.from(losses), weight }) };
  },
});

export const report = stage({
  name: 'own/report',
  params: z.strictObject({ fails: z.boolean() }),
  inputs: { early: json<{ loss: number }>() },
  outputs: { page: json<string>() },
  async run({ inputs, params: { fails } }) {
    if (fails) throw new Error('There is no report.');
    return { page: String((await inputs.early.read()).loss) };
  },
});

const policy = { executor: 'in-process' } as const;

export default pipeline({
  name: 'own',
  params: z.strictObject({ shift: z.number().default(1), broken: z.int().default(-1), fails: z.boolean().default(false) }),
  build(p, { shift, broken, fails }) {
    const folds = [0, 1, 2].map((fold) => p.add(fit, { key: { fold }, params: { shift, fold, broken }, ...policy }).out.loss);
    const judged = p.add(judge, { params: { shift, fails }, inputs: { first: folds[0]! }, ...policy }).out;
    const { page } = p.add(report, { params: { fails }, inputs: { early: judged.early }, ...policy }).out;
    return { early: judged.early, losses: judged.losses, events: judged.events, page };
  },
});
`;

const EXPERIMENT = `
import { experiment } from 'restage';
import own from './own.ts';

export default experiment({
  name: 'parts',
  pipeline: own,
  file: './own.ts',
  branches: (base) => [
    base.with({ broken: 1 }).as('broken'),
    base.with({ fails: true }).as('unreported'),
    base.with({ shift: 2 }).as('shifted'),
  ],
  seeds: 2,
  metrics: {
    folds: { of: 'fit.loss', better: 'lower', design: 'cross-validation' },
    mean: { of: 'fit.loss', better: 'lower', design: 'fixed-test-set' },
    early: { of: 'early.loss', better: 'lower', design: 'fixed-test-set' },
    list: { of: 'losses', better: 'lower', design: 'events' },
    column: { of: 'events.loss', better: 'lower', design: 'events' },
  },
});
`;

interface Row {
  readonly variant: string;
  readonly n: number;
  readonly events: number | null;
  readonly difference: number | null;
  readonly estimate: { readonly low?: number };
  readonly missing: readonly { readonly name: string; readonly variant: { readonly why: string } | null }[];
}

const project = makeInProcessProject('study');
const call = (...args: string[]) => project.restage([...args, '--cache', project.cache]);
const rows = new Map<string, Row>();

beforeAll(async () => {
  project.write('own.ts', PIPELINE);
  project.write('parts.ts', EXPERIMENT);
  const done = await call('ablate', 'parts.ts', '--json');
  expect(done.code).toBe(1);
  const { tables } = JSON.parse(done.stdout) as {
    readonly tables: readonly { readonly metric: { readonly name: string }; readonly rows: readonly Row[] }[];
  };
  for (const { metric, rows: own } of tables) for (const row of own) rows.set(`${metric.name} ${row.variant}`, row);
});

describe('of a branch that did not finish', () => {
  test('the folds that finished make pairs, and those that failed are named', () => {
    const { n, missing } = rows.get('folds broken')!;
    expect(n).toBe(4);
    expect(missing.map(({ name, variant }) => [name, variant?.why])).toEqual([
      ['seed=0, fold=1', 'fit@fold=1 did not finish'],
      ['seed=1, fold=1', 'fit@fold=1 did not finish'],
    ]);
  });

  test('a mean over folds of which one failed is not a value', () => {
    expect(rows.get('mean broken')).toMatchObject({ n: 0, missing: [{ name: 'seed=0' }, { name: 'seed=1' }] });
  });

  test('a result of a node that finished counts, also where a later stage failed', () => {
    for (const metric of ['folds', 'mean', 'early', 'list'])
      expect(rows.get(`${metric} unreported`)).toMatchObject({ n: metric === 'folds' ? 6 : 2, missing: [] });
    expect(rows.get('early broken')).toMatchObject({ n: 2, difference: 0 });
  });

  test('costs are what it has', async () => {
    const done = JSON.parse((await call('ablate', 'parts.ts', '--json')).stdout) as {
      readonly costs: { readonly branches: Readonly<Record<string, { readonly alone: number }>> };
    };
    const { branches } = done.costs;
    expect(branches['unreported']!.alone).toBeGreaterThan(0);
  });
});

describe('a metric of events', () => {
  test('has an interval over the events of a list, and the same of a column of a table', () => {
    const list = rows.get('list shifted')!;
    expect(list).toMatchObject({ n: 2, events: 30 });
    expect(list.estimate.low).toBeLessThan(list.difference!);
    expect(rows.get('column shifted')).toEqual(list);
  });

  test('is explained by how, with the outputs that have the values', async () => {
    const { stdout } = await call('how', 'effect:parts/shifted/column/low');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('over 30 events');
    expect(stdout).toContain('own/judge');
  });

  test('of something else than a list of numbers is refused by name', async () => {
    const refused = await call('ablate', 'own.ts', '-S', 'shift=1,2', '--metric', 'page:lower:events');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('page is not a list of numbers, one for each event');
  });
});
