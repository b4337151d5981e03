/**
 * The table of the overview for an experiment: the shared work on top, then a row a branch, with a column for each
 * seed, or their counts where there are too many, and the first metric as far as it is known.
 */
import { cutMiddle } from '../text/cells.ts';
import { plural, shortNumber } from '../text/format.ts';
import {
  type CellPhase,
  type ExperimentRow,
  type ExperimentView,
  meanDifference,
  meanValue,
  phaseOfCounts,
  withState,
} from '../model/experiment-view.ts';
import { column, cutLine, type Line, type Span, span, type Tone } from '../text/view-line.ts';

const GAP = 2;
const NAME = { least: 14, wanted: 24 };
/** Of `▸ 42%`, and of the first title, `seed 0`. */
const SEED = 4;
const FIRST_SEED = 6;
const COUNT = 7;
const METRIC = { least: 7, most: 12 };
const DIFFERENCE = 9;

/** The heading and at most `rows` lines. */
export function branchTable(view: ExperimentView, rows: number, width: number): readonly Line[] {
  const columns = columnsFor(view, width);
  const lines = visibleRows(view, rows).map((row) =>
    'rest' in row ? [span(row.rest, 'faint')] : rowLine(view, row, columns),
  );
  const spare = rows - lines.length;
  return [heading(view, columns), ...lines, ...(spare > 0 ? [LEGEND] : [])].map((line) => cutLine(line, width));
}

/** How many rows the table can fill, without its heading. */
export function branchRows({ branches, shared }: ExperimentView, withLegend: boolean): number {
  return branches.length + (shared.all.nodes > 0 ? 1 : 0) + (withLegend ? 1 : 0);
}

interface Columns {
  readonly name: number;
  /** Width of the column of nodes; 0 where there is no room. */
  readonly done: number;
  /** How the seeds are shown: each in a column, or counted. */
  readonly seeds: 'each' | 'counted';
  readonly metric: number;
  readonly difference: number;
}

function columnsFor(view: ExperimentView, width: number): Columns {
  const { branches, shared, seeds } = view;
  const rows = [shared, ...branches];
  const longest = Math.max(...rows.map((row) => nameOf(row).length), NAME.least);
  const wanted = Math.min(longest, NAME.wanted);
  const each = seeds.length === 0 ? 0 : GAP + FIRST_SEED + (seeds.length - 1) * (1 + SEED);
  const seedsWidth = NAME.least + each <= width ? each : 3 * (GAP + COUNT);
  let room = width - NAME.least - seedsWidth;
  const title = view.outline.metrics[0]?.name.length ?? 0;
  const take = (cells: number): number => {
    if (room < cells + GAP) return 0;
    room -= cells + GAP;
    return cells;
  };
  const more = (cells: number): number => {
    const taken = Math.max(0, Math.min(cells, room));
    room -= taken;
    return taken;
  };
  let metric = take(METRIC.least);
  let name = NAME.least + more(wanted - NAME.least);
  const done = take(Math.max(5, ...rows.map(({ all }) => 2 * String(all.nodes).length + 1)));
  if (metric > 0) metric += more(Math.min(METRIC.most, Math.max(METRIC.least + 4, title)) - metric);
  const difference = metric === 0 ? 0 : take(DIFFERENCE);
  name += more(longest - name);
  return { name, done, seeds: seedsWidth === each ? 'each' : 'counted', metric, difference };
}

function heading({ seeds, outline }: ExperimentView, { name, done, seeds: how, metric, difference }: Columns): Line {
  const right = (title: string, cells: number): Line =>
    cells === 0 ? [] : [column(title, cells + GAP, 'faint', 'right')];
  const seedTitles =
    how === 'counted'
      ? ['seeds', 'running', 'failed'].flatMap((title) => right(title, COUNT))
      : seeds.map((seed, k) =>
          k === 0
            ? column(`seed ${seed}`, GAP + FIRST_SEED, 'faint', 'right')
            : column(String(seed), 1 + SEED, 'faint', 'right'),
        );
  return [
    column('branch', name, 'faint'),
    ...right('nodes', done),
    ...seedTitles,
    ...right(outline.metrics[0]?.name ?? '', metric),
    ...right('- base', difference),
  ];
}

function rowLine(view: ExperimentView, row: ExperimentRow, columns: Columns): Line {
  const { name, done, seeds, metric, difference } = columns;
  const phase = rowPhase(view, row);
  const base = view.branches[0]!;
  const isOver = phase === 'done' || phase === 'found';
  const nodes = `${withState(row.all)}/${row.all.nodes}`;
  return [
    column(cutMiddle(nameOf(row), name), name, phase === 'running' ? 'strong' : isOver ? 'plain' : 'faint'),
    ...(done === 0 ? [] : [column(nodes, done + GAP, isOver ? 'plain' : 'faint', 'right')]),
    ...(seeds === 'each' ? seedCells(view, row) : seedCounts(view, row)),
    ...(metric === 0 ? [] : [column(metricWord(row, metric), metric + GAP, 'plain', 'right')]),
    ...(difference === 0
      ? []
      : [column(row === base ? '' : differenceWord(row, base), difference + GAP, 'plain', 'right')]),
  ];
}

function nameOf({ branch }: ExperimentRow): string {
  return branch ?? 'shared by all';
}

function seedCells(view: ExperimentView, row: ExperimentRow): readonly Span[] {
  return view.seeds.map((seed, k) => {
    const phase = view.phaseOf(row, seed);
    const cell = row.cells.get(seed)!;
    const width = k === 0 ? GAP + FIRST_SEED : 1 + SEED;
    return phase === undefined
      ? span(' '.repeat(width))
      : column(cellWord(phase, withState(cell) / Math.max(1, cell.nodes)), width, TONES[phase], 'right');
  });
}

function seedCounts(view: ExperimentView, row: ExperimentRow): readonly Span[] {
  const phases = [...row.cells.keys()].map((seed) => view.phaseOf(row, seed)!);
  const count = (...which: readonly CellPhase[]): number => phases.filter((phase) => which.includes(phase)).length;
  const number = (value: number, tone: Tone): Span =>
    column(value === 0 ? '' : String(value), COUNT + GAP, tone, 'right');
  const done = count('done', 'found');
  return [
    column(`${done}/${phases.length}`, COUNT + GAP, done === phases.length ? 'good' : 'plain', 'right'),
    number(count('running'), 'live'),
    number(count('failed', 'skipped'), 'bad'),
  ];
}

const TONES: Readonly<Record<CellPhase, Tone>> = {
  waiting: 'faint',
  begun: 'plain',
  running: 'live',
  done: 'good',
  found: 'good',
  failed: 'bad',
  skipped: 'warn',
  interrupted: 'warn',
};

/** Also without colours each phase has its own look. */
function cellWord(phase: CellPhase, share: number): string {
  switch (phase) {
    case 'waiting':
      return '·';
    case 'begun':
      return percent(share);
    case 'running':
      return `▸${percent(share)}`;
    case 'done':
      return '✓';
    case 'found':
      return '=';
    case 'failed':
      return '✗';
    case 'skipped':
      return '–';
    case 'interrupted':
      return '!';
  }
}

function percent(share: number): string {
  return `${Math.min(99, Math.floor(100 * share))}%`;
}

/** What the signs mean. */
export const LEGEND: Line = [
  span('✓', 'good'),
  span(' done  ', 'faint'),
  span('=', 'good'),
  span(' found  ', 'faint'),
  span('▸', 'live'),
  span(' running  ', 'faint'),
  span('%', 'plain'),
  span(' begun  ', 'faint'),
  span('·', 'plain'),
  span(' waiting  ', 'faint'),
  span('✗', 'bad'),
  span(' failed  ', 'faint'),
  span('–', 'warn'),
  span(' skipped', 'faint'),
];

/** The mean over the seeds that have it; how many these are, where others are missing. */
function metricWord(row: ExperimentRow, width: number): string {
  const value = meanValue(row);
  if (value === null) return '';
  const word = shortNumber(value);
  const count = ` (${row.values.size})`;
  return row.values.size < row.cells.size && word.length + count.length <= width ? word + count : word;
}

function differenceWord(row: ExperimentRow, base: ExperimentRow): string {
  const difference = meanDifference(row, base);
  if (difference === null) return '';
  return difference > 0 ? `+${shortNumber(difference)}` : shortNumber(difference);
}

function rowPhase(view: ExperimentView, row: ExperimentRow): CellPhase {
  return phaseOfCounts(row.all.nodes > 0 ? row.all : view.shared.all);
}

type Row = ExperimentRow | { readonly rest: string };

/** All rows, or those in which something happens, with a word about the rest. Complete branches are dropped first. */
function visibleRows(view: ExperimentView, rows: number): readonly Row[] {
  const { shared, branches } = view;
  const all = shared.all.nodes > 0 ? [shared, ...branches] : branches;
  if (all.length <= rows) return all;
  const excess = all.length - rows + 1;
  const rank = (row: ExperimentRow): number => RANKS[rowPhase(view, row)];
  const hidden = new Set<ExperimentRow>();
  for (const level of [0, 1, 2, 3]) {
    const candidates = all.filter((row) => rank(row) === level);
    for (const row of level === 0 ? candidates : candidates.reverse()) if (hidden.size < excess) hidden.add(row);
  }
  const hiddenBranches = branches.filter((row) => hidden.has(row));
  const over = hiddenBranches.filter((row) => rank(row) === 0).length;
  const words = [
    ...(hidden.has(shared) ? ['the shared work'] : []),
    ...(over > 0 ? [`${plural(over, 'branch', 'branches')} done`] : []),
    ...(hiddenBranches.length > over ? [`${hiddenBranches.length - over} to come`] : []),
  ];
  return [...all.filter((row) => !hidden.has(row)), { rest: `… and ${words.join(', ')}` }];
}

/** What is worth a row: the higher the more. */
const RANKS: Readonly<Record<CellPhase, number>> = {
  found: 0,
  done: 0,
  waiting: 1,
  interrupted: 2,
  begun: 2,
  skipped: 3,
  failed: 3,
  running: 3,
};
