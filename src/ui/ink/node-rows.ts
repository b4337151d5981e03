/**
 * The lines of nodes in the overview: each running node in its place, and below them the list that the arrows go
 * through.
 */
import { cut, cutNode, plainLine } from '../text/cells.ts';
import { nodeSecondsLeft, usualSeconds } from '../model/estimate.ts';
import { shortClock, shortNumber } from '../text/format.ts';
import { type AttemptView, lossOf, type NodeView, type ProgressView, rateOf } from '../model/node-view.ts';
import { elsewhereWords, placeWords } from '../model/elsewhere-words.ts';
import { cutPlace, nodePlace } from '../model/node-words.ts';
import type { RunModel } from '../model/run-model.ts';
import { sparkline } from '../text/sparkline.ts';
import { bar, BLANK, column, cutLine, type Line, span, type Tone } from '../text/view-line.ts';
import { type Place, selectable } from './navigation.ts';
import { GAP, MARK, type NodeColumns, nodeColumns, PROGRESS } from './node-columns.ts';
import { outcomeOf, outcomeTone } from './node-outcome.ts';

/** The heading and `rows` lines. */
export function nodeRows(model: RunModel, place: Place, rows: number, width: number, now: number): readonly Line[] {
  // The line about other hosts is the last one, and stays.
  const below = model.elsewhere.isUsed && rows > 1 ? [elsewhereLine(model, width)] : [];
  const room = rows - below.length;
  const nodes = place.selected === null ? inPlaces(model, room) : withList(model, place.selected, room);
  const columns = nodeColumns(model, width);
  const lines = nodes.map((node) =>
    typeof node === 'object' && node !== null
      ? nodeLine(model, node, place.selected, columns, width, now)
      : restLine(node, model.elsewhere.isUsed),
  );
  return [heading(columns, width), ...lines, ...below];
}

function elsewhereLine({ elsewhere }: RunModel, width: number): Line {
  const summary = elsewhere.summary();
  return cutLine([span('  '), span(elsewhereWords(summary), summary.unknown > 0 ? 'warn' : 'plain')], width);
}

/** A line without a node: a free place (null), or how many nodes there is no room for. */
type Rest = number | null;

/** A free place of this machine says nothing about a run on other hosts. */
function restLine(rest: Rest, isElsewhere: boolean): Line {
  if (rest === null && isElsewhere) return BLANK;
  return rest === null ? [span('  idle', 'faint')] : [span(`  … and ${rest} more`, 'faint')];
}

/** The running nodes; free places show nodes that wait for another process, or for others of their stage. */
function inPlaces(model: RunModel, rows: number): readonly (NodeView | Rest)[] {
  const waiting = [...model.waiting];
  const fill = (node: NodeView | null): NodeView | null => node ?? waiting.shift() ?? null;
  const places = Array.from({ length: Math.max(rows, model.places.length) }, (_, k) => model.places[k] ?? null);
  if (places.length <= rows) return places.map(fill);
  const running = model.running;
  if (running.length <= rows) return Array.from({ length: rows }, (_, k) => fill(running[k] ?? null));
  return [...running.slice(0, rows - 1), running.length - rows + 1];
}

/** Rows that the list keeps below the running nodes. */
const LIST = 3;

/** The running nodes stay; the list of the others scrolls below them. */
function withList(model: RunModel, selected: string, rows: number): readonly (NodeView | Rest)[] {
  const nodes = selectable(model);
  const running = nodes.slice(0, model.running.length);
  const others = nodes.slice(running.length);
  const pinned = Math.min(running.length, Math.max(1, rows - Math.min(LIST, others.length)));
  const shown = [...windowOf(running, selected, pinned), ...windowOf(others, selected, rows - pinned)];
  return shown.map((node) => model.node(node) ?? null);
}

/** `rows` of the nodes, with the selected one in the middle if it is among them. */
function windowOf(nodes: readonly string[], selected: string, rows: number): readonly string[] {
  const at = Math.max(0, nodes.indexOf(selected));
  const first = Math.min(Math.max(0, at - (rows >> 1)), Math.max(0, nodes.length - rows));
  return nodes.slice(first, first + Math.max(0, rows));
}

function heading(columns: NodeColumns, width: number): Line {
  const right = (title: string, cells: number): Line =>
    cells === 0 ? [] : [column(title, cells + GAP, 'faint', 'right')];
  const left = (title: string, cells: number): Line =>
    cells === 0 ? [] : [column(`  ${title}`, cells + GAP, 'faint')];
  return cutLine(
    [
      column('  node', MARK + columns.name, 'faint'),
      ...left('branch', columns.place),
      ...left('', columns.bar),
      ...right('progress', columns.progress),
      ...right('loss', columns.loss),
      ...right('rate', columns.rate),
      ...right('time', columns.time),
      ...right('left', columns.left),
      ...left(columns.spark >= 11 ? 'loss so far' : 'loss', columns.spark),
      ...left('note', columns.note),
    ],
    width,
  );
}

function nodeLine(
  model: RunModel,
  view: NodeView,
  selected: string | null,
  columns: NodeColumns,
  width: number,
  now: number,
): Line {
  const isSelected = view.node === selected;
  const mark = span(isSelected ? '▸ ' : '  ', 'live');
  const { name: called, where } = nodePlace(model, view.node);
  const tone = view.phase === 'running' || isSelected ? 'strong' : 'plain';
  const name = [
    column(cutNode(called, columns.name), columns.name, tone),
    ...(columns.place === 0 ? [] : [column(`  ${cutPlace(where, columns.place)}`, columns.place + GAP, 'plain')]),
  ];
  if (view.phase !== 'running' || view.attempt === null)
    return cutLine([mark, ...name, span('  '), span(outcomeOf(view, now), outcomeTone(view))], width);
  const usual = usualSeconds(model.stages.get(view.stage)!);
  const told = noteOf(model, view, now);
  return cutLine([mark, ...name, ...runningCells(view, view.attempt, usual, told, columns, now)], width);
}

function runningCells(
  view: NodeView,
  attempt: AttemptView,
  usual: number | null,
  told: { readonly note: string; readonly tone: Tone },
  columns: NodeColumns,
  now: number,
): Line {
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
  const right = (text: string, cells: number): Line =>
    cells === 0 ? [] : [column(text, cells + GAP, 'plain', 'right')];
  const spark = loss === undefined ? '' : sparkline(loss.series.values, columns.spark);
  return [
    ...(columns.bar === 0 ? [] : [span('  '), ...bar(share, columns.bar, 'live')]),
    ...right(progress === null ? '' : progressWord(progress), columns.progress),
    ...right(loss === undefined ? '' : shortNumber(loss.value), columns.loss),
    ...right(rate === undefined ? '' : shortNumber(rate.value), columns.rate),
    ...right(shortClock(elapsed), columns.time),
    ...right(left === null ? '' : `~${shortClock(left)}`, columns.left),
    ...(columns.spark === 0 ? [] : [column(`  ${spark}`, columns.spark + GAP, 'live')]),
    ...(columns.note === 0 ? [] : [span(`  ${cut(told.note, columns.note)}`, told.tone)]),
  ];
}

/**
 * What it says itself; else the host and the job that execute it. That nobody knows where it is says more than both.
 */
function noteOf(model: RunModel, view: NodeView, now: number): { readonly note: string; readonly tone: Tone } {
  const elsewhere = model.elsewhere.of(view.node);
  if (elsewhere?.state === 'unknown') {
    const seconds = (now - elsewhere.since) / 1000;
    return { note: plainLine(`unknown for ${shortClock(seconds)}: ${placeWords(elsewhere)}`), tone: 'warn' };
  }
  const note = view.attempt?.progress?.note ?? (elsewhere === undefined ? '' : placeWords(elsewhere));
  return { note: plainLine(note), tone: 'plain' };
}

/** `12/40`; `38%` where that does not fit its column, as with bytes. */
export function progressWord({ done, total }: ProgressView): string {
  const whole = `${done}/${total}`;
  if (whole.length <= PROGRESS) return whole;
  if (total <= 0) return shortNumber(done);
  const percent = Math.floor((100 * done) / total);
  return percent > 999 ? '>999%' : `${Math.max(0, percent)}%`;
}
