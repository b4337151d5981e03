/** What the variants of an experiment are worth: tables, forest plots, and the states that each value is of. */
import type { ReportBranch, ReportEffects } from '../../audit/report/study.ts';
import type { RunReportFacts } from '../../audit/report/run-report.ts';
import { type CellName, printedCell } from '../../core/statistics/effect-cell.ts';
import type { EffectRow, EffectTable } from '../../core/statistics/effect-table.ts';
import { plural } from '../../ui/text/format.ts';
import { forestPlot, PAGE_THEME } from '../forest-plot.ts';
import { type Anchors, PARTS, partLink } from './anchors.ts';
import { embedded } from './drawn.ts';
import { restNote, tableHtml } from './figure.ts';
import { type Html, type HtmlValue, markup } from './html.ts';
import { digestWord, numberWord } from './words.ts';

export async function effectsSection({ study, cost }: RunReportFacts, anchors: Anchors): Promise<Html | string> {
  if (study === null) return '';
  const tables = await Promise.all(study.effects.map((effects, index) => effectsHtml(effects, index, anchors)));
  return markup`<section id="effects"><h2>What each variant is worth</h2>
${tables.length === 0 ? markup`<p class="note">No effect table is on record: the experiment has no metrics, or is not complete.</p>` : tables}
<details class="card"><summary>${plural(new Set(study.branches.map(({ branch }) => branch)).size, 'branch', 'branches')}, ${plural(study.branches.length, 'branch with a seed', 'branches with a seed')}</summary><div id="${PARTS.branches}">${tableHtml(
    {
      columns: ['branch', 'seed', 'run', 'made by', 'not finished'],
      rows: study.branches.map((branch) => branchRow(branch, anchors)),
    },
    'Branches of the experiment',
  )}</div></details>
<p class="muted">All branches are one run, number ${partLink(PARTS.lineage, String(cost.run))}, in which they share what they can.</p>
</section>`;
}

const MOST_SOURCES = 12;

/** A branch of which nothing was made leads to the nodes of the run, which failed. */
function branchRow({ branch, seed, run, states, missing }: ReportBranch, anchors: Anchors): readonly HtmlValue[] {
  const made = markup`${states.slice(0, MOST_SOURCES).map((state) => markup`${anchors.namedState(state)} `)}${states.length > MOST_SOURCES ? `and ${states.length - MOST_SOURCES} more` : ''}`;
  const name = states.length === 0 ? partLink(PARTS.lineage, branch) : branch;
  return [name, seed, run ?? '–', made, missing.join(', ')];
}

async function effectsHtml({ digest, table, values }: ReportEffects, index: number, anchors: Anchors): Promise<Html> {
  const { metric, rows, isPath, base } = table;
  const place = (n: number): string => `e${index}-${n}`;
  const columns: readonly (readonly [string, CellName])[] = [
    [isPath ? 'step before' : base, 'base'],
    ['variant', 'mean'],
    ['difference', 'difference'],
    ['from', 'low'],
    ['to', 'high'],
    ['p (Holm)', 'holm'],
    ['pairs', 'pairs'],
    ['wins', 'wins'],
    ...(metric.rope === undefined
      ? []
      : ([
          ['worse', 'worse'],
          ['same', 'same'],
          ['better', 'better'],
        ] as const)),
  ];
  // A name that says what changes says it once.
  const hasChanges = rows.some(({ variant, changes }) => changes !== variant);
  const cells = rows.map((row, n) => [
    markup`<strong>${isPath ? `${row.base} → ${row.variant}` : row.variant}</strong>`,
    ...(hasChanges ? [row.changes] : []),
    ...columns.map(([, cell]) => {
      const printed = printedCell(row, cell);
      return printed === null
        ? '–'
        : markup`<a class="made" href="#${place(n)}" title="the values behind it">${printed}</a>`;
    }),
  ]);
  return markup`<div class="effects"><h3>${metric.name}${isPath ? ', step by step' : ''}</h3>
<figure class="forest"><div class="scroll" tabindex="0" role="region" aria-label="Forest plot of ${metric.name}">${embedded(await forestPlot(table, PAGE_THEME))}</div>
<figcaption class="source">from <a href="#e${index}">these values</a></figcaption></figure>
${tableHtml({ columns: ['variant', ...(hasChanges ? ['changes'] : []), ...columns.map(([name]) => name)], rows: cells }, `Effects on ${metric.name}`, 'numbers')}
${footerHtml(table, `e${index}`)}
<div id="e${index}"><p class="muted">Recorded as ${digestWord(digest)}. Each value below leads to the state that it is of.</p>
${rows.map((row, n) => valuesHtml(row, place(n), values, anchors))}</div>
</div>`;
}

/** @param values where the values are that the table was worked out from */
function footerHtml({ footer, isPath }: EffectTable, values: string): Html {
  const { design, better, level, seeds, comparisons, rope, metric } = footer;
  return markup`<p class="note">${metric}: ${better} is better. Differences are ${isPath ? 'each step less the one before' : 'variant less base'}, over pairs of one seed${footer.folds.length > 0 ? ' and fold' : ''}, with ${Math.round(100 * level)} % intervals. Design: ${design.name}; standard error ${design.correction}. It covers ${design.meaning}. Worked out from <a href="#${values}">these values</a>, of seeds ${seeds.join(', ')}.${comparisons > 1 ? ` p-values are corrected by Holm for ${comparisons} variants; intervals are not corrected.` : ''}${rope === null ? '' : ` A difference of at most ${rope} counts as the same.`}${footer.incompleteRows.length === 0 ? '' : ` Rows that lack pairs: ${footer.incompleteRows.join(', ')}.`}</p>`;
}

const MOST_VALUES = 400;

/** The values of both sides of a row, each with a link to the states that it is of. */
function valuesHtml(row: EffectRow, id: string, values: ReportEffects['values'], anchors: Anchors): Html {
  const own = values.filter(({ branch }) => branch === row.variant || branch === row.base);
  const rows = own
    .slice(0, MOST_VALUES)
    .map(({ branch, seed, fold, value, why, sources }) => [
      sources.length === 0 ? partLink(PARTS.branches, branch) : branch,
      seed,
      ...(own.some((each) => each.fold !== null) ? [fold ?? ''] : []),
      value === null ? (why ?? '–') : anchors.madeState(sources[0]?.state, numberWord(value)),
      markup`${sources.slice(0, MOST_SOURCES).map(({ state, node, name }) => markup`${anchors.namedState(state, node)} ${name} `)}${sources.length > MOST_SOURCES ? `and ${sources.length - MOST_SOURCES} more` : ''}`,
    ]);
  const hasFolds = own.some((each) => each.fold !== null);
  return markup`<details class="how"><summary>Values of ${row.variant} and ${row.base}</summary><div id="${id}">${tableHtml(
    { columns: ['branch', 'seed', ...(hasFolds ? ['fold'] : []), 'value', 'made by'], rows },
    `Values of ${row.variant} and ${row.base}`,
  )}${own.length > MOST_VALUES ? restNote(`The first ${MOST_VALUES} of ${own.length} values.`) : ''}</div></details>`;
}
