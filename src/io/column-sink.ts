/**
 * Columns under construction. Values arrive row by row as doubles, are staged in blocks and then copied into typed arrays
 * that grow by doubling: one kind of store in the tokenizer's inner loop, whatever the types of the columns.
 */
import { ARRAYS, type DType, type TypedArray } from '../core/tensors.ts';

/** How many rows are staged before they are copied. */
export const BLOCK_ROWS = 1024;

export class ColumnSink {
  /** Values of the current block; column `c` of its row `r` is at `c * BLOCK_ROWS + r`. */
  readonly staged: Float64Array;
  readonly #columns: TypedArray[];
  #rows = 0;
  #capacity: number;

  constructor(dtypes: readonly DType[], capacity = 4 * BLOCK_ROWS) {
    this.staged = new Float64Array(dtypes.length * BLOCK_ROWS);
    this.#capacity = capacity;
    this.#columns = dtypes.map((dtype) => new ARRAYS[dtype](capacity));
  }

  /** Takes the first `rows` rows of the staged block over. */
  flush(rows: number): void {
    if (this.#rows + rows > this.#capacity) this.#grow();
    for (const [c, column] of this.#columns.entries())
      column.set(this.staged.subarray(c * BLOCK_ROWS, c * BLOCK_ROWS + rows), this.#rows);
    this.#rows += rows;
  }

  /** The columns, of one length, in the order of construction. */
  finish(): readonly TypedArray[] {
    return this.#columns.map((column) => column.subarray(0, this.#rows));
  }

  #grow(): void {
    this.#capacity *= 2;
    for (const [c, column] of this.#columns.entries()) {
      const larger = new (column.constructor as new (length: number) => TypedArray)(this.#capacity);
      larger.set(column.subarray(0, this.#rows));
      this.#columns[c] = larger;
    }
  }
}
