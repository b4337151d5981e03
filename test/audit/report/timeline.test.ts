import { expect, test } from 'vitest';
import { timelineOf } from '../../../src/audit/report/timeline.ts';
import type { AttemptRecord } from '../../../src/store/query/attempts.ts';

function attempt(node: string, worker: string, from: number, to: number | null, isFailed = false): AttemptRecord {
  const failure = { class: 'error', message: '', stack: null, exitCode: null, signal: null } as const;
  return {
    id: from,
    run: 1,
    node,
    number: 1,
    worker,
    startedAt: 1000 + from,
    endedAt: to === null ? null : 1000 + to,
    compute: null,
    cpuSeconds: null,
    peakBytes: null,
    failure: isFailed ? failure : null,
  };
}

const stageOf = (node: string): string => node.split('@', 1)[0]!;

test('each attempt is a bar, in seconds since the run began; one without an end goes to the last known time', () => {
  const { bars, workers, seconds, phases } = timelineOf(
    [attempt('fit@n=0', 'a', 500, 1500), attempt('fit@n=1', 'b', 600, null)],
    [{ name: 'planning', startedAt: 1000, endedAt: 1250 }],
    { startedAt: 1000, endedAt: 3000 },
    stageOf,
  );
  expect(workers).toEqual(['a', 'b']);
  expect([seconds, phases]).toEqual([2, [{ name: 'planning', start: 0, end: 0.25 }]]);
  expect(bars.map(({ worker, start, end, open }) => [worker, start, end, open])).toEqual([
    ['a', 0.5, 1.5, false],
    ['b', 0.6, 2, true],
  ]);
});

test('of thousands of attempts, those of a stage on a worker that follow each other are one bar; failed ones stay apart', () => {
  const many = Array.from({ length: 3000 }, (_, n) => attempt(`fit@n=${n}`, 'a', n, n + 1, n === 1500));
  const { bars, attempts } = timelineOf(many, [], { startedAt: 1000, endedAt: null }, stageOf);
  expect(attempts).toBe(3000);
  expect(bars.map(({ attempts: each, failed }) => [each, failed])).toEqual([
    [1500, false],
    [1, true],
    [1499, false],
  ]);
});

test('a run without attempts has an empty timeline', () => {
  const timeline = timelineOf([], [], { startedAt: 1000, endedAt: null }, stageOf);
  expect(timeline).toEqual({ phases: [], workers: [], bars: [], seconds: 0, attempts: 0 });
});
