/** Nodes whose executor finds a host for them: they take nothing of this machine, and a run may end before they do. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { cacheDirectory, Lab } from './lab.ts';

const DETACHED = { lifetime: 'detached' } as const;
const WAITING = { type: 'observed', at: 0, state: 'waiting', note: 'job 17', why: 'Priority' } as const;

describe('nodes that execute elsewhere', () => {
  test('take no slots: all that are ready are submitted, with what they need', async () => {
    const lab = new Lab();
    const wirings = { a: { policy: { cpus: 8, memoryMiB: 1e9 } }, b: {}, c: {}, d: { takes: ['a'] } };
    const run = await lab.begin(wirings, { ...DETACHED, jobs: 1 });
    expect(run.running).toEqual(['a', 'b', 'c']);
    expect(run.executor.tasks.get('a')!.resources).toEqual({
      needs: { cpus: 8, memoryMiB: 1e9, gpus: 0 },
      seconds: null,
      options: {},
    });
    expect(run.executor.tasks.get('b')!.resources?.needs.memoryMiB).toBeNull();
    await run.succeedAll();
  });

  test('wait for a named pool all the same', async () => {
    const lab = new Lab();
    const licensed = { policy: { pools: { licence: 1 } } };
    const run = await lab.begin({ a: licensed, b: licensed }, { ...DETACHED, pools: { licence: 1 } });
    expect(run.running).toEqual(['a']);
    await run.succeedAll();
  });

  test('are tried again when their host is lost, without being asked to, and not forever', async () => {
    const lab = new Lab();
    const run = await lab.begin({ a: {}, b: { policy: { retries: { lost: 0 } } } }, DETACHED);
    run.fail('b', { class: 'lost' });
    for (let lost = 0; lost < 5; lost++) {
      expect(run.running).toEqual(['a']);
      run.fail('a', { class: 'lost' });
    }
    run.fail('a', { class: 'lost' });
    expect(await run.finished).toMatchObject({ counts: { failed: 2 } });
    expect(run.told('node-attempt-failed').filter(({ node }) => node === 'a')).toHaveLength(5);
  });
});

test('a node that failed is submitted again, and does not find the attempt that has failed', async () => {
  const run = await new Lab().begin({ a: {} }, DETACHED);
  run.executor.tell('a', { type: 'submitted', at: 0, handle: { job: 17 } });
  run.fail('a', { class: 'lost' });
  expect(run.running).toEqual(['a']);
  run.succeed('a');
  expect(await run.finished).toMatchObject({ counts: { ran: 1 } });
  expect(run.executor.reattached).toEqual([]);
});

test('a retry on this machine leaves the attempt alone that another run has left elsewhere', async () => {
  const directory = cacheDirectory();
  const wirings = { a: { policy: { retries: { error: 1 } } } };
  const left = await new Lab(directory).begin(wirings, { ...DETACHED, detach: true });
  left.executor.tell('a', { type: 'submitted', at: 0, handle: { job: 17 } });
  left.executor.tell('a', WAITING);
  await left.finished;
  const here = await new Lab(directory).begin(wirings);
  here.fail('a');
  expect(here.running).toEqual(['a']);
  await here.interrupt();
  here.executor.fail('a', { class: 'cancelled' });
  await here.finished;
  expect(new Lab(directory).cache.query.runs.latestOfAll()).toMatchObject({ outcome: 'interrupted' });
  const next = await new Lab(directory).begin(wirings, DETACHED);
  expect(next.executor.reattached).toEqual([{ node: 'a', handle: { job: 17 } }]);
});

describe('a run that detaches', () => {
  test('ends once all that is left was taken elsewhere, and cancels nothing of it', async () => {
    const directory = cacheDirectory();
    const lab = new Lab(directory);
    const run = await lab.begin({ a: {}, b: {}, c: { takes: ['a', 'b'] } }, { ...DETACHED, detach: true });
    run.executor.tell('a', { type: 'submitted', at: 0, handle: { job: 17 } });
    run.executor.tell('a', WAITING);
    run.succeed('b');
    expect(await run.finished).toMatchObject({ interrupted: true, goingOn: 1, counts: { ran: 1, skipped: 2 } });
    expect(run.executor).toMatchObject({ cancelled: [], closed: false, hasLeft: true });
    expect(lab.cache.query.runs.get(run.id)).toMatchObject({ outcome: 'detached' });
    const reasonOf = (node: string) => lab.cache.query.visits.latest(node, { run: run.id })?.reason;
    expect(['a', 'c'].map(reasonOf)).toEqual(['goes on elsewhere', 'left to the next run']);
    expect(run.told('node-skipped')).toMatchObject([
      { node: 'a', because: null, left: 'elsewhere' },
      { node: 'c', because: null, left: 'waiting' },
    ]);

    const next = await new Lab(directory).begin({ a: {}, b: {}, c: { takes: ['a', 'b'] } }, DETACHED);
    expect(next.executor.reattached).toEqual([{ node: 'a', handle: { job: 17 } }]);
    expect(await next.succeedAll()).toMatchObject({ goingOn: 0, counts: { ran: 2, hit: 1 } });
  });

  test('waits for states that are on their way from a remote', async () => {
    let [arrive, asked] = [(): void => undefined, 0];
    const source = {
      name: 'group',
      // Of the first of two nodes.
      has: (): boolean => asked++ === 0,
      take: (): Promise<boolean> => new Promise((resolve) => (arrive = () => resolve(false))),
    };
    const run = await new Lab().begin({ taken: {}, made: {} }, { ...DETACHED, detach: true, source });
    run.executor.tell('made', WAITING);
    await run.recorded();
    arrive();
    await turn();
    expect(run.running).toEqual(['made', 'taken']);
    run.executor.tell('taken', WAITING);
    expect(await run.finished).toMatchObject({ goingOn: 2 });
  });

  test('waits as long as nobody knows whether something was taken', async () => {
    const run = await new Lab().begin({ a: {} }, { ...DETACHED, detach: true });
    run.executor.tell('a', { ...WAITING, state: 'unknown' });
    expect(run.running).toEqual(['a']);
    run.succeed('a');
    expect(await run.finished).toMatchObject({ interrupted: false, goingOn: 0, counts: { ran: 1 } });
  });
});
