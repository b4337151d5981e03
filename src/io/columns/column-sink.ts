/**
 * Columns under construction. Values arrive row by row as doubles, are staged in blocks and then copied into typed arrays:
 * one kind of store in the tokenizer's inner loop, whatever the types of the columns. Arrays grow by half; `reserve` saves
 * that, and the memory that it takes to copy, where it is known about how many rows will come.
 */
import { ARRAYS, type DType, type TypedArray } from '../../core/artifact/tensors.ts';

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

  /** Makes room for this many rows, if there is so much: a guess may be wrong, and what comes may need less. */
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

  /** Takes the first `rows` rows of the staged block over. */
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
