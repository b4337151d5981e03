/** The whole view as lines, from what is known of the run, where the reader is, and the terminal's size: pure. */
import { cut } from '../text/cells.ts';
import { runSecondsLeft } from '../model/estimate.ts';
import { formatBytes } from '../text/format.ts';
import type { MemoryUse } from '../model/memory-use.ts';
import type { RunModel } from '../model/run-model.ts';
import { bar, BLANK, cutLine, type Line, lineWidth, span, spread, type Tone } from '../text/view-line.ts';
import { lossChart } from './chart.ts';
import { feedLines } from './feed.ts';
import { layoutFor, type PanelLayout, type Size } from './layout.ts';
import { type Page, pageOf, type Place } from './navigation.ts';
import { logPage, nodePage } from './node-page.ts';
import { clock, nodeRows } from './node-rows.ts';
import { endedOf, stageTable } from './stage-table.ts';

export interface FrameInput {
  readonly model: RunModel;
  readonly place: Place;
  readonly size: Size;
  /** Milliseconds, as the times of the events. */
  readonly now: number;
  readonly memory: MemoryUse | null;
  /** Commands to paste: of the run, and of a node's log. */
  readonly command: string;
  readonly logCommand: (node: string) => string;
  readonly keys: KeySet;
  /** The run is being interrupted. */
  readonly isStopping: boolean;
}

/** `none`: nobody can press any. `watch`: the run belongs to another process; q leaves it alone. */
export type KeySet = 'none' | 'watch' | 'control';

/** Fewer lines than the terminal has, none wider than it. */
export function drawFrame(input: FrameInput): readonly Line[] {
  const { model, place, size } = input;
  const demand = { stages: model.stages.size, nodes: Math.max(model.run?.jobs ?? 1, model.places.length) };
  const layout = layoutFor(size, demand);
  if (layout.kind === 'line') return size.rows < 2 ? [] : [cutLine(shortWord(input), layout.width)];
  const { width, body } = layout;
  const page = pageOf(place);
  const middle = page.kind === 'overview' ? overview(input, layout) : pageLines(input, page, body, width);
  // Of the same height whatever there is to say, so that nothing jumps.
  const height = page.kind === 'overview' ? overviewHeight(layout) : body;
  const filled = Array.from({ length: height }, (_, row) => middle[row] ?? BLANK);
  const lines = [titleLine(input, page, width), progressLine(input, width), ...filled, footer(input, page, width)];
  return lines.map((line) => cutLine(line, width));
}

function overviewHeight({ stages, nodes, chart, feed, gaps }: PanelLayout): number {
  return (stages > 0 ? stages + 1 : 0) + (nodes > 0 ? nodes + 1 : 0) + chart + feed + gaps;
}

function overview({ model, place, now }: FrameInput, layout: PanelLayout): readonly Line[] {
  const { width, stages, nodes, chart, feed } = layout;
  // A list takes the feed's place, so that there is something to choose from.
  const isChoosing = place.selected !== null;
  const gap = (which: number): readonly Line[] => (layout.gaps > which ? [BLANK] : []);
  const nodeCount = isChoosing ? nodes + feed + (feed > 0 && layout.gaps > 2 ? 1 : 0) : nodes;
  return [
    ...gap(0),
    ...(stages > 0 ? stageTable(model, stages, width) : []),
    ...gap(1),
    ...(nodes > 0 ? nodeRows(model, place, nodeCount, width, now) : []),
    ...(chart > 0 ? [...gap(3), ...padded(lossChart(model, place.selected, chart, width), chart)] : []),
    ...(isChoosing ? [] : [...gap(2), ...feedLines(model, feed, width)]),
  ];
}

function padded(lines: readonly Line[], count: number): readonly Line[] {
  return Array.from({ length: count }, (_, row) => lines[row] ?? BLANK);
}

function pageLines({ model, keys, now }: FrameInput, page: Page, rows: number, width: number): readonly Line[] {
  const inner = rows - 1;
  switch (page.kind) {
    case 'overview':
      return [];
    case 'node':
      return [BLANK, ...nodePage(model, page.node, inner, width, now)];
    case 'log':
      return [BLANK, ...logPage(model, page.node, page.scroll, inner, width)];
    case 'help':
      return [BLANK, ...helpLines(keys)].slice(0, rows);
  }
}

function titleLine({ model, now, command, logCommand, isStopping }: FrameInput, page: Page, width: number): Line {
  const { run } = model;
  const shown = page.kind === 'node' || page.kind === 'log' ? logCommand(page.node) : command;
  const left = runSecondsLeft(model, now);
  const time = run === undefined ? '' : clock((now - run.at) / 1000);
  const state = isStopping
    ? [span('  stopping', 'warn')]
    : model.paused
      ? [span('  paused', 'warn')]
      : left === null
        ? []
        : [span(`  ~${clock(left)} left`, 'faint')];
  const right: Line = run === undefined ? [] : [span(`run ${run.run}`, 'faint'), span(`  ${time}`), ...state];
  return spread([span(shown, 'strong')], right, width, 24);
}

function progressLine({ model }: FrameInput, width: number): Line {
  const { nodes, ...counts } = model.totals;
  const ended = [...model.stages.values()].reduce((sum, stage) => sum + endedOf(stage), 0);
  const words = [
    span(`${ended}/${nodes} nodes`),
    ...(counts.failed > 0 ? [span(`  ${counts.failed} failed`, 'bad')] : []),
  ];
  const room = Math.max(10, width - lineWidth(words) - 2);
  const tone = counts.failed > 0 ? 'bad' : model.paused ? 'warn' : 'good';
  return cutLine([...bar(nodes === 0 ? 0 : ended / nodes, room, tone), span('  '), ...words], width);
}

const GAUGE = 8;

function footer(input: FrameInput, page: Page, width: number): Line {
  const { model, memory, isStopping } = input;
  if (isStopping && input.keys === 'control')
    return cutLine(
      [span('stopping what runs; what is finished is kept', 'warn'), span(' · q again leaves at once', 'faint')],
      width,
    );
  const keys = keyLine(input, page);
  // As much as there is room for: keys come first, then numbers, then their bars.
  const fitting = [gauges(model, memory, GAUGE), gauges(model, memory, 0), gauges(model, null, 0)].find(
    (line) => lineWidth(line) + lineWidth(keys) + 2 <= width,
  );
  return fitting === undefined ? cutLine(keys, width) : spread(fitting, keys, width, 0);
}

function gauges(model: RunModel, memory: MemoryUse | null, barWidth: number): Line {
  const jobs = model.run?.jobs ?? 0;
  const busy = model.running.length;
  const gauge = (share: number, tone: Tone): Line => (barWidth === 0 ? [] : [...bar(share, barWidth, tone), span(' ')]);
  return [
    span('workers ', 'faint'),
    ...gauge(jobs === 0 ? 0 : busy / jobs, 'live'),
    span(`${busy}/${jobs}`),
    ...(memory === null
      ? []
      : [
          span('  memory ', 'faint'),
          ...gauge(memory.bytes / memory.total, memory.bytes > 0.8 * memory.total ? 'warn' : 'live'),
          span(formatBytes(memory.bytes)),
        ]),
  ];
}

function keyLine({ keys, model }: FrameInput, page: Page): Line {
  if (keys === 'none') return [];
  const names: (readonly [string, string])[] =
    page.kind === 'overview'
      ? [
          ['↑↓', 'node'],
          ['l', 'log'],
          ...(keys === 'control' ? ([['p', model.paused ? 'resume' : 'pause']] as const) : []),
          ['?', 'help'],
          ['q', keys === 'control' ? 'cancel' : 'leave'],
        ]
      : [
          ['Esc', 'back'],
          ...(page.kind === 'node' ? ([['l', 'log']] as const) : []),
          ['q', keys === 'control' ? 'cancel' : 'leave'],
        ];
  return names.flatMap(([key, what], index) => [span(`${index === 0 ? '' : '  '}${key}`), span(` ${what}`, 'faint')]);
}

function helpLines(keys: KeySet): readonly Line[] {
  const rows: readonly (readonly [string, string])[] = [
    ['↑ ↓', 'go through the nodes: what runs, what failed, what ran'],
    ['Enter', 'look at the node: why it runs, parameters, metrics, failure'],
    ['l', 'its log; ↑ ↓ and Page Up, Page Down scroll'],
    ['Esc', 'back'],
    ...(keys === 'control'
      ? ([
          ['p', 'pause: what runs goes on, nothing new is started; p again resumes'],
          ['q', 'cancel, as Ctrl-C: what is finished is kept; a second time leaves at once'],
        ] as const)
      : ([['q', 'leave; the run goes on']] as const)),
    ['Ctrl-L', 'draw it all again'],
  ];
  return rows.map(([key, what]) => [span(key.padEnd(8), 'strong'), span(what)]);
}

/** How far it is, for a terminal with no room for more: the most important first. */
function shortWord({ model, now, isStopping }: FrameInput): Line {
  const { nodes, failed } = model.totals;
  const ended = [...model.stages.values()].reduce((sum, stage) => sum + endedOf(stage), 0);
  const left = runSecondsLeft(model, now);
  return [
    span(cut(`${ended}/${nodes}`, 20), 'strong'),
    ...(failed > 0 ? [span(` ${failed} failed`, 'bad')] : []),
    ...(isStopping ? [span(' stopping', 'warn')] : model.paused ? [span(' paused', 'warn')] : []),
    ...(left === null ? [] : [span(` ~${clock(left)}`, 'faint')]),
  ];
}
