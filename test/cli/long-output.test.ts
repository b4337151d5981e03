/** What is shown of attempts that said very much: as long as it is, and no longer than it takes to read it once. */
import { expect, test } from 'vitest';
import { tableLines } from '../../src/cli/output/table.ts';
import { metricLines } from '../../src/cli/show/runs/attempt.ts';

test('a table may have hundreds of thousands of rows', () => {
  const rows = Array.from({ length: 200_000 }, (_, row) => [`node ${row}`, String(row)]);
  const lines = tableLines([{ title: 'node', least: 8 }, { title: 'seconds' }], rows, 80);
  expect(lines).toHaveLength(200_001);
  expect(lines.at(-1)).toBe('node 199999   199999');
});

test('a metric may have hundreds of thousands of values', () => {
  const metrics = Array.from({ length: 300_000 }, (_, step) => ({ name: 'loss', step, value: 300_000 - step }));
  expect(metricLines(metrics, 80)).toEqual([
    'metric  last  min     max    step  values',
    'loss       1    1  300000  299999  300000',
  ]);
});
