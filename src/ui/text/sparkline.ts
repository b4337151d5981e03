/** Numbers as a line of eighth blocks: a loss curve in one row of a terminal. */
const BLOCKS = '▁▂▃▄▅▆▇█';

/** At most `width` characters. The highest value is a full block, the lowest the smallest block. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = resampled(values, width);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of shown) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const scale = high > low ? (BLOCKS.length - 1) / (high - low) : 0;
  return shown.map((value) => BLOCKS[Math.round((value - low) * scale)]!).join('');
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
