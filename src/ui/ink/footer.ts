/** The last line of the view: busy workers, memory and the keys; and the page that explains the keys. */
import type { RunModel } from '../model/run-model.ts';
import type { MemoryUse } from '../terminal/memory-use.ts';
import { formatBytes } from '../text/format.ts';
import { bar, BLANK, cutLine, type Line, lineWidth, span, spread, type Tone } from '../text/view-line.ts';
import { LEGEND } from './branch-table.ts';
import type { FrameInput, KeySet } from './frame-input.ts';
import type { Page } from './navigation.ts';

const GAUGE = 8;
/** The share of the memory above which its gauge turns yellow. */
const MUCH_MEMORY = 0.8;

export function footer(input: FrameInput, page: Page, width: number): Line {
  const { model, memory, isStopping } = input;
  if (isStopping && input.keys === 'control')
    return cutLine(
      [span('stopping the running nodes; finished ones are kept', 'warn'), span(' · q again leaves at once', 'faint')],
      width,
    );
  const keys = keyLine(input, page);
  // Keys come first, then numbers, then bars, as far as there is room.
  const fitting = [gauges(model, memory, GAUGE), gauges(model, memory, 0), gauges(model, null, 0)].find(
    (line) => lineWidth(line) + lineWidth(keys) + 2 <= width,
  );
  return fitting === undefined ? cutLine(keys, width) : spread(fitting, keys, width, 0);
}

function gauges(model: RunModel, memory: MemoryUse | null, barWidth: number): Line {
  const jobs = model.run?.jobs ?? 0;
  // A node on another host takes no worker of this machine, and nodes that go together take one.
  const here = model.running.filter(({ node }) => model.elsewhere.of(node) === undefined);
  const busy = new Set(here.map(({ node, attempt }) => attempt?.worker ?? node)).size;
  const gauge = (share: number, tone: Tone): Line => (barWidth === 0 ? [] : [...bar(share, barWidth, tone), span(' ')]);
  return [
    span('workers ', 'faint'),
    ...gauge(jobs === 0 ? 0 : busy / jobs, 'live'),
    span(`${busy}/${jobs}`),
    ...(memory === null
      ? []
      : [
          span('  memory ', 'faint'),
          ...gauge(memory.bytes / memory.total, memory.bytes > MUCH_MEMORY * memory.total ? 'warn' : 'live'),
          span(formatBytes(memory.bytes)),
        ]),
  ];
}

function keyLine({ keys, model }: FrameInput, page: Page): Line {
  if (keys === 'none') return [];
  const quit = ['q', keys === 'control' ? 'cancel' : 'leave'] as const;
  const names: readonly (readonly [string, string])[] =
    page.kind === 'overview'
      ? [
          ['↑↓', 'node'],
          ['l', 'log'],
          ...(keys === 'control' ? ([['p', model.paused ? 'resume' : 'pause']] as const) : []),
          ['?', 'help'],
          quit,
        ]
      : [['Esc', 'back'], ...(page.kind === 'node' ? ([['l', 'log']] as const) : []), quit];
  return names.flatMap(([key, what], index) => [span(`${index === 0 ? '' : '  '}${key}`), span(` ${what}`, 'faint')]);
}

export function helpLines(keys: KeySet, isExperiment: boolean): readonly Line[] {
  const rows: readonly (readonly [string, string])[] = [
    ['↑ ↓', 'select a node: running, failed, or ended'],
    ['Enter', 'show the node: its reason, parameters, metrics, failure'],
    ['l', 'show its log; ↑ ↓, Page Up and Page Down scroll'],
    ['Esc', 'go back'],
    ...(keys === 'control'
      ? ([
          ['p', 'pause: running nodes continue, nothing new starts; p resumes'],
          ['q', 'cancel, as Ctrl-C: finished nodes are kept; q again leaves'],
        ] as const)
      : ([['q', 'leave the view; the run continues']] as const)),
    ['Ctrl-L', 'redraw the screen'],
  ];
  const lines = rows.map(([key, what]): Line => [span(key.padEnd(8), 'strong'), span(what)]);
  return isExperiment ? [...lines, BLANK, LEGEND] : lines;
}
