/** Bytes that are lost or damaged, and made again. */
import { rmSync, writeFileSync, chmodSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Lab } from './lab.ts';
import type { Wirings } from './lab-graph.ts';
import { objectPath } from './chain.ts';

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

  test('of a state that was accepted are made for the key itself, and what waits has the key of the new bytes', async () => {
    const lab = new Lab();
    const first = await lab.begin({ a: {} });
    first.succeed('a', 'a', 'large');
    await first.finished;
    const changed = { param: 1 };
    lab.accept('a', changed, 1);
    const run = await lab.begin({ a: changed, b: { takes: ['a'] }, c: { takes: ['a'] } }, { jobs: 1 });
    await run.recorded();
    expect(run.outcomes).toEqual(['a hit']);
    expect(run.running).toEqual(['b']);
    const old = lab.output('a', 'large');
    await lab.cache.record.flush();
    rmSync(objectPath(lab, old.digest));
    run.fail('b', { message: 'Input inputs.0 of node b is missing.' });
    expect(run.running).toEqual(['a']);
    run.succeed('a', 'something else', 'large');
    run.succeed('b');
    run.succeed('c');
    expect(await run.finished).toMatchObject({ counts: { ran: 3, failed: 0 } });
    expect(lab.cache.query.equivalences.list()).toMatchObject([{ end: { how: 'made' } }]);
    const made = lab.output('something else', 'large').digest;
    for (const { node, state } of lab.cache.query.visits.ofRun(run.id).filter((visit) => visit.node !== 'a')) {
      const taken = lab.cache.query.states.fields(state!.id).find(({ name }) => name.startsWith('in.'));
      expect([node, taken?.digest]).toEqual([node, made]);
      expect(lab.cache.query.lineage.inputs(state!.id).map(({ digest }) => digest)).toEqual([made]);
    }
    const again = await lab.begin({ a: changed, b: { takes: ['a'] }, c: { takes: ['a'] } });
    expect(await again.finished).toMatchObject({ counts: { hit: 3, ran: 0 } });
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
