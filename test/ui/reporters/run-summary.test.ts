import { describe, expect, test } from 'vitest';
import type { ResultValue } from '../../../src/run/request.ts';
import { at, runStarted } from '../../helpers/run-events.ts';
import { FAILURE, plain, report, result } from './reported.ts';

describe('the summary of a run', () => {
  test('suggests a file for a long text', () => {
    const text = (bytes: number): ResultValue => ({ ...result('csv'), kind: 'text', bytes });
    const told = plain([], report({ hit: 1 }, { results: [text(2048), text(9_000_000)] })).split('\n');
    expect(told.slice(1, 3)).toEqual([
      'csv: text, 2.0 KiB, 2d711642 (restage get score.csv --cache /c)',
      'csv: text, 8.6 MiB, 2d711642 (restage get score.csv -o FILE --cache /c)',
    ]);
  });

  test('shows the results of a run that had nothing to run on a terminal as the run that made them did', () => {
    const results = [
      result('rows', [
        { k: 1, auc: 0.5 },
        { k: 2, auc: 0.75 },
      ]),
      ...['a', 'b', 'c'].map((name) => result(name, 1)),
    ];
    const shown = (counts: Parameters<typeof report>[0]) =>
      plain([], report(counts, { results }), { width: 80 })
        .split('\n')
        .filter((line) => !line.includes('toy'));
    expect(shown({ hit: 27 })).toEqual(['rows:', '  k   auc', '  1   0.5', '  2  0.75', 'a: 1', 'b: 1', 'c: 1', '']);
    expect(shown({ hit: 26, ran: 1 })).toEqual(['', ...shown({ hit: 27 })]);
  });

  test('sums up a run that had nothing to run in at most four lines', () => {
    const few = report({ hit: 27 }, { results: [result('ams', { value: 3.7123, error: 0.0996 }), result('data')] });
    expect(plain([], few)).toMatchInlineSnapshot(`
      "toy: all 27 nodes are up to date (12.3 s; 104 s saved)
      ams: 3.71 ± 0.10
      data: table, 2.0 KiB, 2d711642 (restage get score.data -o FILE --cache /c)
      "
    `);
    const many = report({ hit: 27 }, { results: ['a', 'b', 'c', 'd'].map((name) => result(name, 1)) });
    expect(plain([], many).trimEnd().split('\n')).toEqual([
      'toy: all 27 nodes are up to date (12.3 s; 104 s saved)',
      'a: 1',
      'b: 1',
      'and 2 more results: restage log 12',
    ]);
  });

  test('sums up a run with its results first, numbers with their errors', () => {
    const value = {
      ams: { value: 3.7123, error: 0.0996 },
      auc: 0.9123456,
      sets: { t: 250_000 },
      list: [1, 2],
      no: null,
    };
    expect(plain([], report({ hit: 20, 'cut-off': 2, ran: 5 }, { results: [result('metrics', value)] })))
      .toMatchInlineSnapshot(`
        "
        metrics:
          ams     3.71 ± 0.10
          auc     0.912346
          sets.t  250000
          list    [1, 2]
          no      null
        run 12 of toy: 20 up to date, 2 unchanged (their inputs ran again, same bytes), 5 ran in 12.3 s; 104 s saved
        "
      `);
  });

  test('sums up a failed run with its failures, their reasons, and the commands to continue', () => {
    const stack = 'Error: No events.\n    at fit (fit.ts:3:4)\n    at run (worker.ts:1:1)';
    const failures = [{ node: 'fit@fold=1', failure: { ...FAILURE, stack } }];
    expect(plain([], report({ hit: 1, failed: 1, skipped: 2 }, { outcome: 'failed', failures })))
      .toMatchInlineSnapshot(`
        "
        run 12 of toy: 1 up to date, 1 failed, 2 skipped in 12.3 s; 104 s saved
        failed fit@fold=1 (error): No events.
            at fit (fit.ts:3:4)
            at run (worker.ts:1:1)
            restage log fit@fold=1
        2 nodes skipped: an input failed.
        What is finished is kept. Once fixed, continue with: restage run toy
        "
      `);
  });

  test('breaks no word and no command at 80 columns', () => {
    const message = 'The worker was killed because it used more memory than the machine had left for it at that time.';
    const failure = { ...FAILURE, message };
    const value = Array.from({ length: 3 }, (_, k) =>
      Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`column-${i}`, k * i])),
    );
    const text = plain(
      [
        runStarted({ 'toy/a-stage-with-a-rather-long-name': 1 }, { pipeline: 'a/pipeline/with/a/long/name' }),
        { type: 'node-failed', ...at('fit@fold=0,seed=3', 0), failure },
      ],
      report(
        { hit: 1, 'cut-off': 2, ran: 1, failed: 1, skipped: 3 },
        {
          outcome: 'failed',
          failures: [{ node: 'fit@fold=0,seed=3', failure }],
          results: [result('table', value)],
        },
      ),
      { width: 80 },
    );
    const long = text.split('\n').filter((line) => line.length > 80);
    expect(long).toEqual([]);
    for (const word of [...message.split(' '), ...'2 unchanged (their inputs ran again, same bytes),'.split(' ')])
      expect(text.split(/\s+/)).toContain(word);
  });

  test('shortens a long list of failures', () => {
    const failures = Array.from({ length: 12 }, (_, i) => ({ node: `fit@i=${i}`, failure: FAILURE }));
    const text = plain([], report({ failed: 12 }, { outcome: 'failed', failures }));
    expect(text).toContain('failed fit@i=9 (error)');
    expect(text).not.toContain('fit@i=10');
    expect(text).toContain('and 2 more: restage log 12\n');
  });

  test('says how to continue an interrupted run', () => {
    expect(plain([], report({ ran: 3, skipped: 1 }, { outcome: 'interrupted', savedSeconds: 0 })))
      .toMatchInlineSnapshot(`
        "
        interrupted: run 12 of toy: 3 ran, 1 interrupted in 12.3 s
        What is finished is kept. Continue with: restage run toy
        "
      `);
  });
});
