/** Effect tables on record: every number of a table, and every file that has it, can be asked how it came about. */
import { beforeAll, describe, expect, test } from 'vitest';
import { findCells } from '../../src/audit/effects/find-cell.ts';
import { recordedEffects } from '../../src/audit/effects/recorded-table.ts';
import { effectCells } from '../../src/cli/show/studies/effect-rows.ts';
import type { EffectInputs } from '../../src/core/statistics/effect-record.ts';
import { Cache } from '../../src/store/cache.ts';
import { makeInProcessProject } from '../helpers/in-process-project.ts';

const EXPERIMENT = `
import { experiment } from 'restage';
import study from './index.ts';

export default experiment({
  name: 'worth',
  pipeline: study,
  components: { speed: { off: { train: { rate: 0.01 } } }, folds: { off: { folds: 1 } } },
  branches: (base) => [...base.leaveOneOut(['speed']), ...base.cumulative(['speed', 'folds'])],
  seeds: 3,
  metrics: {
    loss: { of: 'fit.validation loss', better: 'lower', design: 'fixed-test-set', equivalence: 0.01 },
    'first/loss': { of: 'fit@fold=0.validation loss', better: 'lower', design: 'fixed-test-set' },
  },
});
`;

interface Table {
  readonly digest: string;
  readonly isPath: boolean;
  readonly metric: { readonly name: string };
  readonly rows: readonly { readonly variant: string; readonly base: string; readonly difference: number }[];
}

interface Effects {
  readonly run: number;
  readonly tables: readonly (Table & { readonly values: EffectInputs['values'] })[];
}

function lab() {
  const project = makeInProcessProject('study');
  project.write('worth.ts', EXPERIMENT);
  const call = (...args: string[]) => project.restage([...args, '--cache', project.cache]);
  const json = async (...args: string[]): Promise<unknown> => JSON.parse((await call(...args, '--json')).stdout);
  return { project, call, json };
}

const made = lab();
const { call, project } = made;
let tables: readonly Table[];

beforeAll(async () => {
  tables = ((await made.json('ablate', 'worth.ts')) as { readonly tables: readonly Table[] }).tables;
});

test('each metric has a table against the base, and one of the steps of each cumulative path', () => {
  expect(
    tables.map(({ metric, isPath, rows }) => [metric.name, isPath, rows.map((row) => [row.base, row.variant])]),
  ).toEqual(
    ['loss', 'first/loss'].flatMap((metric) => [
      [
        metric,
        false,
        [
          ['base', 'without-speed'],
          ['base', 'plain'],
          ['base', 'without-folds'],
        ],
      ],
      [
        metric,
        true,
        [
          ['plain', 'without-folds'],
          ['without-folds', 'base'],
        ],
      ],
    ]),
  );
});

describe('how', () => {
  test('of a number tells the pairs, each step to the number, and the lineage of every value', async () => {
    const { stdout, code } = await call('how', 'effect:worth/without-speed/loss/difference');
    expect(code).toBe(0);
    const said = stdout.replaceAll(/\s+/g, ' ');
    const { difference } = tables[0]!.rows[0]!;
    expect(said).toContain('is the difference of without-speed to base, in loss of experiment worth');
    expect(said).toContain('The difference is the mean of the 3 differences without-speed - base');
    expect(said).toContain(String(Number(difference.toPrecision(8))));
    for (const words of [
      'seed=0',
      'seed=2',
      'with 2 degrees of freedom',
      'Holm corrects p for',
      'data.txt',
      'restage ablate',
    ])
      expect(said).toContain(words);
  });

  test('finds a number as the table printed it, and one of full length', async () => {
    const { stdout } = await call('ablate', 'worth.ts', '--markdown');
    const printed = /^\| without-speed \|[^|]*\|[^|]*\|[^|]*\|[^|]*\| ([^|]+) \|/m.exec(stdout)![1]!;
    expect((await call('how', printed)).stdout.replaceAll(/\s+/g, ' ')).toContain(
      `${printed} is the difference of without-speed to base, in loss`,
    );
    const whole = String(tables[0]!.rows[0]!.difference);
    expect((await call('how', whole)).stdout).toContain('is the difference of without-speed to base');
  });

  test.each([['--csv'], ['--latex'], ['--markdown'], ['--json']])(
    'finds a file that %s wrote by its content',
    async (form) => {
      project.write(`effects${form}`, (await call('ablate', 'worth.ts', form)).stdout);
      const { stdout } = await call('how', `./effects${form}`);
      expect(stdout).toContain(`./effects${form} has the effect tables of experiment worth`);
    },
  );

  test('finds a forest plot by its content', async () => {
    await call('ablate', 'worth.ts', '--forest', 'forest.svg');
    expect((await call('how', 'forest.svg')).stdout).toContain('forest.svg has the effect tables of experiment worth');
  });

  test('draws the values as roots, by seed', async () => {
    const { stdout } = await call('how', 'effect:worth/without-speed/loss', '--tree');
    for (const branch of ['base', 'without-speed'])
      for (const seed of [0, 1, 2])
        expect(stdout).toMatch(new RegExp(`^[├└]─ ${branch}, seed=${seed}: \\S*fit@fold=0`, 'm'));
    expect((await call('how', 'effect:worth/without-speed/loss', '--dot')).stdout).toContain('without-speed');
  });

  test('of a step compares it with the one before', async () => {
    const { stdout } = await call('how', 'effect:worth/base~without-folds/loss/difference');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('the difference of base to without-folds, in loss');
  });

  test.each([
    ['effect:worht', 'No experiment and no effect table is called worht (did you mean "worth"?)'],
    ['effect:worth/plian', 'there is no row of plian (did you mean "plain"?)'],
    ['effect:worth/plain/lss', 'has no lss (did you mean "loss"?)'],
    ['effect:worth/plain/loss/p-value', 'A row of an effect table has no p-value'],
    ['effect:worth/plain/difference', 'may be 2 numbers'],
    ['effect:worth/plain~speed', 'plain is not compared with speed, but with base'],
  ])('of %s, which does not exist, names what does', async (word, words) => {
    const { code, stderr } = await call('how', word);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});

test.each(['get', 'diff'])('%s wants one table, and no row or number of it', async (verb) => {
  const words = (word: string) => (verb === 'diff' ? [verb, word, word] : [verb, word]);
  for (const [word, refusal] of [
    ['effect:worth', 'name one by its digest'],
    ['effect:worth/without-speed/loss/difference', 'is a row of an effect table, or a number in it'],
  ] as const) {
    const { code, stderr } = await call(...words(word));
    expect(code).toBe(2);
    expect(stderr).toContain(refusal);
  }
});

test('every number that a table prints is found by its digits alone, however few they are', async () => {
  await Cache.using(Cache.openToLook(project.cache), (cache) => {
    for (const record of cache.query.effects.latest(1)) {
      const { table } = recordedEffects(cache, record);
      for (const row of table.rows) {
        const [, , , base, mean, difference, interval] = effectCells(row, table);
        const [, low, high] = /^\[(.+), (.+)\]$/.exec(interval!) ?? [];
        for (const [cell, printed] of Object.entries({ base, mean, difference, low, high })) {
          if (printed === undefined || printed === '') continue;
          const found = findCells(cache, printed, () => false);
          expect(found.some((each) => each.cell === cell && each.record.key === record.key)).toBe(true);
        }
      }
    }
  });
});

test('show prints the table by its digest, and every value with the states that it is of', async () => {
  const { stdout } = await call('show', tables[0]!.digest.slice(0, 8));
  expect(stdout).toContain(`effect table ${tables[0]!.digest}`);
  expect(stdout).toContain('effects on loss in experiment worth');
  const { tables: shown } = (await made.json('show', 'effect:worth')) as Effects;
  expect(shown.map(({ digest }) => digest)).toEqual(tables.map(({ digest }) => digest));
  for (const { values } of shown)
    for (const { value, sources } of values) expect(sources.length > 0).toBe(value !== null);
});

test('uses of a state names the tables that rest on it', async () => {
  const { stdout } = await call('uses', 'worth/plain/seed-1/fit@fold=0');
  expect(stdout).toContain('effect tables that rest on it');
  expect(stdout).toMatch(new RegExp(`${tables[0]!.digest.slice(0, 8)} +effects on loss in worth`));
  const { effects } = (await made.json('uses', 'data.txt')) as {
    readonly effects: readonly { readonly table: string }[];
  };
  expect(new Set(effects.map(({ table }) => table))).toEqual(new Set(tables.map(({ digest }) => digest)));
});

test('the same values give the same table, byte for byte, in another cache and in a later run', async () => {
  const bytes = (await call('get', tables[0]!.digest)).stdout;
  const again = (await made.json('ablate', 'worth.ts')) as Effects;
  expect(again.tables.map(({ digest }) => digest)).toEqual(tables.map(({ digest }) => digest));
  const elsewhere = ['--cache', project.beside('other-cache')];
  await project.restage(['ablate', 'worth.ts', ...elsewhere]);
  expect((await project.restage(['get', tables[0]!.digest, ...elsewhere])).stdout).toBe(bytes);
  // With other seeds it is another table.
  const fewer = (await made.json('ablate', 'worth.ts', '--seeds', '2')) as Effects;
  expect(fewer.tables[0]!.digest).not.toBe(tables[0]!.digest);
});
