/** The table of the overview: a row a stage, a column for each thing that can become of a node. */
import { cutMiddle } from '../text/cells.ts';
import { plural } from '../text/format.ts';
import { type Phase, PHASES } from '../model/node-view.ts';
import type { RunModel, StageView } from '../model/run-model.ts';
import { bar, column, cutLine, type Line, span, type Tone } from '../text/view-line.ts';

const TITLES: Readonly<Record<Phase, string>> = {
  waiting: 'waiting',
  queued: 'queued',
  running: 'running',
  hit: 'hit',
  'cut-off': 'cut off',
  ran: 'ran',
  failed: 'failed',
  skipped: 'skipped',
};
const TONES: Readonly<Record<Phase, Tone>> = {
  waiting: 'warn',
  queued: 'plain',
  running: 'live',
  hit: 'good',
  'cut-off': 'good',
  ran: 'good',
  failed: 'bad',
  skipped: 'warn',
};
/** The columns that go first where there is no room, as long as they are empty. */
const DISPENSABLE: readonly Phase[] = ['waiting', 'cut-off', 'skipped', 'failed', 'queued', 'hit'];
const GAP = 2;
const LEAST_NAME = 12;
const BAR = { least: 6, most: 16 };

/** The heading and `rows` lines. */
export function stageTable(model: RunModel, rows: number, width: number): readonly Line[] {
  const stages = [...model.stages.values()];
  const columns = columnsFor(model, stages, width);
  return [heading(columns), ...visibleRows(stages, rows).map((row) => rowLine(row, columns, width))];
}

interface Columns {
  readonly name: number;
  readonly bar: number;
  readonly done: number;
  readonly phases: readonly { readonly phase: Phase; readonly width: number }[];
}

function columnsFor(model: RunModel, stages: readonly StageView[], width: number): Columns {
  const { totals } = model;
  const longest = stages.reduce((most, { stage }) => Math.max(most, stage.length), LEAST_NAME);
  const done = Math.max(4, ...stages.map(({ nodes }) => 2 * String(nodes).length + 1));
  let phases = PHASES.map((phase) => ({ phase, width: Math.max(TITLES[phase].length, String(totals.nodes).length) }));
  const roomFor = (): number => width - GAP - done - phases.reduce((sum, each) => sum + each.width + GAP, 0);
  const wanted = Math.min(longest, 20);
  for (const phase of DISPENSABLE) {
    if (roomFor() >= wanted) break;
    if (totals[phase] === 0) phases = phases.filter((each) => each.phase !== phase);
  }
  // What is left over is too narrow for all of them: those further right are cut off.
  const room = Math.max(LEAST_NAME, roomFor());
  const spare = room - Math.min(longest, room) - GAP;
  const barWidth = spare >= BAR.least ? Math.min(BAR.most, spare) : 0;
  return { name: Math.min(longest, room - (barWidth > 0 ? barWidth + GAP : 0)), bar: barWidth, done, phases };
}

function heading({ name, bar: barWidth, done, phases }: Columns): Line {
  const blank = barWidth > 0 ? ' '.repeat(GAP + barWidth) : '';
  const titles = phases.map(({ phase, width }) => column(TITLES[phase], width + GAP, 'faint', 'right'));
  return [column('stage', name, 'faint'), span(blank), column('done', done + GAP, 'faint', 'right'), ...titles];
}

type Row = StageView | { readonly rest: string };

function rowLine(row: Row, columns: Columns, width: number): Line {
  if ('rest' in row) return cutLine([span(row.rest, 'faint')], width);
  const { stage, nodes, counts } = row;
  const ended = endedOf(row);
  const isOver = nodes > 0 && ended === nodes;
  const tone: Tone = counts.failed > 0 ? 'bad' : counts.running > 0 ? 'live' : isOver ? 'good' : 'faint';
  const cells = columns.phases.map((each) => {
    const count = counts[each.phase];
    return column(
      count === 0 ? '·' : String(count),
      each.width + GAP,
      count === 0 ? 'faint' : TONES[each.phase],
      'right',
    );
  });
  const name = column(
    cutMiddle(stage, columns.name),
    columns.name,
    counts.running > 0 ? 'strong' : isOver ? 'plain' : 'faint',
  );
  const drawn: Line = columns.bar > 0 ? [span('  '), ...bar(nodes === 0 ? 0 : ended / nodes, columns.bar, tone)] : [];
  return [
    name,
    ...drawn,
    column(`${ended}/${nodes}`, columns.done + GAP, isOver ? 'plain' : 'faint', 'right'),
    ...cells,
  ];
}

/**
 * All of them, or those around what is going on and a word on the rest: stages that are over go first, from the top,
 * then those that are to come, from the bottom.
 */
function visibleRows(stages: readonly StageView[], rows: number): readonly Row[] {
  if (stages.length <= rows) return stages;
  const hidden = new Set<StageView>();
  const excess = stages.length - rows + 1;
  const rank = (stage: StageView): number => {
    const { running, queued, failed } = stage.counts;
    if (running > 0 || failed > 0) return 2;
    if (queued > 0) return 1;
    return endedOf(stage) >= stage.nodes ? -1 : 0;
  };
  for (const level of [-1, 0, 1, 2]) {
    const candidates = stages.filter((stage) => rank(stage) === level);
    for (const stage of level === -1 ? candidates : candidates.reverse()) if (hidden.size < excess) hidden.add(stage);
  }
  const over = [...hidden].filter((stage) => endedOf(stage) >= stage.nodes).length;
  const words = [
    ...(over > 0 ? [`${plural(over, 'stage')} done`] : []),
    ...(hidden.size > over ? [`${hidden.size - over} to come`] : []),
  ];
  return [...stages.filter((stage) => !hidden.has(stage)), { rest: `… and ${words.join(', ')}` }];
}

/** How many of its nodes need nothing more. */
export function endedOf({ counts }: StageView): number {
  return counts.hit + counts['cut-off'] + counts.ran + counts.failed + counts.skipped;
}
