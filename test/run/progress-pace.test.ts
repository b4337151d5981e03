import { describe, expect, test } from 'vitest';
import { ProgressPace } from '../../src/run/progress-pace.ts';
import type { RunEvent } from '../../src/events.ts';
import { at, nodeStarted } from '../helpers/run-events.ts';
import { eventually } from '../helpers/eventually.ts';

function progress(node: string, time: number): RunEvent {
  return { type: 'node-progress', ...at(node, time), done: time, total: 5000, note: null };
}

function ran(node: string, time: number): RunEvent {
  return { type: 'node-ran', ...at(node, time), state: 'ab', seconds: 1, peakMiB: null };
}

describe('the progress that followers receive', () => {
  test('is one event a second for each node, and its last one before it ends', () => {
    const heard: RunEvent[] = [];
    const pace = new ProgressPace((event) => heard.push(event));
    pace.tell(nodeStarted('a', 0));
    for (let time = 100; time <= 2500; time += 100) for (const node of ['a', 'b']) pace.tell(progress(node, time));
    pace.tell(ran('a', 2600));
    expect(heard).toEqual([
      nodeStarted('a', 0),
      ...[100, 1100, 2100].flatMap((time) => [progress('a', time), progress('b', time)]),
      progress('a', 2500),
      ran('a', 2600),
    ]);
    pace.flush();
    expect(heard.at(-1)).toEqual(progress('b', 2500));
    // Another attempt is reported from its first progress event on.
    pace.tell(progress('a', 2700));
    expect(heard.at(-1)).toEqual(progress('a', 2700));
  });

  test('includes the last event even if nothing follows', async () => {
    const heard: RunEvent[] = [];
    const pace = new ProgressPace((event) => heard.push(event));
    for (const time of [0, 1, 2]) pace.tell(progress('a', time));
    await eventually(() => heard.length === 2);
    expect(heard).toEqual([progress('a', 0), progress('a', 2)]);
  });
});
