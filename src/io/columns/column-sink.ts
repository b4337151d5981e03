/**
 * Columns under construction. Values arrive row by row as doubles, are staged in blocks and then copied into typed
 * arrays: the tokenizer's inner loop has one kind of store, whatever the types of the columns. Arrays grow by half;
 * `reserve` avoids that, and the memory for the copies, if the number of rows is roughly known.
 */
import { ARRAYS, type DType, type TypedArray } from '../../core/artifact/dtypes.ts';

/** How many rows are staged before they are copied. */
export const BLOCK_ROWS = 1024;

export class ColumnSink {
  /** Values of the current block; column `c` of its row `r` is at `c * BLOCK_ROWS + r`. */
  readonly staged: Float64Array;
  readonly #columns: TypedArray[];
  #rows = 0;
  #capacity = 0;

  constructor(dtypes: readonly DType[]) {
    this.staged = new Float64Array(dtypes.length * BLOCK_ROWS);
    this.#columns = dtypes.map((dtype) => new ARRAYS[dtype](0));
  }

  /** Makes room for this many rows if memory allows; the number is a guess, and fewer rows may come. */
  reserve(rows: number): void {
    const before = [...this.#columns];
    try {
      if (rows > this.#capacity) this.#grow(rows);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      for (const [c, column] of before.entries()) this.#columns[c] = column;
    }
  }

  #grow(rows: number): void {
    for (const [c, column] of this.#columns.entries()) {
      const larger = new (column.constructor as new (length: number) => TypedArray)(rows);
      larger.set(column.subarray(0, this.#rows));
      this.#columns[c] = larger;
    }
    this.#capacity = rows;
  }

  /** Copies the first `rows` rows of the staged block into the columns. */
  flush(rows: number): void {
    if (this.#rows + rows > this.#capacity) this.#grow(Math.ceil(1.5 * this.#capacity) + BLOCK_ROWS);
    for (const [c, column] of this.#columns.entries())
      column.set(this.staged.subarray(c * BLOCK_ROWS, c * BLOCK_ROWS + rows), this.#rows);
    this.#rows += rows;
  }

  /** The columns, of one length, in the order of construction. */
  finish(): readonly TypedArray[] {
    return this.#columns.map((column) => column.subarray(0, this.#rows));
  }
}
