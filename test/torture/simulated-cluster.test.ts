/** One run on a simulated cluster that is larger than any of ours. `npm run torture` has 100,000 nodes; NODES says how many others. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { expect, onTestFinished, test } from 'vitest';
import { BatchExecutor } from '../../src/executors/batch/batch-executor.ts';
import { Lab, type Wiring } from '../execution/lab.ts';
import { PROPERTY_SEED } from '../helpers/property-seed.ts';
import { SimulatedCluster } from '../helpers/simulated-cluster.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';
import { randomNumbers } from './random.ts';

const NODES = Number(process.env['NODES'] ?? 10_000);
const SUMS = Math.ceil(NODES / 1000);
const GIB = 2 ** 30;

test(`${NODES} nodes on 10,000 slots of a cluster that loses jobs are each made, and keep memory bounded`, async () => {
  const cluster = new SimulatedCluster({
    random: randomNumbers(PROPERTY_SEED),
    ...{ slots: 10_000, taskMs: 6000, taskSeconds: 45 },
    rates: { busy: 0.001, unanswered: 0.01, silent: 0.05 },
    fates: { 'host-lost': 0.01, preempted: 0.01, 'started-again': 0.01, forgotten: 0.01 },
  });
  onTestFinished(() => cluster.close());
  const directory = temporaryDirectory();
  const lab = new Lab(directory, Date.now);
  const parts = Array.from({ length: NODES - SUMS }, (_, i) => `p${i}`);
  const wirings: Record<string, Wiring> = {};
  for (const [param, name] of parts.entries()) wirings[name] = { stage: 'lab/part', param };
  for (let param = 0; param < SUMS; param++)
    wirings[`s${param}`] = { stage: 'lab/sum', param, takes: parts.filter((_, i) => i % SUMS === param) };
  const began = performance.now();
  let most = 0;
  const memory = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 500);
  const run = await lab.begin(wirings, {
    lifetime: 'detached',
    now: Date.now,
    open: (onEvent) =>
      new BatchExecutor({
        ...{ system: cluster, cacheDirectory: directory, projectRoot: directory, onEvent, program: ['run-unit'] },
        pace: { lookMs: 1000, longestLookMs: 2000, graceMs: 3000, busyMs: 1000 },
      }),
  });
  const report = await run.finished;
  clearInterval(memory);
  const turns = cluster.turns.toSorted((a, b) => a - b);
  console.log(
    [
      `${NODES} nodes in ${((performance.now() - began) / 1000).toFixed(0)} s with ${cluster.submitted} jobs, at most ${cluster.mostRunning} at once`,
      `memory at most ${(most / 2 ** 20).toFixed(0)} MiB`,
      `${turns.length} looks, of which half took up to ${turns[turns.length >> 1]?.toFixed(0)} ms, all up to ${turns.at(-1)?.toFixed(0)} ms`,
      `database ${(statSync(join(directory, 'state.db')).size / NODES).toFixed(0)} B a node`,
      [...cluster.told].map(([what, count]) => `${what} ${count}`).join(', '),
    ].join('\n'),
  );
  expect(report).toMatchObject({ interrupted: false, failures: [], counts: { ran: NODES, failed: 0 } });
  expect(lab.cache.query.states.newest()).toBe(NODES);
  expect(most).toBeLessThan(GIB);
});
