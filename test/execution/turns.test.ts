/** Runs of more nodes than one turn of the event loop has room for: others get a turn between, and nothing else differs. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AttemptHandles } from '../../src/store/coordination/attempt-handles.ts';
import { FakeExecutor } from './fake-executor.ts';
import { Lab, type Wiring } from './lab.ts';

const DETACHED = { lifetime: 'detached' } as const;
const MANY = 2500;

/** One stage, so that a plan takes little time. */
function nodes(count: number, more: Readonly<Record<string, Wiring>> = {}): Readonly<Record<string, Wiring>> {
  const each = Array.from({ length: count }, (_, param): [string, Wiring] => [`n${param}`, { stage: 'lab/n', param }]);
  return { ...Object.fromEntries(each), ...more };
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

test('a run that detaches submits all that can start before it leaves', async () => {
  const run = await new Lab().begin(nodes(MANY), {
    ...DETACHED,
    detach: true,
    open: (onEvent) => {
      const executor = new FakeExecutor(onEvent, 'detached');
      const submit = executor.submit.bind(executor);
      executor.submit = (task) => {
        submit(task);
        queueMicrotask(() => {
          executor.tell(task.node, { type: 'observed', at: 0, state: 'waiting', note: 'job 17', why: null });
        });
      };
      return executor;
    },
  });
  expect(await run.finished).toMatchObject({ goingOn: MANY, counts: { skipped: MANY } });
});

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
  // The others have their turns between.
  expect(handles.keys().length).toBeGreaterThan(0);
  await run.finished;
  expect(handles.keys()).toEqual([]);
});
