/**
 * Runs of more nodes than one turn of the event loop has room for: others get a turn between, and nothing else differs.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type CacheKey, sha256 } from '../../src/core/identity/digest.ts';
import { InFlight } from '../../src/execution/nodes/in-flight.ts';
import type { ExecutorEvent } from '../../src/executors/contract.ts';
import { AttemptHandles } from '../../src/store/coordination/attempt-handles.ts';
import { FakeExecutor } from './fake-executor.ts';
import { Lab } from './lab.ts';
import type { Wiring } from './lab-graph.ts';

const DETACHED = { lifetime: 'detached' } as const;
const MANY = 1500;
const OUTPUT = { name: 'x', kind: 'json', digest: sha256('1'), bytes: 1, inline: Buffer.from('1') } as const;

/** One stage, so that a plan takes little time. */
function nodes(count: number, more: Readonly<Record<string, Wiring>> = {}): Readonly<Record<string, Wiring>> {
  const each = Array.from({ length: count }, (_, param): [string, Wiring] => [`n${param}`, { stage: 'lab/n', param }]);
  return { ...Object.fromEntries(each), ...more };
}

function below(root: string, above: Readonly<Record<string, Wiring>>): Readonly<Record<string, Wiring>> {
  const consumers = Object.entries(nodes(MANY)).map(([name, wiring]) => [name, { ...wiring, takes: [root] }] as const);
  return { ...above, ...Object.fromEntries(consumers) };
}

async function turns(until: () => boolean): Promise<number> {
  let count = 0;
  for (; !until(); count++) await turn();
  return count;
}

test('thousands of nodes are submitted in several turns, in the order of their priorities', async () => {
  const first = { stage: 'lab/n', param: MANY, policy: { priority: 1 } };
  const run = await new Lab().begin(nodes(MANY, { first }), DETACHED);
  expect(await turns(() => run.running.length === MANY + 1)).toBeGreaterThan(1);
  expect(run.running).toEqual(['first', ...Array.from({ length: MANY }, (_, i) => `n${i}`)]);
  expect(await run.succeedAll()).toMatchObject({ counts: { ran: MANY + 1 } });
});

test('a run that is interrupted while it submits thousands begins no further one, and cancels the others by and by', async () => {
  const run = await new Lab().begin(nodes(MANY), DETACHED);
  await turns(() => run.running.length > 0);
  await run.interrupt();
  const submitted = run.running;
  expect(submitted.length).toBeLessThan(MANY);
  expect(await turns(() => run.executor.cancelled.length === submitted.length)).toBeGreaterThan(0);
  expect(run.running).toEqual(submitted);
  for (const node of submitted) run.executor.fail(node, { class: 'cancelled' });
  expect(await run.finished).toMatchObject({ interrupted: true, counts: { ran: 0, failed: 0, skipped: MANY } });
});

test('thousands of nodes below one that fails are reported some in each turn, and all before the run ends', async () => {
  const run = await new Lab().begin(below('root', { root: {} }), DETACHED);
  run.fail('root');
  const skipped = (): number => run.told('node-skipped').length;
  await run.recorded();
  expect(skipped()).toBeGreaterThan(0);
  expect(skipped()).toBeLessThan(MANY);
  expect(await run.finished).toMatchObject({ counts: { failed: 1, skipped: MANY } });
  expect(skipped()).toBe(MANY);
  expect(new Set(run.told('node-skipped').map(({ because }) => because))).toEqual(new Set(['root']));
});

test('a run that detaches submits all that can start before it leaves', async () => {
  let executor: FakeExecutor | undefined;
  const open = (onEvent: (event: ExecutorEvent) => void) => (executor = takenElsewhere(onEvent));
  const wirings = below('root', { root: {}, other: {} });
  const run = await new Lab().begin(wirings, { ...DETACHED, detach: true, open });
  executor!.start('root');
  executor!.succeed('root', [OUTPUT]);
  // The other one goes on elsewhere all the time.
  expect(await run.finished).toMatchObject({ goingOn: MANY + 1, counts: { ran: 1, skipped: MANY + 1 } });
});

/** All that is submitted is in the queue of another system at once. */
function takenElsewhere(onEvent: (event: ExecutorEvent) => void): FakeExecutor {
  const executor = new FakeExecutor(onEvent, 'detached');
  const submit = executor.submit.bind(executor);
  executor.submit = (task) => {
    submit(task);
    // Not before the call has returned.
    if (task.node !== 'root')
      queueMicrotask(() => {
        executor.tell(task.node, { type: 'observed', at: 0, state: 'waiting', note: 'job 17', why: null });
      });
  };
  return executor;
}

test('of thousands that end at once, no handle is left when the run ends', async () => {
  const lab = new Lab();
  const run = await lab.begin(nodes(MANY), DETACHED);
  await turns(() => run.running.length === MANY);
  const handles = new AttemptHandles(lab.cache.directory);
  const some = run.running.filter((_, i) => i % 4 === 0);
  for (const node of some) run.executor.tell(node, { type: 'submitted', at: 0, handle: { job: 17 } });
  expect(handles.keys()).toHaveLength(some.length);
  for (const node of run.running) run.succeed(node);
  await run.recorded();
  const left = new Set<number>();
  while (handles.keys().length > 0) {
    left.add(handles.keys().length);
    await turn();
  }
  expect(left.size).toBeGreaterThan(2);
  await run.finished;
});

test('handles are removed before the run ends', async () => {
  const lab = new Lab();
  const run = await lab.begin(nodes(300), DETACHED);
  for (const node of run.running) run.executor.tell(node, { type: 'submitted', at: 0, handle: { job: 17 } });
  await run.succeedAll();
  expect(new AttemptHandles(lab.cache.directory).keys()).toEqual([]);
});

test('of thousands of keys, those of the first in the queue are claimed, and that of the node whose turn has come', () => {
  const inFlight = new InFlight(new Lab().cache.leases);
  const entries = Array.from({ length: MANY }, (_, node) => {
    const entry = inFlight.begin(node, {
      do: 'make',
      key: sha256(`${node}`) as string as CacheKey,
      fields: [],
      reason: '',
      anew: false,
    });
    inFlight.enlist(entry);
    return entry;
  });
  const { ours } = inFlight.claim(entries.at(-1));
  expect(ours.map(({ node }) => node)).toEqual([MANY - 1, ...Array.from({ length: 999 }, (_, i) => i)]);
  expect(inFlight.claim().ours).toHaveLength(MANY - 1000);
  expect(inFlight.hasUnclaimed).toBe(false);
});
