/** Listeners hear about what is on record, in the order in which it happened, and about nothing else. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AttemptLog } from '../../src/execution/nodes/attempt-log.ts';
import { Lab } from './lab.ts';

const CHAIN = { a: {}, b: { takes: ['a'] }, c: {} };

/** How many rows another process sees. */
function rowsIn(lab: Lab, sql: string): number {
  const db = new Database(join(lab.cache.directory, 'state.db'), { readonly: true });
  try {
    return db.prepare<[], number>(`SELECT count(*) FROM ${sql}`).pluck().get()!;
  } finally {
    db.close();
  }
}

describe('an event', () => {
  test.each(['small', 'large'] as const)(
    'is told once it is on record for other processes, %s outputs too',
    async (size) => {
      const lab = new Lab();
      const seen: string[] = [];
      const run = await lab.begin(CHAIN, {
        onEvent: (event) => {
          if (event.type === 'node-ran') {
            const states = rowsIn(lab, `state WHERE hex(key) = '${event.state.toUpperCase()}'`);
            const visits = rowsIn(
              lab,
              `visit v JOIN name n ON n.id = v.node WHERE n.text = '${event.node}' AND v.outcome = 3`,
            );
            seen.push(`${event.node}: ${states} ${visits}`);
          }
          if (event.type === 'node-log')
            seen.push(`${event.text}: ${rowsIn(lab, `log_line WHERE text = '${event.text}'`)}`);
          if (event.type === 'node-failed') seen.push(`failed: ${rowsIn(lab, 'attempt_failure')}`);
        },
      });
      run.succeed('a', 'a', size);
      run.executor.start('c');
      run.executor.tell('c', { type: 'log', at: 0, stream: 'log', text: 'last words' });
      run.executor.fail('c', {});
      run.succeed('b', 'b', size);
      expect(run.told('node-ran')).toEqual([]);
      await run.finished;
      expect(seen).toEqual(['a: 1 1', 'last words: 1', 'failed: 1', 'b: 1 1']);
    },
  );

  test('about something that cannot be recorded is never passed on, and the run ends with the reason', async () => {
    const lab = new Lab();
    const run = await lab.begin(CHAIN);
    run.succeed('a');
    await run.recorded();
    const db = new Database(join(lab.cache.directory, 'state.db'));
    db.exec("CREATE TRIGGER full BEFORE INSERT ON state BEGIN SELECT RAISE(ABORT, 'no space'); END");
    db.close();
    run.succeed('c');
    await expect(run.recorded()).rejects.toThrow('no space');
    // While `b` still runs, and without any event of it.
    run.poll();
    await expect(run.finished).rejects.toThrow('no space');
    expect(run.outcomes).toEqual(['a ran']);
    expect(rowsIn(lab, 'state')).toBe(1);
  });

  test('of which a listener throws ends the run with that error, and what was finished is on record', async () => {
    const lab = new Lab();
    const run = await lab.begin(CHAIN, {
      onEvent: ({ type }) => {
        if (type === 'node-ran') throw new Error('nobody listens');
      },
    });
    run.succeed('a');
    run.succeed('c');
    await run.recorded();
    await expect(run.finished).rejects.toThrow('nobody listens');
    expect(rowsIn(lab, 'state')).toBe(2);
  });

  test('comes in order, whatever is recorded between', async () => {
    const lab = new Lab();
    const run = await lab.begin({ a: {} });
    run.executor.start('a');
    for (let i = 0; i < 5000; i++) {
      if (i % 7 === 0) run.executor.tell('a', { type: 'progress', at: 0, done: i, total: 5000, note: null });
      else run.executor.tell('a', { type: 'log', at: 0, stream: 'log', text: String(i) });
      if (i % 1500 === 0) await run.recorded();
    }
    run.executor.succeed('a', [lab.output('a')]);
    await run.finished;
    const order = run.events.flatMap((event) =>
      event.type === 'node-log' ? [Number(event.text)] : event.type === 'node-progress' ? [event.done] : [],
    );
    expect(order).toEqual(Array.from({ length: 5000 }, (_, i) => i));
  });
});

describe('the log of an attempt', () => {
  const line = (text: string) => ({ at: 0, stream: 'stdout' as const, text });

  test('keeps its beginning and its end, and says how many lines are left out between them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 12 })),
        fc.nat(20),
        fc.nat(60),
        fc.nat(20),
        fc.nat(60),
        (texts, f, fl, l, ll) => {
          const log = new AttemptLog({ first: { lines: f, length: fl }, last: { lines: l, length: ll } });
          const answers = texts.map((text) => log.add(line(text)));
          const first = answers.filter((answer) => answer === 'tell').length;
          const { omitted, lines } = log.rest;
          expect(answers.slice(0, first).every((answer) => answer === 'tell')).toBe(true);
          expect(first + omitted + lines.length).toBe(texts.length);
          expect(lines.map(({ text }) => text)).toEqual(texts.slice(first + omitted));
          for (const [kept, most] of [
            [texts.slice(0, first), { lines: f, length: fl }],
            [lines.map(({ text }) => text), { lines: l, length: ll }],
          ] as const) {
            expect(kept.length).toBeLessThanOrEqual(most.lines);
            expect(kept.join('').length).toBeLessThanOrEqual(most.length);
          }
        },
      ),
    );
  });

  test('that is too long is recorded and told with a line that says what is left out', async () => {
    const lab = new Lab();
    const run = await lab.begin({ a: {} });
    run.executor.start('a');
    for (let i = 0; i < 150_000; i++) run.executor.tell('a', { type: 'log', at: 0, stream: 'log', text: `line ${i}` });
    run.executor.fail('a', {});
    await run.finished;
    const texts = run.told('node-log').map(({ text }) => text);
    expect(texts).toHaveLength(100_001);
    expect(texts.slice(89_999, 90_002)).toEqual([
      'line 89999',
      '[restage] 50000 lines are left out here.',
      'line 140000',
    ]);
    expect(texts.at(-1)).toBe('line 149999');
    expect(run.told('notice').map(({ text }) => text)).toEqual([
      'Node a prints a lot: the last of its further lines follow when it ends.',
    ]);
    expect(lab.cache.query.attempts.log(lab.cache.query.attempts.latest('a')!.id).map(({ text }) => text)).toEqual(
      texts,
    );
  });
});
