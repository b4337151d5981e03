/** What the view and the plain lines say about attempts on other hosts. */
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { NodeObserved, RunEvent } from '../../../src/events.ts';
import { elsewhereWords } from '../../../src/ui/model/elsewhere-words.ts';
import { ElsewhereLines } from '../../../src/ui/reporters/elsewhere-lines.ts';
import { at, nodeStarted, runEvents, runStarted } from '../../helpers/run-events.ts';
import { after, frame, modelOf, text } from '../ink/drawing.ts';

afterEach(() => vi.useRealTimers());

function seen(node: string, time: number, more: Partial<NodeObserved> = {}): NodeObserved {
  return { type: 'node-observed', ...at(node, time), state: 'waiting', note: 'job 17', why: 'Priority', ...more };
}

const queued = (node: string): RunEvent => ({ type: 'node-queued', ...at(node, 0), reason: 'new' });
const fits = (count: number): readonly string[] => Array.from({ length: count }, (_, k) => `fit@k=${k}`);

describe('the model of a run', () => {
  test('counts nodes elsewhere by what they wait for, while they come and go', () => {
    const model = modelOf([runStarted({ 'toy/fit': 4 }), ...fits(4).flatMap((node) => [queued(node), seen(node, 10)])]);
    expect(elsewhereWords(model.elsewhere.summary())).toBe('4 queued elsewhere (Priority)');
    model.apply(seen('fit@k=0', 20, { state: 'running', note: 'job 17 on n1', why: null }));
    model.apply(nodeStarted('fit@k=0', 30));
    model.apply(seen('fit@k=1', 30, { state: 'running', note: 'job 17 on n1', why: null }));
    model.apply(seen('fit@k=2', 30, { why: null }));
    expect(elsewhereWords(model.elsewhere.summary())).toBe(
      '1 run, 3 queued elsewhere (1 Priority, 1 in jobs that run, 1 no reason given)',
    );
    model.apply(seen('fit@k=3', 40, { state: 'unknown', why: 'Slurm does not answer' }));
    model.apply({ type: 'node-ran', ...at('fit@k=0', 50), state: 'ab', seconds: 1, peakMiB: null });
    expect(model.elsewhere.summary()).toMatchObject({ running: 0, queued: 2, unknown: 1 });
  });

  test('counts each node that is elsewhere once, whatever is told', () => {
    fc.assert(
      fc.property(runEvents, (events) => {
        const { elsewhere, ...model } = modelOf(events);
        const { running, queued: waiting, unknown } = elsewhere.summary();
        const named = new Set(events.flatMap((event) => ('node' in event ? [event.node] : [])));
        const there = [...named].filter((node) => elsewhere.of(node) !== undefined);
        expect(running + waiting + unknown).toBe(there.length);
        expect(running).toBeLessThanOrEqual(model.places.filter((place) => place !== null).length);
      }),
    );
  });

  test('remembers since when a node is in its state, while the reason changes', () => {
    const model = modelOf([
      runStarted({ 'toy/fit': 1 }),
      queued('fit'),
      seen('fit', 10),
      seen('fit', 90, { why: 'Resources' }),
    ]);
    expect(model.elsewhere.of('fit')).toMatchObject({ since: 10, why: 'Resources' });
  });
});

describe('a frame', () => {
  const run = [runStarted({ 'toy/fit': 10_000 }), ...fits(10_000).map((node) => seen(node, 10))];

  test('has one line for ten thousand nodes that wait elsewhere, and the host of each that runs', () => {
    const events = [
      ...run,
      seen('fit@k=0', 20, { state: 'running', note: 'job 17 on n1', why: null }),
      nodeStarted('fit@k=0', 1000),
      seen('fit@k=1', 20, { why: 'Resources' }),
    ];
    const lines = text(frame(modelOf(events), { now: 5000 })).split('\n');
    expect(lines.filter((line) => line.includes('fit@k='))).toEqual([expect.stringMatching(/job 17 on n1$/)]);
    expect(lines).toContain('  1 run, 9999 queued elsewhere (9998 Priority, 1 Resources)');
    expect(lines.join('\n')).not.toContain('idle');
    // No worker of this machine is busy with it.
    expect(lines.at(-1)).toMatch(/^workers .*0\/2 /);
  });

  test('says since when nobody knows of a node that runs', () => {
    const events = [
      ...[runStarted({ 'toy/fit': 1 }), seen('fit', 10, { state: 'running', note: 'job 17 on n1', why: null })],
      ...[nodeStarted('fit', 20), seen('fit', 5000, { state: 'unknown', why: 'Slurm does not answer' })],
    ];
    const model = modelOf(events);
    const size = { columns: 120, rows: 24 };
    expect(text(frame(model, { now: 65_000, size }))).toMatch(/fit .*unknown for 1:00: job 17: Slurm does not answer/);
    const page = text(frame(model, { now: 65_000, size, place: after(model, ['down', 'enter']) }));
    expect(page).toMatch(/elsewhere +unknown for 1:00, job 17: Slurm does not answer/);
  });

  test('says in its first line that all is queued elsewhere, where nothing runs', () => {
    expect(text(frame(modelOf(run))).split('\n')[0]).toMatch(/10000 queued elsewhere$/);
  });
});

describe('plain lines', () => {
  function told(events: readonly RunEvent[], isCounted: boolean): readonly string[] {
    vi.useFakeTimers();
    const lines: string[] = [];
    const reporter = new ElsewhereLines((time, word, line) => lines.push(`${word} ${line}`));
    for (const event of events) reporter.event(event, () => isCounted);
    vi.advanceTimersByTime(10_000);
    reporter.end();
    return lines;
  }

  test('say of each of a few nodes where it is and why', () => {
    const runs = seen('fit', 20, { state: 'running', note: 'job 17 on n1', why: null });
    expect(told([seen('fit', 10), runs], false)).toEqual([
      'waiting fit: job 17: Priority',
      'running fit: job 17 on n1',
    ]);
  });

  test('say how many of many nodes wait and for what, in one line', () => {
    const events = fits(500).map((node, k) => seen(node, 10, { why: k < 400 ? 'Priority' : 'Resources' }));
    expect(told(events, true)).toEqual(['jobs 500 queued elsewhere (400 Priority, 100 Resources)']);
  });

  test('tell once that a system does not answer, also of a few nodes', () => {
    const events = fits(3).map((node) => seen(node, 10, { state: 'unknown', why: 'Slurm does not answer' }));
    expect(told(events, false)).toEqual(['jobs 3 unknown elsewhere (Slurm does not answer)']);
  });

  test('tell a second time that a system does not answer, also of a few nodes and in the same words', () => {
    vi.useFakeTimers();
    const lines: string[] = [];
    const reporter = new ElsewhereLines((_, word, line) => lines.push(`${word} ${line}`));
    const tell = (more: Partial<NodeObserved>): void => {
      for (const node of fits(3)) reporter.event(seen(node, 10, more), () => false);
      vi.advanceTimersByTime(10_000);
    };
    const silent = { state: 'unknown', why: 'Slurm does not answer' } as const;
    for (const more of [silent, silent, { why: 'Priority' }, silent]) tell(more);
    reporter.end();
    const outage = 'jobs 3 unknown elsewhere (Slurm does not answer)';
    expect(lines.filter((line) => line.startsWith('jobs'))).toEqual([outage, outage]);
  });
});
