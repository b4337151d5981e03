/** When which worker did what, as a figure. */
import type { Timeline, TimelineBar } from '../../audit/report/timeline.ts';
import { formatSeconds, plural } from '../../ui/text/format.ts';
import { type Anchors, PARTS, partLink } from './anchors.ts';
import { type ChartMaker, colourOf } from './drawn.ts';
import { type DataTable, figureHtml, type LegendEntry } from './figure.ts';
import { type Html, markup } from './html.ts';

const ROW_HEIGHT = 22;
const WIDTH = 960;
const MOST_WORKERS = 128;
/** Stages with a colour of their own: those that took longest. The others are grey. */
const MOST_COLOURS = 7;
/** The row of what the run itself did. */
const ITSELF = 'restage';
const OTHERS = 'var(--faint)';

export function timelineFigure(timeline: Timeline, maker: ChartMaker, anchors: Anchors): Html {
  const workers = timeline.workers.slice(0, MOST_WORKERS);
  const bars = timeline.bars.filter(({ worker }) => workers.includes(worker));
  const colours = stageColours(bars);
  const names = workers.map((worker) => (worker.length > 18 ? `${worker.slice(0, 17)}…` : worker));
  const own = timeline.phases.length === 0 ? [] : [ITSELF];
  const rows = [...own, ...names];
  const phases = timeline.phases.map(({ name, start, end }) => ({
    worker: ITSELF,
    start: Math.max(0, start),
    end,
    colour: 'var(--line)',
    words: `${name}: ${formatSeconds(end - start)}`,
  }));
  const data = bars.map((bar) => ({
    ...bar,
    worker: names[workers.indexOf(bar.worker)]!,
    colour: bar.failed ? 'var(--failed)' : (colours.get(bar.stage) ?? OTHERS),
    words: wordsOf(bar),
  }));
  const picture = maker.draw(
    {
      width: WIDTH,
      height: 46 + ROW_HEIGHT * Math.max(1, rows.length),
      marginLeft: 24 + 7.4 * Math.max(...rows.map(({ length }) => length), 4),
      marginTop: 6,
      x: { label: 'seconds since the run began', labelArrow: 'none', grid: true, domain: [0, timeline.seconds || 1] },
      y: { label: null, domain: rows, tickSize: 0, padding: 0.22 },
      marks: [
        maker.Plot.barX([...phases, ...data], {
          x1: 'start',
          x2: 'end',
          y: 'worker',
          fill: 'colour',
          title: 'words',
          stroke: 'var(--card)',
          strokeWidth: data.length > 200 ? 0 : 0.8,
          rx: 1.5,
        }),
      ],
    },
    {
      label: 'Timeline of workers',
      description: `${plural(timeline.attempts, 'attempt')} on ${plural(timeline.workers.length, 'worker')}`,
    },
  );
  const joined = timeline.attempts - timeline.bars.length;
  return figureHtml({
    id: PARTS.timeline,
    title: 'Timeline of workers',
    // On a phone it is wider than the page.
    picture: markup`<div class="scroll wide" tabindex="0" role="region" aria-label="Timeline">${picture}</div>`,
    legend: [
      ...legendOf(colours, bars, anchors),
      ...(own.length === 0
        ? []
        : [
            { name: timeline.phases.map(({ name }) => name).join(', '), colour: 'var(--line)', shape: 'area' } as const,
          ]),
    ],
    notes: [
      ...(joined > 0
        ? [`${timeline.attempts} attempts; those of a stage that follow each other closely share a bar.`]
        : []),
      ...(workers.length < timeline.workers.length
        ? [`The first ${workers.length} of ${timeline.workers.length} workers.`]
        : []),
      ...(bars.some(({ open }) => open)
        ? ['A bar without an end on record is drawn to the last thing that is known.']
        : []),
    ],
    table: tableOf(bars, anchors),
    source: markup`${plural(timeline.attempts, 'attempt')} at the nodes of ${partLink(PARTS.stages, plural(new Set(timeline.bars.map(({ stage }) => stage)).size, 'stage'))}`,
  });
}

function stageColours(bars: readonly TimelineBar[]): ReadonlyMap<string, string> {
  const seconds = new Map<string, number>();
  for (const { stage, start, end } of bars) seconds.set(stage, (seconds.get(stage) ?? 0) + end - start);
  const longest = [...seconds].sort((a, b) => b[1] - a[1]).slice(0, MOST_COLOURS);
  return new Map(longest.map(([stage], index) => [stage, colourOf(index)]));
}

function legendOf(
  colours: ReadonlyMap<string, string>,
  bars: readonly TimelineBar[],
  anchors: Anchors,
): readonly LegendEntry[] {
  const stages = new Set(bars.map(({ stage }) => stage));
  return [
    ...[...colours].map(([name, colour]): LegendEntry => ({ name: anchors.stage(name), colour, shape: 'area' })),
    ...(stages.size > colours.size
      ? [{ name: `${stages.size - colours.size} other stages`, colour: OTHERS, shape: 'area' } as const]
      : []),
    ...(bars.some(({ failed }) => failed) ? [{ name: 'failed', colour: 'var(--failed)', shape: 'area' } as const] : []),
  ];
}

function wordsOf({ node, attempts, stage, start, end, failed, open }: TimelineBar): string {
  const what = attempts === 1 ? node : `${attempts} attempts at ${stage}`;
  return `${what}: ${formatSeconds(end - start)}${failed ? ', failed' : open ? ', no end on record' : ''}`;
}

const MOST_ROWS = 100;

/** The longest ones. */
function tableOf(bars: readonly TimelineBar[], anchors: Anchors): DataTable {
  const longest = bars.toSorted((a, b) => b.end - b.start - (a.end - a.start)).slice(0, MOST_ROWS);
  return {
    columns: ['node', 'worker', 'from', 'to', 'seconds'],
    rows: longest.map(({ node, attempts, worker, start, end }) => [
      attempts === 1 ? anchors.named(node) : markup`${anchors.named(node)} and ${attempts - 1} more`,
      worker,
      start.toFixed(2),
      end.toFixed(2),
      (end - start).toFixed(3),
    ]),
  };
}
