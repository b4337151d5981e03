/**
 * Streams of events as a run tells them, drawn at random: every node goes through phases that can follow each other.
 */
import fc from 'fast-check';
import type { NodeStarted, RunEvent, RunStarted } from '../../src/events.ts';

const FAILURE = {
  class: 'error',
  message: 'No events.\nNone at all.',
  stack: null,
  exitCode: 1,
  signal: null,
} as const;

export function runStarted(stages: Readonly<Record<string, number>>, more: Partial<RunStarted> = {}): RunStarted {
  return {
    type: 'run-started',
    at: 0,
    run: 12,
    pipeline: 'toy',
    nodes: Object.values(stages).reduce((sum, n) => sum + n, 0),
    stages: Object.entries(stages).map(([stage, nodes]) => ({ stage, nodes, seconds: null })),
    seed: 0,
    jobs: 2,
    backend: 'none',
    ...more,
  };
}

/** An event's node: `fit@k=1` is of stage `toy/fit`. */
export function at(node: string, time: number) {
  return { at: time, node, stage: `toy/${node.split('@', 1)[0]!}` };
}

export function nodeStarted(node: string, time: number, more: Partial<NodeStarted> = {}): NodeStarted {
  return {
    type: 'node-started',
    ...at(node, time),
    attempt: 1,
    worker: 'worker-1',
    backend: null,
    params: {},
    ...more,
  };
}

const words = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.constantFrom('\u001b[31mred\u001b[0m', 'a\tb\rc', '漢字が長い'.repeat(9), '👩‍🔬 well', 'x'.repeat(900), ''),
);

/** A run of up to 40 nodes in up to 14 stages, and a prefix of what it tells. */
export const runEvents: fc.Arbitrary<readonly RunEvent[]> = fc
  .record({
    stages: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 14 }),
    jobs: fc.integer({ min: 1, max: 40 }),
    seconds: fc.option(fc.double({ min: 0, max: 1e5, noNaN: true })),
    steps: fc.array(
      fc.record({
        node: fc.nat(),
        what: fc.nat(12),
        value: fc.double({ noNaN: true, noDefaultInfinity: true }),
        text: words,
      }),
      { maxLength: 120 },
    ),
  })
  .map(({ stages, jobs, seconds, steps }) => {
    const names = stages.flatMap((nodes, stage) =>
      Array.from({ length: nodes }, (_, k) => (nodes === 1 ? `stage-${stage}` : `stage-${stage}@k=${k}`)),
    );
    const counts = Object.fromEntries(stages.map((nodes, stage) => [`toy/stage-${stage}`, nodes]));
    const first = runStarted(counts, { jobs });
    const started = { ...first, stages: first.stages.map((each) => ({ ...each, seconds })) };
    const phase = new Map<string, 'queued' | 'running' | 'over'>();
    const events: RunEvent[] = [{ type: 'run-preparing', at: 0, activity: 'bundling' }, started];
    for (const [index, { node, what, value, text }] of steps.entries()) {
      const name = names[node % names.length]!;
      const place = at(name, 100 * (index + 1));
      const before = phase.get(name);
      if (before === undefined) {
        const isHit = what % 3 === 0;
        phase.set(name, isHit ? 'over' : 'queued');
        if (what % 4 === 1) events.push({ type: 'node-waiting', ...place, run: what === 1 ? null : what });
        events.push(
          isHit
            ? { type: 'node-hit', ...place, how: what % 2 === 0 ? 'hit' : 'cut-off', state: 'ab'.repeat(32) }
            : { type: 'node-queued', ...place, reason: text },
        );
        if (!isHit && what % 5 === 2) events.push({ type: 'node-held', ...place, more: what, seconds: what / 7 });
      } else if (before === 'queued') {
        phase.set(name, what === 0 ? 'over' : 'running');
        const params = { depth: value, name: text, list: [1, 2], none: null };
        events.push(
          what === 0 ? skipped(place, value, names[0]!) : nodeStarted(name, place.at, { params, backend: 'portable' }),
        );
      } else if (before === 'running') {
        events.push(...told(place, what, value, text));
        if (what > 9) phase.set(name, what === 12 ? 'queued' : 'over');
      }
      if (what > 6 && what < 9 && before !== undefined && before !== 'over')
        events.push({
          type: 'node-observed',
          ...place,
          state: value > 0 ? 'waiting' : 'unknown',
          note: what === 7 ? text : null,
          why: text === '' ? null : text,
        });
      if (what === 5) events.push({ type: 'notice', at: place.at, text });
      if (what === 6) events.push({ type: 'run-paused', at: place.at, paused: value > 0 });
    }
    return events;
  });

function skipped(place: ReturnType<typeof at>, value: number, failed: string): RunEvent {
  if (value > 0) return { type: 'node-skipped', ...place, because: failed };
  const left = value < -1 ? ({ left: value < -2 ? 'elsewhere' : 'waiting' } as const) : {};
  return { type: 'node-skipped', ...place, because: null, ...left };
}

function told(place: ReturnType<typeof at>, what: number, value: number, text: string): readonly RunEvent[] {
  switch (what) {
    case 0:
    case 1:
    case 2:
      return [{ type: 'node-progress', ...place, done: Math.abs(Math.trunc(value)), total: what * 100, note: text }];
    case 3:
    case 4:
      return [{ type: 'node-metric', ...place, name: 'validation loss', value, step: what }];
    case 5:
      return [{ type: 'node-metric', ...place, name: text, value, step: null }];
    case 10:
      return [{ type: 'node-ran', ...place, state: 'cd'.repeat(32), seconds: Math.abs(value), peakMiB: value }];
    case 11:
      return [{ type: 'node-failed', ...place, failure: FAILURE }];
    case 12:
      return [{ type: 'node-attempt-failed', ...place, attempt: 1, failure: FAILURE }];
    default:
      return [{ type: 'node-log', ...place, stream: 'log', text }];
  }
}
