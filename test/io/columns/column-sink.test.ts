/** Columns under construction, where the guess at their length is far off. */
import { expect, test } from 'vitest';
import { BLOCK_ROWS, ColumnSink } from '../../../src/io/columns/column-sink.ts';

test('A guess of more rows than memory holds is ignored, and the rows are kept as they come', () => {
  for (const guess of [2 ** 40, 2 ** 60]) {
    const sink = new ColumnSink(['float64', 'uint8']);
    sink.reserve(guess);
    for (let block = 0; block < 5; block++) {
      for (let row = 0; row < BLOCK_ROWS; row++) {
        sink.staged[row] = block * BLOCK_ROWS + row;
        sink.staged[BLOCK_ROWS + row] = row % 7;
      }
      sink.flush(BLOCK_ROWS);
      sink.reserve(guess);
    }
    const [numbers, codes] = sink.finish();
    expect(numbers).toEqual(Float64Array.from({ length: 5 * BLOCK_ROWS }, (_, row) => row));
    expect(codes).toEqual(Uint8Array.from({ length: 5 * BLOCK_ROWS }, (_, row) => (row % BLOCK_ROWS) % 7));
  }
});
