/**
 * A curve of a metric over several rows, drawn with the dots of Braille characters: two across and four down in each.
 */
import { fit } from '../text/cells.ts';
import { lossOf, type ProgressView } from '../model/node-view.ts';
import type { RunModel } from '../model/run-model.ts';
import { finiteRange, NO_HEIGHT, resampled } from '../text/sparkline.ts';
import { type Line, span } from '../text/view-line.ts';
import { shortNumber } from '../text/format.ts';
import { selectable } from './navigation.ts';

const AXIS = 9;
/** Bits of U+2800 by column and row of the dot. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/** A heading and `rows - 1` rows: the loss of the selected node, or of the first node that has one. */
export function lossChart(model: RunModel, selected: string | null, rows: number, width: number): readonly Line[] {
  const candidates = selected === null ? selectable(model) : [selected];
  for (const node of candidates) {
    const attempt = model.node(node)?.attempt;
    const loss = attempt == null ? undefined : lossOf(attempt);
    if (loss === undefined || loss.series.seen < 2) continue;
    const heading: Line = [span('loss of ', 'faint'), span(node), span(`  ${shortNumber(loss.value)}`, 'live')];
    return [heading, ...plot(loss.series.values, rows - 1, width, shareOf(attempt?.progress ?? null))];
  }
  return [];
}

/** The share of the width for the steps that are done; the rest stays free for those to come. */
function shareOf(progress: ProgressView | null): number {
  return progress === null || progress.total <= 0 ? 1 : Math.min(1, progress.done / progress.total);
}

/**
 * The curve has a gap, with a mark at the bottom, where a value is NaN or infinite.
 * @param share the part of the width that the values take, from 0 to 1
 */
export function plot(values: readonly number[], rows: number, width: number, share: number): readonly Line[] {
  const columns = Math.max(1, Math.round((width - AXIS - 2) * share));
  const shown = resampled(values, columns * 2);
  const [low, high] = finiteRange(shown);
  const heights = rows * 4;
  const dotOf = (value: number): number =>
    high > low ? Math.round(((high - value) / (high - low)) * (heights - 1)) : 0;
  const cells = Array.from({ length: rows }, () => new Uint8Array(columns));
  const spacing = (columns * 2 - 1) / Math.max(1, shown.length - 1);
  const gaps = new Set<number>();
  let before: { readonly x: number; readonly y: number } | undefined;
  for (const [index, value] of shown.entries()) {
    const x = Math.round(index * spacing);
    if (!Number.isFinite(value)) {
      gaps.add(x >> 1);
      before = undefined;
      continue;
    }
    const point = { x, y: dotOf(value) };
    drawLine(cells, before ?? point, point);
    before = point;
  }
  return cells.map((row, y) => {
    const isLast = y === rows - 1;
    const label = low > high ? '' : y === 0 ? shortNumber(high) : isLast ? shortNumber(low) : '';
    const empty = (x: number): string => (isLast && gaps.has(x) ? NO_HEIGHT : ' ');
    const drawn = [...row].map((bits, x) => (bits === 0 ? empty(x) : String.fromCodePoint(0x2800 + bits))).join('');
    return [
      span(`${fit(label, AXIS, 'right')} ${y === 0 || y === rows - 1 ? '┤' : '│'}`, 'faint'),
      span(drawn.trimEnd(), 'live'),
    ];
  });
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function drawLine(cells: readonly Uint8Array[], from: Point, to: Point): void {
  const steps = Math.max(1, Math.abs(to.x - from.x), Math.abs(to.y - from.y));
  for (let step = 0; step <= steps; step++) {
    const x = Math.round(from.x + ((to.x - from.x) * step) / steps);
    const y = Math.round(from.y + ((to.y - from.y) * step) / steps);
    cells[y >> 2]![x >> 1]! |= DOTS[x & 1 ? 1 : 0][y & 3]!;
  }
}
