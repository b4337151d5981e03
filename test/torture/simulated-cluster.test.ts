/**
 * Runs on a simulated cluster that is larger than any of ours. `npm run torture` has 100,000 nodes; NODES says how many
 * others.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { expect, onTestFinished, test } from 'vitest';
import { BatchExecutor } from '../../src/executors/batch/batch-executor.ts';
import type { Pace } from '../../src/executors/batch/pace.ts';
import type { ExecutorEvent } from '../../src/executors/contract.ts';
import { Lab } from '../execution/lab.ts';
import type { Wiring } from '../execution/lab-graph.ts';
import { PROPERTY_SEED } from '../helpers/property-seed.ts';
import { SimulatedCluster } from '../helpers/simulated-cluster.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';
import { Turns } from '../helpers/turns.ts';
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
  const wirings = partsOf(parts.length);
  for (let param = 0; param < SUMS; param++)
    wirings[`s${param}`] = { stage: 'lab/sum', param, takes: parts.filter((_, i) => i % SUMS === param) };
  const began = performance.now();
  const use = measured(cluster);
  const run = await lab.begin(wirings, {
    ...use.options,
    ...{ lifetime: 'detached', now: Date.now },
    open: (onEvent) => executor(cluster, directory, onEvent, { graceMs: 3000, busyMs: 1000 }),
  });
  const report = await run.finished;
  console.log(
    [
      `${NODES} nodes in ${((performance.now() - began) / 1000).toFixed(0)} s with ${cluster.submitted} jobs, at most ${cluster.mostRunning} at once`,
      use.end(),
      `database ${(statSync(join(directory, 'state.db')).size / NODES).toFixed(0)} B a node`,
      [...cluster.told].map(([what, count]) => `${what} ${count}`).join(', '),
    ].join('\n'),
  );
  expect(report).toMatchObject({ interrupted: false, failures: [], counts: { ran: NODES, failed: 0 } });
  expect(lab.cache.query.states.newest()).toBe(NODES);
  expect(use.mostBytes).toBeLessThan(GIB);
});

const FAULTLESS = {
  rates: { busy: 0, unanswered: 0, silent: 0 },
  fates: { 'host-lost': 0, preempted: 0, 'started-again': 0, forgotten: 0 },
};

test(`${NODES} nodes, of which 10,000 jobs have some, end when their run is interrupted, and leave no job`, async () => {
  const random = randomNumbers(PROPERTY_SEED);
  const cluster = new SimulatedCluster({ random, ...FAULTLESS, slots: 10_000, taskMs: 10_000, taskSeconds: 45 });
  onTestFinished(() => cluster.close());
  const directory = temporaryDirectory();
  const use = measured(cluster);
  const run = await new Lab(directory, Date.now).begin(partsOf(NODES), {
    ...use.options,
    ...{ lifetime: 'detached', now: Date.now },
    open: (onEvent) => executor(cluster, directory, onEvent, { graceMs: 3000 }),
  });
  await expect.poll(() => cluster.submitted, { timeout: 600_000 }).toBeGreaterThan(Math.min(NODES / 20, 9000));
  const began = performance.now();
  await run.interrupt();
  const { counts } = await run.finished;
  const seconds = (performance.now() - began) / 1000;
  console.log(`interrupted with ${cluster.submitted} jobs: ended in ${seconds.toFixed(0)} s\n${use.end()}`);
  expect({ ...counts, hit: counts.ran + counts.skipped }).toMatchObject({ hit: NODES, failed: 0 });
  expect(cluster.goingOn).toBe(0);
});

test(`${JOBS} jobs run at once; the run that has submitted them leaves, and the next one takes what they have made`, async () => {
  const random = randomNumbers(PROPERTY_SEED);
  // A task lasts for longer than a job of several would.
  const cluster = new SimulatedCluster({ random, ...FAULTLESS, slots: JOBS, taskMs: 3_600_000, taskSeconds: 3600 });
  onTestFinished(() => cluster.close());
  const directory = temporaryDirectory();
  const begin = (use: Use, detach: boolean) =>
    new Lab(directory, Date.now).begin(partsOf(JOBS), {
      ...use.options,
      ...{ lifetime: 'detached', detach, now: Date.now },
      // Each task goes alone, and nobody waits for the first of them.
      open: (onEvent) => executor(cluster, directory, onEvent, { scouts: JOBS }),
    });
  let began = performance.now();
  const leaving = measured(cluster);
  const first = await begin(leaving, true);
  expect(await first.finished).toMatchObject({ goingOn: JOBS, counts: { ran: 0 } });
  const submitted = (performance.now() - began) / 1000;
  console.log(
    `${JOBS} jobs at once: submitted in ${submitted.toFixed(1)} s (${(JOBS / submitted).toFixed(0)} a second)\n${leaving.end()}`,
  );
  await expect.poll(() => cluster.mostRunning, { timeout: 60_000 }).toBe(JOBS);
  cluster.hurry();
  began = performance.now();
  const taking = measured(cluster);
  const second = await begin(taking, false);
  expect(await second.finished).toMatchObject({ goingOn: 0, failures: [], counts: { ran: JOBS } });
  expect(cluster.submitted).toBe(JOBS);
  console.log(`taken over in ${((performance.now() - began) / 1000).toFixed(1)} s\n${taking.end()}`);
});

function partsOf(count: number): Record<string, Wiring> {
  return Object.fromEntries(Array.from({ length: count }, (_, param) => [`p${param}`, { stage: 'lab/part', param }]));
}

function executor(
  system: SimulatedCluster,
  directory: string,
  onEvent: (event: ExecutorEvent) => void,
  pace: Partial<Pace>,
): BatchExecutor {
  return new BatchExecutor({
    ...{ system, cacheDirectory: directory, projectRoot: directory, onEvent, program: ['run-unit'] },
    pace: { lookMs: 1000, longestLookMs: 2000, ...pace },
  });
}

type Use = ReturnType<typeof measured>;

/** What a run takes of memory and of the event loop, from its plan on. */
function measured(cluster: SimulatedCluster) {
  let turns: Turns | undefined;
  let mostBytes = 0;
  const memory = setInterval(() => (mostBytes = Math.max(mostBytes, process.memoryUsage().rss)), 500);
  onTestFinished(() => clearInterval(memory));
  return {
    options: { keepsEvents: false, onPlanned: () => (turns = new Turns(() => cluster.ownMs)) },
    get mostBytes() {
      return mostBytes;
    },
    end(): string {
      clearInterval(memory);
      turns!.end();
      return `memory at most ${(mostBytes / 2 ** 20).toFixed(0)} MiB, turns of up to ${turns!.longest.toFixed(0)} ms of processor time`;
    },
  };
}
