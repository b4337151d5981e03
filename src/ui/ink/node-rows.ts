/** The lines of nodes in the overview: what runs, each in its place, or the list that the arrows go through. */
import { cutMiddle, plainLine } from '../text/cells.ts';
import { nodeSecondsLeft, usualSeconds } from '../model/estimate.ts';
import { formatSeconds } from '../text/format.ts';
import { type AttemptView, lossOf, type NodeView, type ProgressView, rateOf } from '../model/node-view.ts';
import type { RunModel } from '../model/run-model.ts';
import { sparkline } from '../text/sparkline.ts';
import { bar, column, cutLine, type Line, span } from '../text/view-line.ts';
import { type Place, selectable } from './navigation.ts';

const GAP = 2;
const MARK = 2;
const NAME = { least: 12, most: 28 };
const BAR = { least: 6, most: 24 };
const SPARK = { least: 8, most: 48 };
const STEPS = 9;
const LOSS = 8;
const RATE = 8;
const TIME = 8;

interface Columns {
  readonly name: number;
  readonly bar: number;
  readonly rate: boolean;
  readonly time: boolean;
  readonly spark: number;
}

/** The heading and `rows` lines. */
export function nodeRows(model: RunModel, place: Place, rows: number, width: number, now: number): readonly Line[] {
  const nodes = place.selected === null ? inPlaces(model, rows) : around(model, place.selected, rows);
  const columns = columnsFor(model, width);
  const lines = nodes.map((node) =>
    typeof node === 'object' && node !== null
      ? nodeLine(model, node, place.selected, columns, width, now)
      : restLine(node),
  );
  return [heading(model, columns, width), ...lines];
}

/** A line that is no node: of a free place, or of how many there is no room for. */
type Rest = number | null;

function restLine(rest: Rest): Line {
  return rest === null ? [span('  idle', 'faint')] : [span(`  … and ${rest} more`, 'faint')];
}

function inPlaces(model: RunModel, rows: number): readonly (NodeView | Rest)[] {
  const places = Array.from({ length: Math.max(rows, model.places.length) }, (_, k) => model.places[k] ?? null);
  if (places.length <= rows) return places;
  const running = model.running;
  if (running.length <= rows) return Array.from({ length: rows }, (_, k) => running[k] ?? null);
  return [...running.slice(0, rows - 1), running.length - rows + 1];
}

function around(model: RunModel, selected: string, rows: number): readonly (NodeView | Rest)[] {
  const nodes = selectable(model);
  const at = Math.max(0, nodes.indexOf(selected));
  const first = Math.min(Math.max(0, at - (rows >> 1)), Math.max(0, nodes.length - rows));
  return nodes.slice(first, first + rows).map((node) => model.node(node) ?? null);
}

function columnsFor(model: RunModel, width: number): Columns {
  const longest = [...model.running, ...model.ended].reduce(
    (most, { node }) => Math.max(most, node.length),
    NAME.least,
  );
  const name = Math.min(longest, NAME.most);
  const fixed = MARK + STEPS + LOSS + TIME + 4 * GAP;
  let left = width - fixed - Math.min(name, Math.max(NAME.least, width - fixed - BAR.least)) - BAR.least;
  const take = (cells: number): boolean => {
    const fits = left >= cells + GAP;
    if (fits) left -= cells + GAP;
    return fits;
  };
  const hasSpark = take(SPARK.least);
  const rate = take(RATE);
  const time = take(TIME);
  const spark = hasSpark ? SPARK.least + Math.min(SPARK.most - SPARK.least, Math.floor(Math.max(0, left) * 0.6)) : 0;
  if (hasSpark) left -= spark - SPARK.least;
  const barWidth = BAR.least + Math.min(BAR.most - BAR.least, Math.max(0, left));
  return { name: Math.min(name, Math.max(NAME.least, width - fixed - BAR.least)), bar: barWidth, rate, time, spark };
}

function heading(model: RunModel, { name, bar: barWidth, rate, time, spark }: Columns, width: number): Line {
  const steps = model.running.some(({ attempt }) => attempt !== null && lossOf(attempt) !== undefined)
    ? 'epoch'
    : 'step';
  const right = (title: string, cells: number) => column(title, cells + GAP, 'faint', 'right');
  return cutLine(
    [
      column('  node', MARK + name, 'faint'),
      span(' '.repeat(GAP + barWidth)),
      right(steps, STEPS),
      right('loss', LOSS),
      ...(rate ? [right('rate', RATE)] : []),
      ...(time ? [right('time', TIME)] : []),
      right('left', TIME),
      ...(spark > 0 ? [span(spark >= 12 ? '  loss so far' : '  loss', 'faint')] : []),
    ],
    width,
  );
}

function nodeLine(
  model: RunModel,
  view: NodeView,
  selected: string | null,
  columns: Columns,
  width: number,
  now: number,
): Line {
  const isSelected = view.node === selected;
  const mark = span(isSelected ? '▸ ' : '  ', 'live');
  const name = column(
    cutMiddle(view.node, columns.name),
    columns.name,
    view.phase === 'running' || isSelected ? 'strong' : 'plain',
  );
  if (view.phase !== 'running' || view.attempt === null)
    return cutLine([mark, name, span('  '), span(outcomeOf(view), outcomeTone(view))], width);
  const usual = usualSeconds(model.stages.get(view.stage)!);
  return cutLine([mark, name, ...runningCells(view, view.attempt, usual, columns, now)], width);
}

function runningCells(view: NodeView, attempt: AttemptView, usual: number | null, columns: Columns, now: number): Line {
  const { progress, startedAt } = attempt;
  const left = nodeSecondsLeft(view, usual, now);
  const elapsed = (now - startedAt) / 1000;
  const share =
    progress !== null && progress.total > 0
      ? progress.done / progress.total
      : left === null
        ? 0
        : elapsed / Math.max(elapsed + left, 1e-3);
  const loss = lossOf(attempt);
  const rate = rateOf(attempt);
  const right = (text: string, cells: number) => column(text, cells + GAP, 'plain', 'right');
  return [
    span('  '),
    ...bar(share, columns.bar, 'live'),
    right(progress === null ? '' : progressWord(progress), STEPS),
    right(loss === undefined ? '' : shortNumber(loss.value), LOSS),
    ...(columns.rate ? [right(rate === undefined ? '' : shortNumber(rate.value), RATE)] : []),
    ...(columns.time ? [right(clock(elapsed), TIME)] : []),
    right(left === null ? '' : `~${clock(left)}`, TIME),
    ...(columns.spark > 0 && loss !== undefined
      ? [span(`  ${sparkline(loss.series.values, columns.spark)}`, 'live')]
      : []),
  ];
}

/** `12/40`; `38%` where that would not fit its column, as with bytes. */
function progressWord({ done, total }: ProgressView): string {
  const whole = `${done}/${total}`;
  if (whole.length <= STEPS) return whole;
  if (total <= 0) return shortNumber(done);
  const percent = Math.floor((100 * done) / total);
  return percent > 999 ? '>999%' : `${Math.max(0, percent)}%`;
}

export function outcomeOf(view: NodeView): string {
  switch (view.phase) {
    case 'waiting':
      return view.waitsFor === null ? 'waiting for another run' : `waiting for run ${view.waitsFor}`;
    case 'queued':
      return 'queued';
    case 'running':
      return 'running';
    case 'hit':
      return 'its state was there';
    case 'cut-off':
      return 'cut off: its inputs ran to the same bytes';
    case 'ran':
      return `ran in ${formatSeconds(view.seconds ?? 0)}${view.peakMiB === null ? '' : `, peak ${Math.round(view.peakMiB)} MiB`}`;
    case 'failed':
      return `failed: ${plainLine(view.failure?.message ?? '')}`;
    case 'skipped':
      return view.because === null ? 'skipped' : `skipped: it needs ${view.because}, which failed`;
  }
}

export function outcomeTone(view: NodeView): 'good' | 'bad' | 'warn' | 'plain' {
  if (view.phase === 'failed') return 'bad';
  if (view.phase === 'skipped') return 'warn';
  return view.phase === 'queued' || view.phase === 'running' ? 'plain' : 'good';
}

/** `0:34`, `12:05`, `3:07:12` */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number): string => String(n).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** Five characters or so: `0.4213`, `1.2e-3`, `12.50`, `1234`. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (size >= 1e5 || size < 1e-2) return value.toExponential(1);
  return value.toFixed(size < 10 ? 4 : size < 100 ? 2 : size < 1000 ? 1 : 0);
}
