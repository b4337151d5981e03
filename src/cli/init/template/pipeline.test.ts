/** Tests of the project: a function of a stage by itself, and the whole pipeline as `restage run` runs it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, tableOf } from 'restage';
import { afterAll, expect, test } from 'vitest';
import { leastSquares, valueAt } from './stages.ts';

// A cache of its own: the test neither sees nor changes the results that are in cache/.
const cacheDirectory = mkdtempSync(join(tmpdir(), 'my-project-'));
afterAll(() => rmSync(cacheDirectory, { recursive: true, force: true }));

test('a fit to points of a parabola finds it', () => {
  const x = Float64Array.of(-1, -0.5, 0, 0.5, 1);
  const polynomial = leastSquares(tableOf({ x, y: x.map((at) => valueAt([1, 0, -2], at)) }), 2);
  [1, 0, -2].forEach((coefficient, power) => expect(polynomial[power]).toBeCloseTo(coefficient, 10));
});

test('the pipeline finds the degree that the data were made with', { timeout: 60_000 }, async () => {
  const pipeline = join(import.meta.dirname, 'pipeline.ts');
  const report = await run({ pipeline, cacheDirectory, overrides: [{ path: 'noise', text: '0.01' }] });
  expect(report.outcome).toBe('ok');
  expect(report.results).toMatchObject([{ name: 'evaluation', value: { enough: 3 } }]);
});
