/** The loop that turns a plan into states. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { PauseSwitch } from '../../src/execution/scheduling/pause-switch.ts';
import { Lab } from './lab.ts';
import { CHAIN } from './chain.ts';

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

  test('fails a node whose process reports other outputs than its stage declares, and puts nothing on record', async () => {
    const lab = new Lab();
    for (const outputs of [[], [{ ...lab.output('a'), name: 'other' }], [{ ...lab.output('a'), kind: 'text' }]]) {
      const run = await lab.begin(CHAIN);
      run.executor.succeed('a', outputs);
      const report = await run.finished;
      expect(report.failures).toMatchObject([{ node: 'a', failure: { class: 'crash' } }]);
      expect(report.failures[0]!.failure.message).toMatch(/^The process of node a reported other outputs than stage /);
    }
    const run = await lab.begin(CHAIN);
    expect(run.running).toEqual(['a']);
    for (const node of ['a', 'b', 'c']) run.succeed(node);
    await run.finished;
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

describe('a failure of the cache', () => {
  test('ends the run, and not the node: what is finished is kept, and the rest is cancelled', async () => {
    const lab = new Lab();
    const run = await lab.begin({ a: {}, b: { param: 1 }, c: { param: 2, policy: { retries: { error: 3 } } } });
    run.succeed('a');
    run.executor.fail('c', { message: 'An artifact could not be written.' }, { ofCache: true });
    await expect(run.finished).rejects.toMatchObject({ exitCode: 5, message: 'An artifact could not be written.' });
    expect(run.executor.closed).toBe(true);
    await lab.cache.record.flush();
    expect(lab.cache.query.visits.latest('a')).toMatchObject({ outcome: 'ran' });
    expect(run.events.map(({ type }) => type)).not.toContain('node-failed');
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
