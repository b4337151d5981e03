import { rmSync, writeFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import type { CacheKey } from '../../src/core/identity/digest.ts';
import { PauseSwitch } from '../../src/execution/scheduling/pause-switch.ts';
import { fsck } from '../../src/store/upkeep/fsck.ts';
import { cacheDirectory, Lab, type Wirings } from './lab.ts';

const CHAIN: Wirings = { a: {}, b: { takes: ['a'] }, c: { takes: ['b'] } };

function objectPath(lab: Lab, digest: string): string {
  return join(lab.cache.directory, 'objects', digest.slice(0, 2), digest.slice(2));
}

describe('an execution', () => {
  test('submits a node with its inputs once all of them exist', async () => {
    const lab = new Lab();
    const run = await lab.begin(CHAIN);
    expect(run.running).toEqual(['a']);
    run.succeed('a');
    expect(run.running).toEqual(['b']);
    expect(run.executor.tasks.get('b')!.inputs).toMatchObject([
      { slot: 'inputs', source: { type: 'artifact', digest: lab.output('a').digest } },
    ]);
    run.succeed('b');
    run.succeed('c');
    const report = await run.finished;
    expect(report).toMatchObject({ interrupted: false, failures: [], counts: { ran: 3, hit: 0 } });
    expect(run.outcomes).toEqual(['a ran', 'b ran', 'c ran']);
    expect(run.executor.closed).toBe(true);
  });

  test('executes no node whose state exists, and opens no executor for it', async () => {
    const lab = new Lab();
    await lab.runAll(CHAIN);
    const run = await lab.begin(CHAIN);
    const report = await run.finished;
    expect(report.counts).toMatchObject({ hit: 3, ran: 0 });
    expect(report.savedSeconds).toBe(6);
    expect(run.outcomes).toEqual(['a hit', 'b hit', 'c hit']);
    expect(() => run.executor).toThrow('no node');
    expect(report.outputs(2)!.get('x')!.digest).toBe(lab.output('c').digest);
  });

  test('stops below a node that ran and gave the same bytes: early cutoff', async () => {
    const lab = new Lab();
    await lab.runAll(CHAIN);
    const run = await lab.begin({ ...CHAIN, a: { param: 1 } });
    expect(run.running).toEqual(['a']);
    run.succeed('a', 'a');
    expect(await run.finished).toMatchObject({ counts: { ran: 1, 'cut-off': 2, hit: 0 } });
    expect(run.outcomes).toEqual(['a ran', 'b cut-off', 'c cut-off']);
    expect((await (await lab.begin({ ...CHAIN, a: { param: 1 } })).finished).counts.hit).toBe(3);
  });

  test('continues below a node that ran and gave different bytes', async () => {
    const lab = new Lab();
    await lab.runAll(CHAIN);
    const run = await lab.begin({ ...CHAIN, a: { param: 1 } });
    run.succeed('a', 'something else');
    expect(run.running).toEqual(['b']);
    run.succeed('b');
    expect(await run.finished).toMatchObject({ counts: { ran: 2, 'cut-off': 1 } });
  });

  test('executes a forced node although its state exists, and nothing above it', async () => {
    const lab = new Lab();
    await lab.runAll(CHAIN);
    const run = await lab.begin(CHAIN, { forced: ['b'] });
    expect(run.running).toEqual(['b']);
    run.succeed('b');
    expect(await run.finished).toMatchObject({ counts: { hit: 2, ran: 1 } });
    expect(run.told('node-queued')).toMatchObject([{ node: 'b', reason: 'forced' }]);
  });

  test('makes one attempt for nodes with the same key, and shares its state with the others', async () => {
    const lab = new Lab();
    const twin = { stage: 'lab/same' };
    const run = await lab.begin({ one: twin, two: twin, below: { takes: ['two'] } });
    expect(run.running).toEqual(['one']);
    run.succeed('one');
    expect(run.running).toEqual(['below']);
    run.succeed('below');
    await run.finished;
    expect(run.outcomes).toEqual(['one ran', 'two hit', 'below ran']);
  });

  test('fails twins together', async () => {
    const lab = new Lab();
    const twin = { stage: 'lab/same' };
    const run = await lab.begin({ one: twin, two: twin, below: { takes: ['two'] } });
    run.fail('one');
    await run.finished;
    expect(run.outcomes).toEqual(['one failed', 'two failed', 'below skipped: two']);
  });
});

describe('after a failure, an execution', () => {
  test('skips the nodes below and continues with the rest', async () => {
    const lab = new Lab();
    const run = await lab.begin({ a: {}, b: { takes: ['a'] }, c: { takes: ['b'] }, d: {} });
    run.fail('a', { message: 'No luck.' });
    run.succeed('d');
    const report = await run.finished;
    expect(report.failures).toMatchObject([{ node: 'a', failure: { message: 'No luck.' } }]);
    expect(run.outcomes).toEqual(['a failed', 'b skipped: a', 'c skipped: a', 'd ran']);
  });

  test('retries as often as the class of the failure allows, and counts the attempts', async () => {
    const lab = new Lab();
    const run = await lab.begin({ a: { policy: { retries: { crash: 2 } } } });
    for (const attempt of [1, 2]) {
      run.fail('a', { class: 'crash' });
      await run.recorded();
      expect(run.told('node-attempt-failed').at(-1)).toMatchObject({ node: 'a', attempt });
    }
    run.fail('a', { class: 'crash' });
    expect(await run.finished).toMatchObject({ counts: { failed: 1 } });
    expect(run.told('node-started').map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  test('does not retry after a failure of another class', async () => {
    const lab = new Lab();
    const run = await lab.begin({ a: { policy: { retries: { crash: 2 } } } });
    run.fail('a', { class: 'error' });
    expect(await run.finished).toMatchObject({ counts: { failed: 1 } });
  });

  test.each([1, 2])(
    'starts nothing more after --max-failures %i, and lets running nodes finish',
    async (maxFailures) => {
      const lab = new Lab();
      const run = await lab.begin({ a: {}, b: {}, c: {}, d: {}, e: {} }, { maxFailures, jobs: 3 });
      expect(run.running).toEqual(['a', 'b', 'c']);
      for (const node of ['a', 'b'].slice(0, maxFailures)) run.fail(node);
      const left = run.running;
      expect(left).toEqual(maxFailures === 1 ? ['b', 'c'] : ['c', 'd']);
      for (const node of left) run.succeed(node);
      const report = await run.finished;
      expect(report.counts).toMatchObject({ failed: maxFailures, ran: 2, skipped: 3 - maxFailures });
      expect(run.outcomes).toContain(`e skipped: ${maxFailures === 1 ? 'a' : 'b'}`);
    },
  );

  test('does not retry a node that fails after the run stopped starting nodes', async () => {
    const lab = new Lab();
    const run = await lab.begin({ a: {}, b: { policy: { retries: { error: 5 } } } }, { maxFailures: 1 });
    run.fail('a');
    run.fail('b');
    expect(await run.finished).toMatchObject({ counts: { failed: 2 } });
  });
});

describe('an execution that is held', () => {
  test('starts nothing while it is paused, and continues when it is resumed', async () => {
    const pause = new PauseSwitch();
    const lab = new Lab();
    const run = await lab.begin(CHAIN, { pause });
    pause.set(true);
    await turn();
    run.succeed('a');
    expect(run.running).toEqual([]);
    pause.set(false);
    await turn();
    expect(run.running).toEqual(['b']);
    await run.succeedAll();
    expect(run.told('run-paused').map(({ paused }) => paused)).toEqual([true, false]);
  });

  test('keeps finished states when it is interrupted, and cancels running nodes', async () => {
    const lab = new Lab();
    const run = await lab.begin({ ...CHAIN, d: {} });
    run.succeed('a');
    await run.interrupt();
    expect(run.executor.cancelled.toSorted()).toEqual(['b', 'd']);
    run.fail('b', { class: 'cancelled' });
    run.succeed('d');
    expect(await run.finished).toMatchObject({ interrupted: true, failures: [], counts: { ran: 2, skipped: 2 } });
    expect(run.outcomes).toEqual(['a ran', 'c skipped: interrupted', 'b skipped: interrupted', 'd ran']);
    expect((await lab.runAll({ ...CHAIN, d: {} })).counts).toMatchObject({ hit: 2, ran: 2 });
  });

  test('can be interrupted while it is paused, and before it begins', async () => {
    const pause = new PauseSwitch();
    pause.set(true);
    const lab = new Lab();
    const run = await lab.begin(CHAIN, { pause });
    await run.interrupt();
    expect(await run.finished).toMatchObject({ interrupted: true, counts: { skipped: 3 } });
  });
});

describe('lost bytes', () => {
  const PAIR: Wirings = { a: {}, b: { takes: ['a'] } };

  test('of an input are made again before their reader runs', async () => {
    const lab = new Lab();
    const first = await lab.begin(PAIR);
    first.succeed('a', 'a', 'large');
    first.fail('b');
    await first.finished;
    const run = await lab.begin(PAIR, { jobs: 1 });
    expect(run.outcomes).toEqual(['a hit']);
    // The reader has been submitted; its attempt finds the bytes damaged.
    const path = objectPath(lab, lab.output('a', 'large').digest);
    chmodSync(path, 0o644);
    writeFileSync(path, 'rubbish');
    run.fail('b', { message: 'Input inputs.0 of node b is damaged.' });
    await run.recorded();
    expect(run.told('notice')).toMatchObject([{ text: expect.stringMatching(/output of a .*made again/) as string }]);
    expect(run.running).toEqual(['a']);
    run.succeed('a', 'a', 'large');
    expect(run.running).toEqual(['b']);
    run.succeed('b');
    expect(await run.finished).toMatchObject({ counts: { ran: 2, hit: 0, failed: 0 } });
  });

  test('that disappear while their reader waits in the queue are noticed when its turn comes', async () => {
    const lab = new Lab();
    const wirings: Wirings = { a: {}, busy: { policy: { priority: 1 } }, b: { takes: ['a'] } };
    const run = await lab.begin(wirings, { jobs: 1 });
    run.succeed('busy');
    run.succeed('a', 'a', 'large');
    expect(run.running).toEqual(['b']);
    run.fail('b', { stack: 'at b' });
    await run.finished;
    rmSync(objectPath(lab, lab.output('a', 'large').digest));
    const again = await lab.begin(wirings);
    expect(again.running).toEqual(['a']);
    expect(again.told('node-queued')).toMatchObject([{ node: 'a', reason: 'an output is missing from the cache' }]);
    again.succeed('a', 'a', 'large');
    again.succeed('b');
    expect(await again.finished).toMatchObject({ counts: { failed: 0 } });
  });

  test('that are lost again each time are made only three times', async () => {
    const lab = new Lab();
    const run = await lab.begin(PAIR);
    run.succeed('a', 'a', 'large');
    const { digest } = lab.output('a', 'large');
    for (let time = 1; time <= 3; time++) {
      await lab.cache.record.flush();
      rmSync(objectPath(lab, digest));
      run.fail('b');
      expect(run.running).toEqual(['a']);
      run.succeed('a', 'a', 'large');
      expect(run.running).toEqual(['b']);
    }
    await lab.cache.record.flush();
    rmSync(objectPath(lab, digest));
    run.fail('b');
    expect(await run.finished).toMatchObject({ counts: { failed: 1 } });
  });

  test('whose maker then fails make only the nodes that need them fail', async () => {
    const lab = new Lab();
    const run = await lab.begin(PAIR);
    run.succeed('a', 'a', 'large');
    await lab.cache.record.flush();
    rmSync(objectPath(lab, lab.output('a', 'large').digest));
    run.fail('b');
    run.fail('a');
    expect(await run.finished).toMatchObject({ counts: { failed: 1, skipped: 1, ran: 0 } });
  });

  test('whose maker needs a pool without a size fail with a sentence about it', async () => {
    const lab = new Lab();
    const wirings: Wirings = { a: { policy: { pools: { licence: 1 } } }, b: { takes: ['a'] } };
    const first = await lab.begin(wirings, { pools: { licence: 1 } });
    first.succeed('a', 'a', 'large');
    first.fail('b');
    await first.finished;
    const run = await lab.begin(wirings);
    rmSync(objectPath(lab, lab.output('a', 'large').digest));
    run.fail('b');
    const report = await run.finished;
    expect(report.failures).toMatchObject([
      { node: 'a', failure: { message: expect.stringContaining('licence') as string } },
    ]);
  });

  test('that come back as different bytes are reported, and void the plan based on the old ones', async () => {
    const lab = new Lab();
    const wirings: Wirings = { a: {}, b: { takes: ['a'] }, c: { takes: ['b'] } };
    const first = await lab.begin(wirings);
    first.succeed('a', 'a', 'large');
    first.succeed('b');
    first.succeed('c');
    await first.finished;
    rmSync(objectPath(lab, lab.output('a', 'large').digest));
    const run = await lab.begin(wirings);
    expect(run.running).toEqual(['a']);
    run.succeed('a', 'not as before', 'large');
    await run.recorded();
    expect(run.told('notice')).toMatchObject([
      { text: expect.stringMatching(/a gave different bytes.*not deterministic/) as string },
    ]);
    expect(run.running).toEqual(['b']);
    run.succeed('b');
    expect(await run.finished).toMatchObject({ counts: { ran: 2, 'cut-off': 1 } });
  });
});

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

describe('pools', () => {
  test('hold nodes back that do not fit, and start them when slots are released', async () => {
    const lab = new Lab();
    const policy = { pools: { licence: 1 } };
    const run = await lab.begin({ a: { policy }, b: { policy }, c: {} }, { pools: { licence: 1 } });
    expect(run.running).toEqual(['a', 'c']);
    run.succeed('a');
    expect(run.running).toEqual(['c', 'b']);
    await run.succeedAll();
  });

  test('have as many CPU slots as --jobs', async () => {
    const lab = new Lab();
    const run = await lab.begin({ a: {}, b: {}, c: { policy: { cpus: 2 } } }, { jobs: 2 });
    expect(run.running).toEqual(['a', 'b']);
    run.succeed('a');
    expect(run.running).toEqual(['b']);
    run.succeed('b');
    expect(run.running).toEqual(['c']);
    await run.succeedAll();
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
    run.executor.tell('a', { type: 'observed', at: 0, state: 'unknown', note: 'nobody answers' });
    expect(run.running).toEqual(['a']);
    expect(run.told('node-observed')).toMatchObject([{ node: 'a', state: 'unknown', note: 'nobody answers' }]);
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
