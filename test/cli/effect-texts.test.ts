/** An effect table as the terminal, Markdown, LaTeX and CSV show it, of hand-made values. */
import { describe, expect, test } from 'vitest';
import type { Screen } from '../../src/cli/output/screen.ts';
import {
  EFFECT_CSV_COLUMNS,
  effectCsv,
  effectLatex,
  effectLines,
  effectMarkdown,
} from '../../src/cli/show/studies/effect-table.ts';
import { type EffectTable, effectTable, type TableMetric } from '../../src/core/statistics/effect-table.ts';
import type { Observation } from '../../src/core/statistics/observations.ts';
import { styleFor } from '../../src/ui/text/style.ts';

const METRIC: TableMetric = { name: 'ams', better: 'higher', design: { kind: 'fixed-test-set' } };

function values(branch: string, ...each: readonly number[]): readonly Observation[] {
  return each.map((value, seed) => ({ branch, seed, found: { kind: 'value', value } }));
}

interface Given {
  readonly metric?: TableMetric;
  readonly changes?: string;
  readonly more?: readonly Observation[];
}

const LONG = 'without-test-time-augmentation';

/** Worse by about 0.1, and about the same. */
function table({ metric = METRIC, changes = 'predict.rotMult=0', more = [] }: Given = {}): EffectTable {
  return effectTable({
    metric,
    base: 'base',
    variants: [
      { name: LONG, changes },
      { name: 'wider', changes: 'network.width=66' },
    ],
    observations: [
      ...values('base', 3.31, 3.12, 3.05, 2.9),
      ...values(LONG, 3.2, 3.03, 2.94, 2.8),
      ...values('wider', 3.32, 3.1, 3.06, 2.91),
      ...more,
    ],
  });
}

const screen = (width = Number.POSITIVE_INFINITY, isTerminal = false): Screen => ({
  style: styleFor(isTerminal, {}),
  width,
});

/** All rows, without the notes below them. */
const rows = (lines: readonly string[]): readonly string[] => lines.slice(0, lines.indexOf(''));

describe('an effect table on the terminal', () => {
  test('has a row for each variant, with its interval, and says what the numbers are', () => {
    expect(effectLines(table(), screen())).toMatchInlineSnapshot(`
      [
        "variant                         changes            pairs    base    mean  difference  95 % interval       wins  p (Holm)",
        "without-test-time-augmentation  predict.rotMult=0      4  3.0950  2.9925     -0.1025  [-0.1177, -0.0873]  0/4     0.0004",
        "wider                           network.width=66       4  3.0950  3.0975     +0.0025  [-0.0214, +0.0264]  3/4     0.7608",
        "",
        "ams: higher is better. Differences are variant - base over pairs of one seed; 95 % intervals.",
        "Design: fixed test set, a score for each seed; standard error s / sqrt(J). It covers training noise, given",
        "  this test set; another test set may give another answer.",
        "Seeds 0, 1, 2, 3. p-values are two-sided, corrected by Holm for 2 variants; intervals are not corrected.",
      ]
    `);
  });

  test.each([80, 100, 120])(
    'has no line of more than %i columns, and keeps the difference with its interval',
    (width) => {
      for (const metric of [METRIC, { ...METRIC, rope: 0.05 }]) {
        const lines = effectLines(table({ metric, changes: 'predict.rotMult=0, predict.flips=false' }), screen(width));
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
        expect(rows(lines)[0]).toContain('95 % interval');
        expect(rows(lines)[1]).toMatch(/^without-test-ti.*-0\.1025 .*\[-0\.1177, -0\.0873\].*0\.0004/);
      }
    },
  );

  test('has no column of changes where the names tell them', () => {
    const names = ['method=adam,rate=0.01', 'method=adam,rate=0.02'];
    const swept = effectTable({
      metric: METRIC,
      base: 'base',
      variants: names.map((name) => ({ name, changes: name.replace(',', ', ') })),
      observations: ['base', ...names].flatMap((name, at) => values(name, at, at + 0.1, at + 0.3, at + 0.2)),
    });
    for (const width of [80, 100, Number.POSITIVE_INFINITY]) {
      const shown = rows(effectLines(swept, screen(width)));
      expect(shown[0]).not.toContain('changes');
      expect(shown.slice(1).map((line) => line.split(' ')[0])).toEqual(names);
    }
    expect(effectMarkdown(swept)[0]).toContain('changes');
  });

  test('is green where a variant is better, red where it is worse, and plain where the interval holds 0', () => {
    const paint = (better: 'higher' | 'lower') =>
      rows(effectLines(table({ metric: { ...METRIC, better } }), screen(120, true)));
    expect(paint('higher')[1]).toContain('\u001b[31m');
    expect(paint('lower')[1]).toContain('\u001b[32m');
    expect(paint('higher')[2]).not.toContain('\u001b[3');
  });

  test('has chances of being worse, the same or better, if a size is given that does not matter', () => {
    const [head, first, second] = rows(effectLines(table({ metric: { ...METRIC, rope: 0.05 } }), screen()));
    expect(head).toMatch(/worse\/same\/better$/);
    expect(first).toMatch(/1\.00\/0\.00\/0\.00$/);
    expect(second).toMatch(/0\.00\/0\.99\/0\.00$/);
  });
});

describe('what is missing in an effect table', () => {
  const gone: readonly Observation[] = [
    { branch: 'base', seed: 4, found: { kind: 'value', value: 3 } },
    { branch: LONG, seed: 4, found: { kind: 'failed', why: 'train-fold@fold=3 and 2 more did not finish' } },
    { branch: 'wider', seed: 4, found: { kind: 'value', value: Number.NaN } },
  ];

  test('is named with the side that lacks it, and why, and is counted in the row', () => {
    const lines = effectLines(table({ more: gone }), screen());
    expect(rows(lines)[1]).toContain('4 of 5');
    const said = lines.join('\n').replaceAll('\n  ', ' ');
    expect(said).toContain(`${LONG} lacks the pair seed=4: the variant: train-fold@fold=3 and 2 more did not finish.`);
    expect(said).toContain('wider lacks the pair seed=4: the variant is NaN.');
    expect(said).toContain('base has values for 5 seeds: 0, 1, 2, 3, 4.');
  });

  test('is named in Markdown and LaTeX too', () => {
    for (const lines of [effectMarkdown(table({ more: gone })), effectLatex(table({ more: gone }))])
      expect(lines.join('\n')).toContain('lacks the pair seed=4: the variant: train-fold@fold=3');
  });

  test.each([
    ['one seed', [3], [2.9], 'one pair has no spread; give more seeds'],
    ['differences that are equal', [3, 4], [2, 3], 'all of its differences are the same'],
    ['no value', [3, 4], [], 'no pair has both values'],
  ] as const)('an interval has its reason: %s', (_, base, variant, why) => {
    const made = effectTable({
      metric: METRIC,
      base: 'base',
      variants: [{ name: 'a', changes: 'x=1' }],
      observations: [...values('base', ...base), ...values('a', ...variant)],
    });
    const lines = effectLines(made, screen());
    expect(lines.join('\n')).toContain(`a has no interval: ${why}`);
    expect(rows(lines)[1]).not.toContain('[');
    expect(effectCsv(made)[0]![EFFECT_CSV_COLUMNS.indexOf('low')]).toBeUndefined();
  });
});

describe('an effect table as Markdown', () => {
  test('is a table of as many cells in each row, whatever a text holds', () => {
    const lines = rows(effectMarkdown(table({ changes: 'a="x|y",\nb="<b>`*\\"' })));
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line.match(/(?<!\\)\|/g)).toHaveLength(10);
    expect(lines[2]).toContain('a="x\\|y", b="\\<b>\\`\\*\\\\"');
  });
});

describe('an effect table as LaTeX', () => {
  const lines = effectLatex(table({ changes: 'a_b="50 % of $x^2 & #{~}\\" <1>' }));

  test('has a minus where a number is below 0, and hyphens in names', () => {
    expect(lines[6]).toMatch(
      /^without-test-time-augmentation & .*\$-\$0\.1025 & \[\$-\$0\.1177, \$-\$0\.0873\] & 0\/4 & .*\\\\$/,
    );
  });

  test('has no special sign that is not escaped, and as many cells as columns', () => {
    const body = lines.slice(4, -3).filter((line) => line.endsWith('\\\\'));
    expect(body).toHaveLength(3);
    for (const line of body) expect(line.match(/(?<!\\)&/g)).toHaveLength(8);
    expect(lines[2]).toBe('\\begin{tabular}{llrrrrrrr}');
    expect(lines[6]).toContain(
      'a\\_b="50 \\% of \\$x\\textasciicircum{}2 \\& \\#\\{\\textasciitilde{}\\}\\textbackslash{}" $<$1$>$',
    );
  });

  test('closes what it opens', () => {
    const count = (pattern: RegExp) => lines.join('\n').match(pattern)!.length;
    expect(count(/\\begin\{/g)).toBe(count(/\\end\{/g));
    expect(count(/(?<!\\)\{/g)).toBe(count(/(?<!\\)\}/g));
    expect(count(/(?<!\\)\$/g) % 2).toBe(0);
  });
});

test('an effect table as CSV has every number in full, in the order of its columns', () => {
  const made = table({ metric: { ...METRIC, rope: 0.05 } });
  const [first] = effectCsv(made);
  const record = Object.fromEntries(EFFECT_CSV_COLUMNS.map((name, index) => [name, first![index]]));
  const [row] = made.rows;
  expect(first).toHaveLength(EFFECT_CSV_COLUMNS.length);
  expect(record).toMatchObject({
    metric: 'ams',
    variant: LONG,
    pairs: 4,
    missing: 0,
    difference: row!.difference,
    low: row!.estimate.kind === 'interval' && row!.estimate.low,
    holmP: row!.holmP,
    wins: 0,
    losses: 4,
    worse: row!.equivalence!.worse,
  });
  expect(String(record['difference']).length).toBeGreaterThan(12);
});
