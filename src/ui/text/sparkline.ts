/** Numbers as a line of eighth blocks: a loss curve in one row of a terminal. */
const BLOCKS = '▁▂▃▄▅▆▇█';
/** In the place of a value that has no height: NaN, or an infinity. */
export const NO_HEIGHT = '×';

/** At most `width` characters. The highest finite value is a full block, the lowest the smallest block. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = resampled(values, width);
  const [low, high] = finiteRange(shown);
  const scale = high > low ? (BLOCKS.length - 1) / (high - low) : 0;
  return shown
    .map((value) => (Number.isFinite(value) ? BLOCKS[Math.round((value - low) * scale)]! : NO_HEIGHT))
    .join('');
}

/** The least and the greatest of the finite values; infinities the other way round if there are none. */
export function finiteRange(values: readonly number[]): readonly [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

/** The means of `width` equal parts; up to `width` values are returned unchanged. */
export function resampled(values: readonly number[], width: number): readonly number[] {
  if (values.length <= width) return values;
  return Array.from({ length: Math.max(0, width) }, (_, part) => {
    const from = Math.floor((part * values.length) / width);
    const to = Math.floor(((part + 1) * values.length) / width);
    let sum = 0;
    for (let i = from; i < to; i++) sum += values[i]!;
    return sum / (to - from);
  });
}
