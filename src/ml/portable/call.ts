/** One kernel call of a plan. */

/**
 * Calls a kernel on the first `blocks` blocks, of which so many rows are real. If `add` is 1, not 0, it adds its sums
 * over rows to the existing values.
 */
export type Call = (blocks: number, add: number, rows: number) => void;
