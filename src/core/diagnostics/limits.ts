/**
 * How much of what a stage says is kept. A stage may say anything, and as much as it likes: the record, the memory of
 * both processes and the terminal must bear it. Lengths are in UTF-16 code units, as `String.length` counts them.
 */

/** A longer line of a log is split into lines of this length. */
export const LONGEST_LINE = 1 << 16;

/**
 * Of an attempt's log, this much from its beginning and this much from its end. What is between is left out, with a
 * line that says so.
 */
export const KEPT_LOG = {
  first: { lines: 90_000, length: 12 * 2 ** 20 },
  last: { lines: 10_000, length: 4 * 2 ** 20 },
} as const;

/** Metrics are data, so nothing is left out: an attempt that reports more values fails. */
export const MOST_METRIC_VALUES = 1_000_000;
/** Names of metrics are kept for good, so an attempt that reports more of them fails as well. */
export const MOST_METRIC_NAMES = 10_000;
export const LONGEST_METRIC_NAME = 200;

/** A longer note of a progress report is cut. */
export const LONGEST_NOTE = 500;

/** A longer message of an error is cut. */
export const LONGEST_MESSAGE = 4000;
/** A longer stack trace is cut, its causes included. */
export const LONGEST_STACK = 1 << 16;

/** Messages of a worker that are longer, in bytes, come from something else than restage. */
export const LONGEST_FRAME = 2 ** 26;

/** The first part of a text that is too long, with the number of code units that are left out. */
export function cutText(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const kept = text.slice(0, endBefore(text, longest));
  return `${kept}... (${text.length - kept.length} more characters)`;
}

/** The text in lines of at most `LONGEST_LINE`. */
export function* lineParts(text: string): Generator<string> {
  let from = 0;
  while (text.length - from > LONGEST_LINE) {
    const to = endBefore(text, from + LONGEST_LINE);
    yield text.slice(from, to);
    from = to;
  }
  yield from === 0 ? text : text.slice(from);
}

/** This position, or the one before it where it would divide a surrogate pair. */
function endBefore(text: string, position: number): number {
  const last = text.charCodeAt(position - 1);
  return last >= 0xd800 && last <= 0xdbff ? position - 1 : position;
}
