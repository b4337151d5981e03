import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  countOf,
  fitted,
  type Key,
  lineAt,
  opened,
  press,
  replaced,
  subjectOf,
  visitOf,
} from '../../../src/ui/console/browser.ts';
import { DOWN, END, ENTER, ESCAPE, letters, pageOf, pressed, runsPage, runSubject, showing } from './pages.ts';

const HEIGHT = 10;
const runs = showing(runsPage(50));
const about = (browser: typeof runs) => subjectOf(visitOf(browser)!)?.reference;

describe('the console', () => {
  test('starts at the first line that can be opened, and Enter opens what a line is about', () => {
    expect(about(runs)).toBe('run:50');
    expect(press(pressed(runs, [DOWN]), ENTER, HEIGHT).effect).toEqual({
      kind: 'open',
      command: ['show', 'run:49', '--nodes'],
    });
  });

  test('asks about the line with letters, and about the page where the line is about nothing', () => {
    const node = { kind: 'node', reference: 'run:3/fit' } as const;
    const page = pageOf({ about: runSubject(3), lines: ['run 3', 'fit'], subjects: new Map([[1, node]]) });
    const commands = (keys: readonly Key[]) => press(pressed(showing(page), keys), letters('m')[0]!, HEIGHT).effect;
    expect(commands([])).toEqual({ kind: 'open', command: ['metrics', '--run', 'run:3'] });
    expect(commands([DOWN])).toEqual({ kind: 'open', command: ['metrics', '--run', 'run:3', '--node', 'fit'] });
  });

  test('opens the log of a node that has no state', () => {
    const subjects = new Map([[0, { kind: 'unfinished', reference: 'run:3/fit' } as const]]);
    expect(press(showing(pageOf({ lines: ['fit'], subjects })), ENTER, HEIGHT).effect).toEqual({
      kind: 'open',
      command: ['log', 'run:3/fit'],
    });
  });

  test('goes back to where the reader was, and never from the first page', () => {
    const deep = opened(pressed(runs, [DOWN, DOWN]), pageOf({ lines: ['a text'] }));
    expect(about(pressed(deep, [ESCAPE]))).toBe('run:48');
    expect(pressed(deep, [ESCAPE, ESCAPE, ESCAPE]).visits).toHaveLength(1);
  });

  test('shows what a filter leaves and the heading, whatever the case, and keeps it until Esc', () => {
    const filtered = pressed(runs, [...letters('/4'), ENTER]);
    // The heading, 4, 14, 24, 34 and 40 to 49.
    expect(countOf(visitOf(filtered)!)).toBe(15);
    expect(lineAt(visitOf(filtered)!, 0)).toBe(0);
    expect(countOf(visitOf(pressed(runs, letters('/RUN  OUT')))!)).toBe(1);
    expect(countOf(visitOf(pressed(filtered, [ESCAPE]))!)).toBe(51);
    expect(pressed(filtered, [ESCAPE]).visits).toHaveLength(1);
  });

  test('takes every letter for the filter while it is typed, and moves no more', () => {
    expect(pressed(runs, letters('/qd?')).typing).toBe('qd?');
    expect(press(pressed(runs, letters('/')), letters('q')[0]!, HEIGHT).effect).toBeUndefined();
  });

  test('compares the two that are marked last, the earlier run first', () => {
    const marked = pressed(runs, [...letters(' '), DOWN, ...letters(' '), DOWN, ...letters(' ')]);
    expect(marked.marked).toEqual(['run:49', 'run:48']);
    const { browser, effect } = press(marked, letters('d')[0]!, HEIGHT);
    expect(effect).toEqual({ kind: 'open', command: ['diff', 'run:48', 'run:49'] });
    expect(browser.marked).toEqual([]);
  });

  test('compares one mark with the line, and nothing with itself', () => {
    const marked = pressed(runs, letters(' '));
    expect(press(marked, letters('d')[0]!, HEIGHT).effect).toBeUndefined();
    expect(press(pressed(marked, [DOWN]), letters('d')[0]!, HEIGHT).effect).toMatchObject({
      command: ['diff', 'run:49', 'run:50'],
    });
    expect(pressed(marked, letters(' ')).marked).toEqual([]);
  });

  test('asks for more at the end of a list that has more', () => {
    const more = ['log', '--limit', '1000'];
    const full = showing(runsPage(50, { more }));
    expect(press(full, DOWN, HEIGHT).effect).toBeUndefined();
    expect(press(full, END, HEIGHT).effect).toEqual({ kind: 'replace', command: more });
    expect(press(runs, END, HEIGHT).effect).toBeUndefined();
  });

  test('stays at a run when a page that was read again has it on another line', () => {
    const at48 = pressed(runs, [DOWN, DOWN]);
    expect(about(replaced(at48, runsPage(53), HEIGHT))).toBe('run:48');
    expect(about(replaced(pressed(at48, letters('/4')), runsPage(53), HEIGHT))).toBe('run:48');
  });

  test('leaves by q from anywhere but a filter, and by Ctrl-C from there as well', () => {
    expect(press(pressed(runs, letters('?')), letters('q')[0]!, HEIGHT).effect).toEqual({ kind: 'quit' });
    expect(press(pressed(runs, letters('/')), { kind: 'quit' }, HEIGHT).effect).toEqual({ kind: 'quit' });
  });

  test('moves sideways as far as the lines that are seen', () => {
    const right: Key = { kind: 'sideways', sign: 1 };
    const long = showing(pageOf({ lines: ['x'.repeat(45)] }));
    expect(visitOf(pressed(long, [right, right, right]))!.left).toBe(40);
  });

  test('has the line of the reader in sight, whatever is pressed and however high the terminal is', () => {
    const key: fc.Arbitrary<Key> = fc.oneof(
      fc.record({
        kind: fc.constant('move' as const),
        by: fc.constantFrom('line' as const, 'page' as const, 'all' as const),
        sign: fc.constantFrom(1 as const, -1 as const),
      }),
      fc.record({ kind: fc.constant('next-subject' as const), sign: fc.constantFrom(1 as const, -1 as const) }),
      fc.record({ kind: fc.constantFrom('enter' as const, 'escape' as const, 'delete' as const) }),
      fc.record({ kind: fc.constant('letter' as const), letter: fc.constantFrom('/', '1', '?', ' ', 'd', 'x') }),
    );
    const lines = fc.array(fc.string({ maxLength: 3 }), { maxLength: 30 });
    fc.assert(
      fc.property(
        lines,
        fc.boolean(),
        fc.array(fc.tuple(key, fc.integer({ min: 1, max: 12 }))),
        (texts, hasSubjects, keys) => {
          const subjects = new Map(hasSubjects ? texts.map((_, line) => [line, runSubject(line + 1)] as const) : []);
          let browser = showing(pageOf({ lines: texts, subjects }));
          for (const [each, height] of keys) {
            browser = press(fitted(browser, height), each, height).browser;
            const visit = visitOf(browser)!;
            const count = countOf(visit);
            expect(visit.at).toBeGreaterThanOrEqual(0);
            expect(visit.at).toBeLessThan(Math.max(1, count));
            expect(visit.top).toBeGreaterThanOrEqual(0);
            expect(visit.top).toBeLessThanOrEqual(visit.at);
            expect(visit.at - visit.top).toBeLessThan(height);
            expect(visit.top).toBeLessThanOrEqual(Math.max(0, count - height));
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
