import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/events.ts';
import { jsonReporter } from '../../../src/ui/reporters/json-reporter.ts';
import { styleFor } from '../../../src/ui/text/style.ts';
import { at, runStarted } from '../../helpers/run-events.ts';
import { DIGEST, FAILURE, plain, report } from './reported.ts';

describe('the plain reporter', () => {
  test('says what runs, why, how long it took and how much memory it used', () => {
    const text = plain([
      runStarted({ 'toy/fit': 1 }),
      { type: 'node-queued', ...at('fit', 100), reason: 'param.rate 1 -> 2' },
      { type: 'node-started', ...at('fit', 200), attempt: 1, worker: 'w', backend: null, params: {} },
      { type: 'node-ran', ...at('fit', 1700), state: DIGEST, seconds: 1.5, peakMiB: 210.4 },
    ]);
    expect(text).toMatchInlineSnapshot(`
      "run 12 of toy: 1 node, 2 jobs, backend none, seed 0
           0.2 s  start   fit: param.rate 1 -> 2
           1.7 s  ran     fit in 1.5 s, peak 210 MiB
      "
    `);
  });

  test('reports the progress of a node at most every five seconds', () => {
    const progress = (time: number, done: number): RunEvent => ({
      type: 'node-progress',
      ...at('fit', time),
      done,
      total: 100,
      note: 'loss 0.3',
    });
    const text = plain([
      runStarted({ 'toy/fit': 1 }),
      { type: 'node-started', ...at('fit', 0), attempt: 1, worker: 'w', backend: null, params: {} },
      progress(1000, 1),
      progress(4999, 2),
      progress(5000, 3),
      progress(9000, 4),
      progress(10_001, 5),
    ]);
    expect(text.split('\n').filter((line) => line.includes('...'))).toEqual([
      '     5.0 s  ...     fit: 3/100 loss 0.3',
      '    10.0 s  ...     fit: 5/100 loss 0.3',
    ]);
  });

  test('shows the last log lines of a node only if it fails', () => {
    const log = (name: string, text: string): RunEvent => ({ type: 'node-log', ...at(name, 1), stream: 'log', text });
    const events: RunEvent[] = [
      runStarted({ 'toy/fit': 1, 'toy/data': 1, 'toy/score': 1 }),
      log('data', 'all is well'),
      ...Array.from({ length: 12 }, (_, i) => log('fit', `line ${i}`)),
      { type: 'node-ran', ...at('data', 2), state: DIGEST, seconds: 1, peakMiB: null },
      { type: 'node-failed', ...at('fit', 3), failure: FAILURE },
      { type: 'node-skipped', ...at('score', 3), because: 'fit' },
    ];
    const text = plain(events);
    expect(text).toContain('failed  fit (error): No events.\n            | line 2\n');
    expect(text).toContain('| line 11\n');
    expect(text).not.toContain('all is well');
    expect(text).toContain('skipped score: fit failed\n');
    expect(plain(events, undefined, { verbose: true })).toContain('log     data: all is well\n');
  });

  test('reports retries, early cutoffs and notices', () => {
    const text = plain([
      runStarted({ 'toy/fit': 2 }),
      { type: 'node-attempt-failed', ...at('fit', 0), attempt: 1, failure: { ...FAILURE, class: 'oom' } },
      { type: 'node-hit', ...at('fit', 0), how: 'cut-off', state: DIGEST },
      { type: 'notice', at: 0, text: 'The cache lies on a network file system.' },
    ]);
    expect(text.split('\n').slice(1, -1)).toEqual([
      '     0.0 s  retry   fit: attempt 1 failed (oom): No events.',
      '     0.0 s  hit     fit: unchanged (its inputs ran again, same bytes)',
      '     0.0 s  note    The cache lies on a network file system.',
    ]);
  });

  test('prints nothing for ten thousand hits', () => {
    const hits = Array.from({ length: 10_000 }, (_, i): RunEvent => ({
      type: 'node-hit',
      ...at(`fit@i=${i}`, 1),
      how: 'hit',
      state: DIGEST,
    }));
    expect(plain([runStarted({ 'toy/fit': 10_000 }), ...hits])).toBe('');
  });

  test('sums up a stage of many nodes in totals, every five seconds and at its end', () => {
    const text = plain([
      runStarted({ 'toy/fit': 100 }),
      ...Array.from({ length: 100 }, (_, i): readonly RunEvent[] => [
        { type: 'node-queued', ...at(`fit@i=${i}`, i * 100), reason: 'never run' },
        { type: 'node-started', ...at(`fit@i=${i}`, i * 100), attempt: 1, worker: 'w', backend: null, params: {} },
        i === 20
          ? { type: 'node-failed', ...at(`fit@i=${i}`, i * 100), failure: FAILURE }
          : { type: 'node-ran', ...at(`fit@i=${i}`, i * 100), state: DIGEST, seconds: 0.1, peakMiB: null },
      ]).flat(),
    ]);
    expect(text.split('\n').slice(1, -1)).toEqual([
      '     2.0 s  failed  fit@i=20 (error): No events.',
      '     5.0 s  ...     toy/fit: 51 of 100, 1 failed',
      '     9.9 s  done    toy/fit: 100 of 100, 1 failed',
    ]);
  });

  test.each([
    ['interrupted', { because: null }, '3 of 30, 27 interrupted'],
    ['skipped', { because: 'load' }, '3 of 30, 27 skipped'],
    ['left', { because: null, left: 'waiting' }, '3 of 30, 27 left'],
  ] as const)('counts nodes of many that were %s as such, and not as done', (_, more, total) => {
    const text = plain([
      runStarted({ 'toy/fit': 30 }),
      ...Array.from({ length: 30 }, (_each, i): RunEvent =>
        i < 3
          ? { type: 'node-ran', ...at(`fit@i=${i}`, 100), state: DIGEST, seconds: 0.1, peakMiB: null }
          : { type: 'node-skipped', ...at(`fit@i=${i}`, 200), ...more },
      ),
    ]);
    expect(text.split('\n').slice(1, -1)).toEqual([`     0.2 s  ...     toy/fit: ${total}`]);
  });

  test('says before the run starts what takes time, on a terminal only', () => {
    const preparing: RunEvent = { type: 'run-preparing', at: 0, activity: 'bundling' };
    expect(plain([preparing], undefined, { width: 80 })).toBe('bundling ...\n');
    expect(plain([preparing])).toBe('');
  });

  test('says which run a node waits for, and which run made its state', () => {
    const events: RunEvent[] = [
      runStarted({ 'toy/slow': 1, 'toy/fit': 1 }),
      { type: 'node-waiting', ...at('slow', 0), run: 30 },
      { type: 'node-waiting', ...at('fit', 0), run: null },
      { type: 'node-hit', ...at('slow', 2000), how: 'hit', state: DIGEST, madeBy: { run: 30, node: 'slow' } },
      { type: 'node-hit', ...at('twin', 2000), how: 'hit', state: DIGEST, madeBy: { run: 12, node: 'slow' } },
    ];
    const text = plain(events, report({ hit: 2, 'cut-off': 2 }));
    expect(text.split('\n').slice(1, 5)).toEqual([
      '     0.0 s  waiting for run 30: slow',
      '     0.0 s  waiting for another run: fit',
      '     2.0 s  hit     slow: made by run 30',
      '     2.0 s  hit     twin: the same as slow',
    ]);
    const counts = '1 up to date, 2 unchanged (their inputs ran again, same bytes), 1 made by run 30 in';
    expect(text).toContain(`run 12 of toy: ${counts} 12.3 s`);
  });

  test('says once for how many others of its stage a node waits, and how long at most', () => {
    const events: RunEvent[] = [
      runStarted({ 'toy/fit': 30 }),
      { type: 'node-queued', ...at('fit@k=0', 0), reason: 'new' },
      { type: 'node-held', ...at('fit@k=0', 1000), more: 3, seconds: 12 },
      { type: 'node-held', ...at('fit@k=0', 2000), more: 2, seconds: 11 },
      { type: 'node-held', ...at('fit@k=9', 9000), more: 1, seconds: 0.5 },
    ];
    expect(plain(events).split('\n').slice(1, -1)).toEqual([
      '     1.0 s  waiting for 3 more of toy/fit, at most 12.0 s: fit@k=0',
      '     9.0 s  waiting for 1 more of toy/fit, at most 0.5 s: fit@k=9',
    ]);
  });

  test('says once of a stage of many nodes that they wait', () => {
    const waits = Array.from({ length: 50 }, (_, i): RunEvent => ({
      type: 'node-waiting',
      ...at(`fit@i=${i}`, 10),
      run: 30,
    }));
    expect(
      plain([runStarted({ 'toy/fit': 50 }), ...waits])
        .split('\n')
        .slice(1, -1),
    ).toEqual(['     0.0 s  waiting for run 30: nodes of toy/fit']);
  });

  test('shows the file and line of the author where a node fails', () => {
    const stack = 'Error: No events.\n    at fit (/project/src/fit.ts:3:4)';
    const failure = { ...FAILURE, stack };
    const text = plain(
      [runStarted({ 'toy/fit': 1 }), { type: 'node-failed', ...at('fit', 0), failure }],
      report({ failed: 1 }, { outcome: 'failed', failures: [{ node: 'fit', failure }] }),
    );
    expect(text).toContain('failed  fit (error): No events. (src/fit.ts:3)\n');
    expect(text).toContain('    at fit (src/fit.ts:3:4)\n');
  });

  test('uses colour only on a terminal, and not where NO_COLOR is set', () => {
    expect(plain([], report({ ran: 1 }))).not.toContain('\u001b');
    expect(plain([], report({ ran: 1 }), { terminal: true })).toContain('\u001b[32m');
    expect(styleFor(true, { NO_COLOR: '1' }).red('x')).toBe('x');
    expect(styleFor(true, { NO_COLOR: '' }).red('x')).toBe('\u001b[31mx\u001b[39m');
    expect(styleFor(true, { TERM: 'dumb' }).red('x')).toBe('x');
  });
});

describe('the JSON reporter', () => {
  test('writes one event a line, and the report last', () => {
    let text = '';
    const reporter = jsonReporter((more) => (text += more));
    reporter.event(runStarted({ 'toy/fit': 1 }));
    reporter.event({ type: 'node-log', ...at('fit', 1), stream: 'log', text: 'two\nlines' });
    reporter.finish(report({ ran: 1 }));
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string });
    expect(lines.map(({ type }) => type)).toEqual(['run-started', 'node-log', 'run-report']);
    expect(lines[2]).toMatchObject({ run: 12, outcome: 'ok', counts: { ran: 1 } });
  });
});
