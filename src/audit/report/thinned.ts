/**
 * Fewer points of a long series, for a picture: of each of equal stretches the first, the least, the greatest and the
 * last, so that no peak is lost. Every point that is kept is one that was recorded.
 */

export interface SeriesPoint {
  readonly x: number;
  /** NaN and infinities included. */
  readonly y: number;
}

export interface ThinnedSeries {
  /** In the order of the series; finite. Null is a gap: a value there was not finite. */
  readonly points: readonly (readonly [x: number, y: number | null])[];
  /** How many values there were, and how many of them were not finite. */
  readonly values: number;
  readonly notFinite: number;
  readonly isThinned: boolean;
  readonly first: number;
  readonly last: number;
  /** Of the finite values; null if there is none. */
  readonly least: number | null;
  readonly greatest: number | null;
}

/** `most`: how many points are kept, at least 4. A series of at least one point. */
export function thinned(series: readonly SeriesPoint[], most: number): ThinnedSeries {
  let [least, greatest, notFinite] = [Infinity, -Infinity, 0];
  for (const { y } of series)
    if (Number.isFinite(y)) {
      least = Math.min(least, y);
      greatest = Math.max(greatest, y);
    } else notFinite++;
  const isThinned = series.length > most;
  return {
    points: (isThinned ? stretches(series, Math.floor(most / 4)) : series).map(pointOf),
    values: series.length,
    notFinite,
    isThinned,
    first: series[0]!.y,
    last: series.at(-1)!.y,
    least: least <= greatest ? least : null,
    greatest: least <= greatest ? greatest : null,
  };
}

function pointOf({ x, y }: SeriesPoint): readonly [number, number | null] {
  return [x, Number.isFinite(y) ? y : null];
}

function stretches(series: readonly SeriesPoint[], count: number): readonly SeriesPoint[] {
  const kept: SeriesPoint[] = [];
  for (let stretch = 0; stretch < count; stretch++) {
    const start = Math.floor((stretch * series.length) / count);
    const end = Math.floor(((stretch + 1) * series.length) / count);
    for (const index of endsAndExtremes(series, start, end)) kept.push(series[index]!);
  }
  return kept;
}

/** Each index once, ascending. */
function endsAndExtremes(series: readonly SeriesPoint[], start: number, end: number): readonly number[] {
  let [lowest, highest] = [start, start];
  for (let index = start; index < end; index++) {
    const { y } = series[index]!;
    // A value that is not finite yields to any other, so that gaps of one value do not hide the others.
    if (!(series[lowest]!.y <= y) && Number.isFinite(y)) lowest = index;
    if (!(series[highest]!.y >= y) && Number.isFinite(y)) highest = index;
  }
  return [...new Set([start, lowest, highest, end - 1])].sort((a, b) => a - b);
}
