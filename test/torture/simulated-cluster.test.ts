/** Runs on a simulated cluster that is larger than any of ours. `npm run torture` has 100,000 nodes; NODES says how many others. */
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
/** All at once. */
const JOBS = Math.min(NODES, 10_000) / (NODES > 10_000 ? 1 : 10);

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

test(`${JOBS} jobs run at once; the run that has submitted them leaves, and the next one takes what they have made`, async () => {
  const rates = { busy: 0, unanswered: 0, silent: 0 };
  const fates = { 'host-lost': 0, preempted: 0, 'started-again': 0, forgotten: 0 };
  const random = randomNumbers(PROPERTY_SEED);
  // A task lasts for longer than a job of several would.
  const cluster = new SimulatedCluster({ random, slots: JOBS, taskMs: 3_600_000, taskSeconds: 3600, rates, fates });
  onTestFinished(() => cluster.close());
  const directory = temporaryDirectory();
  const wirings: Record<string, Wiring> = {};
  for (let param = 0; param < JOBS; param++) wirings[`p${param}`] = { stage: 'lab/part', param };
  const begin = (detach: boolean) =>
    new Lab(directory, Date.now).begin(wirings, {
      ...{ lifetime: 'detached', detach, now: Date.now },
      open: (onEvent) =>
        new BatchExecutor({
          ...{ system: cluster, cacheDirectory: directory, projectRoot: directory, onEvent, program: ['run-unit'] },
          // Each task goes alone, and nobody waits for the first of them.
          pace: { scouts: JOBS, lookMs: 1000, longestLookMs: 2000 },
        }),
    });
  let began = performance.now();
  const first = await begin(true);
  expect(await first.finished).toMatchObject({ goingOn: JOBS, counts: { ran: 0 } });
  const submitted = (performance.now() - began) / 1000;
  await expect.poll(() => cluster.mostRunning, { timeout: 60_000 }).toBe(JOBS);
  cluster.hurry();
  began = performance.now();
  const second = await begin(false);
  expect(await second.finished).toMatchObject({ goingOn: 0, failures: [], counts: { ran: JOBS } });
  expect(cluster.submitted).toBe(JOBS);
  console.log(
    `${JOBS} jobs at once: submitted in ${submitted.toFixed(1)} s (${(JOBS / submitted).toFixed(0)} a second), taken over in ${((performance.now() - began) / 1000).toFixed(1)} s`,
  );
});
