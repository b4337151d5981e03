/** The table of the overview: a row a stage, a column for each outcome of a node that the run has. */
import { cutMiddle } from '../text/cells.ts';
import { plural } from '../text/format.ts';
import type { RunModel } from '../model/run-model.ts';
import { doneOf, remainingOf, type StageView, unfinishedOf } from '../model/stage-view.ts';
import { column, cutLine, type Line, partedBar, span, type Tone } from '../text/view-line.ts';

interface Count {
  readonly title: string;
  readonly tone: Tone;
  readonly of: (stage: StageView) => number;
}

const COUNTS: readonly Count[] = [
  { title: 'hit', tone: 'good', of: ({ counts }) => counts.hit },
  { title: 'unchanged', tone: 'good', of: ({ counts }) => counts['cut-off'] },
  { title: 'ran', tone: 'good', of: ({ counts }) => counts.ran },
  { title: 'failed', tone: 'bad', of: ({ counts }) => counts.failed },
  { title: 'skipped', tone: 'warn', of: ({ counts }) => counts.skipped },
  { title: 'interrupted', tone: 'warn', of: ({ counts }) => counts.interrupted },
  { title: 'detached', tone: 'warn', of: ({ counts }) => counts.detached },
  { title: 'left', tone: 'warn', of: ({ counts }) => counts.left },
  { title: 'running', tone: 'live', of: ({ counts }) => counts.running },
  { title: 'waiting', tone: 'plain', of: (stage) => remainingOf(stage) - stage.counts.running },
];
/** Where there is no room for all columns, these are dropped, in this order. The bar and `done` tell the rest. */
const DISPENSABLE = ['unchanged', 'hit', 'ran', 'waiting', 'running', 'skipped', 'interrupted', 'left', 'detached'];
const GAP = 2;
const NAME = { least: 12, wanted: 20 };
const BAR = { least: 6, most: 16 };

/** The heading and `rows` lines. */
export function stageTable(model: RunModel, rows: number, width: number): readonly Line[] {
  const stages = [...model.stages.values()];
  const columns = columnsFor(stages, width);
  return [heading(columns), ...visibleRows(stages, rows).map((row) => rowLine(row, columns, width))];
}

interface Columns {
  readonly name: number;
  readonly bar: number;
  readonly done: number;
  readonly counts: readonly { readonly count: Count; readonly width: number }[];
}

function columnsFor(stages: readonly StageView[], width: number): Columns {
  const longest = stages.reduce((most, { stage }) => Math.max(most, stage.length), NAME.least);
  const done = Math.max(4, ...stages.map(({ nodes }) => 2 * String(nodes).length + 1));
  let counts = COUNTS.flatMap((count) => {
    const most = Math.max(0, ...stages.map(count.of));
    return most === 0 ? [] : [{ count, width: Math.max(count.title.length, String(most).length) }];
  });
  const roomFor = (): number => width - GAP - done - counts.reduce((sum, each) => sum + each.width + GAP, 0);
  const wanted = Math.min(longest, NAME.wanted);
  for (const title of DISPENSABLE) {
    if (roomFor() >= wanted) break;
    counts = counts.filter(({ count }) => count.title !== title);
  }
  const room = Math.max(NAME.least, roomFor());
  const spare = room - Math.min(longest, room) - GAP;
  const barWidth = spare >= BAR.least ? Math.min(BAR.most, spare) : 0;
  return { name: Math.min(longest, room - (barWidth > 0 ? barWidth + GAP : 0)), bar: barWidth, done, counts };
}

function heading({ name, bar, done, counts }: Columns): Line {
  const blank = bar > 0 ? ' '.repeat(GAP + bar) : '';
  const titles = counts.map(({ count, width }) => column(count.title, width + GAP, 'faint', 'right'));
  return [column('stage', name, 'faint'), span(blank), column('done', done + GAP, 'faint', 'right'), ...titles];
}

type Row = StageView | { readonly rest: string };

function rowLine(row: Row, columns: Columns, width: number): Line {
  if ('rest' in row) return cutLine([span(row.rest, 'faint')], width);
  const { stage, nodes, counts } = row;
  const isOver = nodes > 0 && remainingOf(row) === 0;
  const nameTone: Tone = counts.running > 0 ? 'strong' : isOver ? 'plain' : 'faint';
  return [
    column(cutMiddle(stage, columns.name), columns.name, nameTone),
    ...(columns.bar > 0 ? [span('  '), ...stageBar(row, columns.bar)] : []),
    column(`${doneOf(row)}/${nodes}`, columns.done + GAP, isOver ? 'plain' : 'faint', 'right'),
    ...columns.counts.map(({ count, width: cells }) => {
      const number = count.of(row);
      return column(number === 0 ? '' : String(number), cells + GAP, count.tone, 'right');
    }),
  ];
}

/** Only nodes with a state are green: skipped, interrupted and left ones are yellow, failed ones red. */
function stageBar(stage: StageView, width: number): Line {
  const { failed, skipped, running } = stage.counts;
  return partedBar(
    [
      { count: doneOf(stage), tone: running > 0 ? 'live' : 'good' },
      { count: failed, tone: 'bad' },
      { count: skipped + unfinishedOf(stage), tone: 'warn' },
    ],
    stage.nodes,
    width,
  );
}

/**
 * All stages, or those around the running ones, with a word about the rest. Finished stages are dropped first, from the
 * top; then later stages, from the bottom.
 */
function visibleRows(stages: readonly StageView[], rows: number): readonly Row[] {
  if (stages.length <= rows) return stages;
  const hidden = new Set<StageView>();
  const excess = stages.length - rows + 1;
  const rank = (stage: StageView): number => {
    const { running, queued, waiting, failed } = stage.counts;
    if (running > 0 || failed > 0) return 2;
    if (queued + waiting > 0) return 1;
    return remainingOf(stage) === 0 ? -1 : 0;
  };
  for (const level of [-1, 0, 1, 2]) {
    const candidates = stages.filter((stage) => rank(stage) === level);
    for (const stage of level === -1 ? candidates : candidates.reverse()) if (hidden.size < excess) hidden.add(stage);
  }
  const ended = [...hidden].filter((stage) => remainingOf(stage) === 0).length;
  const words = [
    ...(ended > 0 ? [`${plural(ended, 'stage')} done`] : []),
    ...(hidden.size > ended ? [`${hidden.size - ended} to come`] : []),
  ];
  return [...stages.filter((stage) => !hidden.has(stage)), { rest: `… and ${words.join(', ')}` }];
}
