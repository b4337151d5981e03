import { expect, test } from 'vitest';
import { costOfRun, costOfRuns } from '../../../src/audit/cost/run-cost.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { fillCache } from '../../cli/filled-cache.ts';

test('the cost of a run is what its nodes took, what the cache saved, and what failed attempts lost', async () => {
  const { cache } = await fillCache(temporaryDirectory());
  const { query } = cache;
  const [, failed, again, first] = query.runs.list({ limit: 4 });
  expect(costOfRun(query, first!)).toMatchObject({
    ...{ run: 1, ran: 4, hits: 0, seconds: 6, cpuSeconds: 5, savedSeconds: 0, lostSeconds: 0 },
    stages: [
      { stage: 'toy/fit', ran: 2, hits: 0, seconds: 3, cpuSeconds: 2.5, peakBytes: 3 << 20 },
      { stage: 'toy/data', ran: 1, seconds: 1.5 },
      { stage: 'toy/score', ran: 1, seconds: 1.5 },
    ],
  });
  expect(costOfRun(query, again!)).toMatchObject({
    ...{ ran: 0, hits: 4, seconds: 0, savedSeconds: 6, criticalPath: { seconds: 0, nodes: [] } },
  });
  expect(costOfRun(query, failed!)).toMatchObject({ hits: 1, savedSeconds: 1.5, lostSeconds: 0.2, wallSeconds: 0 });
  const { runs, stages } = costOfRuns(query, query.runs.list({ limit: 4 }));
  expect(runs.map(({ run, wallSeconds }) => [run, wallSeconds])).toEqual([
    [4, null],
    [3, 0],
    [2, 0],
    [1, 0],
  ]);
  expect(stages[0]).toMatchObject({ stage: 'toy/fit', ran: 2, hits: 2, savedSeconds: 3 });
  cache.close();
});

test('the longest chain of a run goes through the nodes that ran, and twins on it have nothing to give', async () => {
  const { cache } = await fillCache(temporaryDirectory());
  const { criticalPath } = costOfRun(cache.query, cache.query.runs.get(1)!);
  expect(criticalPath.seconds).toBe(4.5);
  expect(criticalPath.nodes.map(({ node, potential }) => [node.split('@')[0], potential])).toEqual([
    ['data', 1.5],
    ['fit', 0],
    ['score', 1.5],
  ]);
  cache.close();
});
