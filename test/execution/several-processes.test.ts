/** Executions that share a cache, and attempts that outlive the process that started them. */
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CacheKey } from '../../src/core/identity/digest.ts';
import { fsck } from '../../src/store/upkeep/fsck.ts';
import { cacheDirectory, Lab } from './lab.ts';
import type { Wirings } from './lab-graph.ts';
import { CHAIN } from './chain.ts';

describe('two processes on one cache', () => {
  test('make a state once: the second waits, reports for which run, and shares the state', async () => {
    const directory = cacheDirectory();
    const [one, two] = [new Lab(directory), new Lab(directory)];
    const first = await one.begin(CHAIN);
    const second = await two.begin(CHAIN);
    expect(second.running).toEqual([]);
    expect(second.told('node-waiting')).toMatchObject([{ node: 'a', run: first.id }]);
    first.succeed('a');
    await one.cache.record.flush();
    second.poll();
    await second.recorded();
    expect(second.outcomes).toEqual(['a hit']);
    expect(second.told('node-hit')).toMatchObject([{ how: 'hit', madeBy: { run: first.id, node: 'a' } }]);
    first.succeed('b');
    first.succeed('c');
    await first.finished;
    second.poll();
    expect(await second.finished).toMatchObject({ counts: { hit: 3, 'cut-off': 0, ran: 0 } });
    expect(two.cache.query.visits.latest('a')).toMatchObject({ outcome: 'hit', reason: `made by run ${first.id}` });
  });

  test('share the work: a node whose turn has not come in one of them is made by the other', async () => {
    const directory = cacheDirectory();
    const [one, two] = [new Lab(directory), new Lab(directory)];
    const wirings: Wirings = { a: {}, b: {}, c: { takes: ['a'] } };
    const first = await one.begin(wirings, { jobs: 1 });
    first.succeed('a');
    expect(first.running).toEqual(['b']);
    await one.cache.record.flush();
    const second = await two.begin(wirings, { jobs: 1 });
    expect(second.running).toEqual(['c']);
    first.succeed('b');
    expect(first.running).toEqual([]);
    await first.recorded();
    expect(first.told('node-waiting')).toMatchObject([{ node: 'c', run: second.id }]);
    second.succeed('c');
    await two.cache.record.flush();
    first.poll();
    second.poll();
    expect(await first.finished).toMatchObject({ counts: { ran: 2, hit: 1 } });
    expect(await second.finished).toMatchObject({ counts: { ran: 1, hit: 2 } });
  });

  test('say who waits for whom, even where no turn comes for a while', async () => {
    const directory = cacheDirectory();
    const [one, two] = [new Lab(directory), new Lab(directory)];
    const wirings: Wirings = { a: {}, b: {}, c: { takes: ['a'] } };
    const first = await one.begin(wirings, { jobs: 1 });
    first.succeed('a');
    await one.cache.record.flush();
    const second = await two.begin(wirings, { jobs: 1 });
    first.poll();
    await first.recorded();
    expect(first.told('node-waiting')).toMatchObject([{ node: 'c', run: second.id }]);
    first.succeed('b');
    second.succeed('c');
    for (const lab of [one, two]) await lab.cache.record.flush();
    first.poll();
    second.poll();
    await Promise.all([first.finished, second.finished]);
  });

  test.each([
    ['the same bytes', 'a'],
    ['other bytes', 'not as the other run'],
  ])('both finish if the first was stopped for so long that its lease was taken, with %s', async (_, late) => {
    const directory = cacheDirectory();
    const [one, two] = [new Lab(directory), new Lab(directory)];
    const first = await one.begin(CHAIN);
    // As of an owner on another host that has not shown itself for a while.
    const db = new Database(join(directory, 'state.db'));
    db.exec("UPDATE lease SET owner = 'process://elsewhere:1/boot/1/1/1', heartbeat = 0");
    db.close();
    const second = await two.begin(CHAIN);
    expect(second.running).toEqual(['a']);
    await second.succeedAll();
    first.succeed('a', late);
    await first.recorded();
    first.poll();
    while (first.running.length > 0) for (const node of first.running) first.succeed(node);
    first.poll();
    expect((await first.finished).failures).toEqual([]);
    const read = new Database(join(directory, 'state.db'), { readonly: true });
    const made = read
      .prepare("SELECT count(*) FROM state s JOIN name n ON n.id = s.stage WHERE n.text = 'lab/a'")
      .pluck();
    expect(made.get()).toBe(1);
    expect(read.prepare('SELECT count(*) FROM lease').pluck().get()).toBe(0);
    read.close();
    expect(fsck(directory, { repair: false }).findings).toEqual([]);
  });

  test('on two hosts make a state once: the second waits while the first shows itself, and takes over when it no longer does', async () => {
    const directory = cacheDirectory();
    const clock = { now: Date.now() };
    const [here, there] = [new Lab(directory, () => clock.now), new Lab(directory)];
    const first = await there.begin(CHAIN);
    const db = new Database(join(directory, 'state.db'));
    onTestFinished(() => void db.close());
    /** Of the owner on the other host, whose processes nobody can look for from here. */
    const showItself = (): void => {
      db.prepare("UPDATE lease SET owner = 'process://elsewhere:4026531836/its-boot/77/5/1', heartbeat = ?").run(
        clock.now,
      );
    };
    showItself();
    const second = await here.begin(CHAIN);
    for (let minutes = 0; minutes < 5; minutes++) {
      clock.now += 50_000;
      second.poll();
      expect(second.running).toEqual([]);
      showItself();
    }
    clock.now += 59_000;
    second.poll();
    expect(second.running).toEqual([]);
    clock.now += 1000;
    second.poll();
    expect(second.running).toEqual(['a']);
    await second.succeedAll();
    // The first was only asleep: it ends too, and nothing is there twice.
    first.succeed('a');
    await first.recorded();
    first.poll();
    expect((await first.finished).failures).toEqual([]);
    expect(
      db.prepare("SELECT count(*) FROM state s JOIN name n ON n.id = s.stage WHERE n.text = 'lab/a'").pluck().get(),
    ).toBe(1);
    expect(db.prepare('SELECT count(*) FROM lease').pluck().get()).toBe(0);
  });

  test('let the second make the state that the first failed to make', async () => {
    const directory = cacheDirectory();
    const [one, two] = [new Lab(directory), new Lab(directory)];
    const first = await one.begin(CHAIN);
    const second = await two.begin(CHAIN);
    first.fail('a');
    await first.finished;
    second.poll();
    expect(second.running).toEqual(['a']);
    await second.succeedAll();
    expect(second.outcomes).toEqual(['a ran', 'b ran', 'c ran']);
  });

  test('release the leases of nodes that were not started when the first is interrupted', async () => {
    const directory = cacheDirectory();
    const [one, two] = [new Lab(directory), new Lab(directory)];
    const first = await one.begin({ a: {}, b: {} }, { jobs: 1 });
    const second = await two.begin({ b: {} });
    expect(second.running).toEqual([]);
    await first.interrupt();
    second.poll();
    expect(second.running).toEqual(['b']);
    first.fail('a', { class: 'cancelled' });
    await first.finished;
    await second.succeedAll();
  });
});

describe('an attempt that outlives its process', () => {
  const DETACHED = { lifetime: 'detached' } as const;

  /** A run whose process dies while one task is running; the task's handle is known. */
  async function killed(directory: string): Promise<{ readonly key: CacheKey }> {
    const lab = new Lab(directory);
    const run = await lab.begin({ a: {} }, DETACHED);
    run.executor.tell('a', { type: 'submitted', at: 0, handle: { job: 17 } });
    const { cacheKey: key } = run.executor.tasks.get('a')!;
    // Its lease is free, like that of a process that has died.
    lab.cache.leases.release(key);
    return { key };
  }

  test('is found again by its handle, and its result is used', async () => {
    const directory = cacheDirectory();
    await killed(directory);
    const lab = new Lab(directory);
    const run = await lab.begin({ a: {} }, DETACHED);
    expect(run.executor.reattached).toEqual([{ node: 'a', handle: { job: 17 } }]);
    run.executor.tell('a', { type: 'observed', at: 0, state: 'unknown', note: null, why: 'nobody answers' });
    expect(run.running).toEqual(['a']);
    expect(run.told('node-observed')).toMatchObject([
      { node: 'a', state: 'unknown', note: null, why: 'nobody answers' },
    ]);
    run.succeed('a');
    expect(await run.finished).toMatchObject({ counts: { ran: 1 } });
  });

  test('is submitted again if it no longer exists', async () => {
    const directory = cacheDirectory();
    await killed(directory);
    const lab = new Lab(directory);
    const run = await lab.begin({ a: {} }, DETACHED);
    run.executor.tell('a', { type: 'gone' });
    expect(run.running).toEqual(['a']);
    expect(run.executor.reattached).toHaveLength(1);
    run.succeed('a');
    expect(await run.finished).toMatchObject({ counts: { ran: 1 } });
    expect(run.told('node-started').map(({ attempt }) => attempt)).toEqual([1]);
  });

  test('leaves no handle behind once its end is on record', async () => {
    const directory = cacheDirectory();
    const { key } = await killed(directory);
    const lab = new Lab(directory);
    const run = await lab.begin({ a: {} }, DETACHED);
    expect(run.executor.reattached).toHaveLength(1);
    run.fail('a');
    await run.finished;
    await lab.cache.record.flush();
    await turn();
    const again = await new Lab(directory).begin({ a: {} }, DETACHED);
    expect(again.executor.tasks.get('a')!.cacheKey).toBe(key);
    expect(again.executor.reattached).toEqual([]);
    again.succeed('a');
    await again.finished;
  });
});
