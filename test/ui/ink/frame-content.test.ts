/** What a frame of the terminal view tells about nodes and failures. */
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/events.ts';
import { outcomeOf } from '../../../src/ui/ink/node-outcome.ts';
import { at, nodeStarted, runStarted } from '../../helpers/run-events.ts';
import { after, EVENTS, frame, modelOf, text } from './drawing.ts';

describe('a frame', () => {
  test('shows on the page of a node why it runs, its parameters, and how it failed', () => {
    const failure = {
      class: 'crash',
      message: 'The worker died.',
      stack: null,
      exitCode: null,
      signal: 'SIGSEGV',
    } as const;
    const model = modelOf([...EVENTS, { type: 'node-failed', ...at('fit@k=0', 6000), failure }]);
    const page = text(frame(model, { place: after(model, ['down', 'enter']) }));
    expect(page).toContain('restage log fit@k=0');
    expect(page).toMatch(/because +param.rate 1 -> 2/);
    expect(page).toMatch(/params +rate 2 · net.depth 6/);
    expect(page).toMatch(/failure +crash, SIGSEGV/);
    expect(page).toContain('hello from fit');
  });

  test('has a column only for what the run has: never one of zeros', () => {
    const heading = (events: readonly RunEvent[]): string =>
      text(frame(modelOf(events), { size: { columns: 120, rows: 40 } }))
        .split('\n')
        .find((line) => line.startsWith('stage'))!
        .trim();
    expect(heading(EVENTS)).toMatch(/^stage +done +hit +running +waiting$/);
    const failure = { class: 'error', message: 'No.', stack: null, exitCode: null, signal: null } as const;
    const more: readonly RunEvent[] = [
      { type: 'node-failed', ...at('fit@k=0', 6000), failure },
      { type: 'node-skipped', ...at('score', 6000), because: 'fit@k=0' },
      { type: 'node-hit', ...at('fit@k=2', 6000), how: 'cut-off', state: 'ab' },
      { type: 'node-skipped', ...at('fit@k=1', 6000), because: null },
    ];
    expect(heading([...EVENTS, ...more])).toMatch(/^stage +done +hit +unchanged +failed +skipped +interrupted$/);
  });

  test('shows the note of progress for every stage, loss and rate only where a node tells them', () => {
    const plainStage: readonly RunEvent[] = [
      runStarted({ 'toy/read': 1 }),
      nodeStarted('read', 10),
      { type: 'node-progress', ...at('read', 20), done: 1, total: 3, note: 'rows of March' },
    ];
    const reading = text(frame(modelOf(plainStage)));
    expect(reading).toMatch(/node +progress +time +left +note/);
    expect(reading).toMatch(/read .*1\/3 .*rows of March/);
    const learning = text(frame(modelOf(EVENTS), { size: { columns: 110, rows: 24 } }));
    expect(learning).toMatch(/node +progress +loss +time +left +loss so far +note/);
    expect(learning).toMatch(/fit@k=0 .*5\/20 +0\.5000 .*well/);
    const rate: RunEvent = { type: 'node-metric', ...at('fit@k=0', 5000), name: 'learning rate', value: 0.1, step: 4 };
    expect(text(frame(modelOf([...EVENTS, rate]), { size: { columns: 132, rows: 24 } }))).toMatch(/loss +rate +time/);
  });

  test('paints green only what has a state: failed nodes are red, skipped and interrupted ones yellow', () => {
    const failure = { class: 'error', message: 'No.', stack: null, exitCode: null, signal: null } as const;
    const model = modelOf([
      runStarted({ 'toy/fit': 2, 'toy/score': 2 }),
      { type: 'node-hit', ...at('fit@k=1', 1), how: 'hit', state: 'ab' },
      { type: 'node-failed', ...at('fit@k=0', 1), failure },
      { type: 'node-skipped', ...at('score@k=0', 1), because: 'fit@k=0' },
      { type: 'node-skipped', ...at('score@k=1', 1), because: null },
    ]);
    const tonesOf = (start: string): readonly string[] =>
      frame(model)
        .find((line) => text([line]).startsWith(start))!
        .filter((part) => part.text.includes('━'))
        .map(({ tone }) => tone);
    expect(tonesOf('toy/fit')).toEqual(['good', 'bad']);
    expect(tonesOf('toy/score')).toEqual(['warn']);
    const progress = frame(model)[1]!.filter((part) => part.text.includes('━'));
    expect(progress.map(({ tone }) => tone)).toEqual(['good', 'bad', 'warn']);
    expect(text(frame(model))).toContain('1/4 nodes  1 failed  1 skipped  1 interrupted');
  });

  test('tells what a detached run has left to the next one apart from what was interrupted', () => {
    const model = modelOf([
      runStarted({ 'toy/fit': 2, 'toy/score': 1 }),
      { type: 'node-hit', ...at('fit@k=1', 1), how: 'hit', state: 'ab' },
      { type: 'node-skipped', ...at('fit@k=0', 1), because: null, left: 'elsewhere' },
      { type: 'node-skipped', ...at('score', 1), because: null, left: 'waiting' },
    ]);
    const drawn = text(frame(model, { size: { columns: 120, rows: 40 } }));
    expect(drawn).toContain('1/3 nodes  2 left to the next run');
    expect(drawn).toMatch(/^stage +done +hit +detached +left$/m);
    expect(['fit@k=0', 'score'].map((node) => outcomeOf(model.node(node)!, 1))).toEqual([
      'goes on elsewhere',
      'left to the next run',
    ]);
  });

  test('shows in free places which nodes wait for another process, and says it where nothing else runs', () => {
    const waiting: RunEvent = { type: 'node-waiting', ...at('slow', 10), run: 30 };
    const model = modelOf([runStarted({ 'toy/slow': 1, 'toy/fit': 1 }), waiting, nodeStarted('fit', 20)]);
    expect(text(frame(model))).toMatch(/^ {2}slow +waiting for run 30$/m);
    expect(text(frame(model))).toMatch(/^waiting +slow +for run 30$/m);
    expect(text([frame(model)[0]!])).not.toContain('waiting');
    model.apply({ type: 'node-ran', ...at('fit', 30), state: 'ab', seconds: 1, peakMiB: null });
    expect(text([frame(model)[0]!])).toMatch(/ waiting for run 30$/);
    model.apply({ type: 'node-hit', ...at('slow', 40), how: 'hit', state: 'ab', madeBy: { run: 30, node: 'slow' } });
    expect(text(frame(model))).not.toContain('waiting for');
    expect(model.totals).toMatchObject({ hit: 1, 'cut-off': 0 });
  });

  test('shows in a free place which node waits for others of its stage, and for how much longer, until it starts', () => {
    const held = (time: number, more: number): RunEvent => ({
      ...{ type: 'node-held', ...at('fit@k=0', time) },
      ...{ more, seconds: 12 },
    });
    const model = modelOf([runStarted({ 'toy/fit': 4, 'toy/data': 1 }), nodeStarted('data', 5), held(10, 3)]);
    const drawn = (now: number): string => text(frame(model, { now }));
    expect(drawn(10)).toMatch(/^ {2}fit@k=0 +waiting for 3 more of toy\/fit, at most 12\.0 s$/m);
    expect(drawn(5010)).toMatch(/^ {2}fit@k=0 +waiting for 3 more of toy\/fit, at most 7\.0 s$/m);
    expect(drawn(13_000)).toMatch(/^ {2}fit@k=0 +waiting for 3 more of toy\/fit, at most 0 s$/m);
    expect(drawn(5010)).toMatch(/^waiting +fit@k=0 +for 3 more of toy\/fit, at most 12\.0 s$/m);
    expect(text([frame(model)[0]!])).not.toContain('waiting');
    model.apply({ type: 'node-ran', ...at('data', 15), state: 'ab', seconds: 1, peakMiB: null });
    model.apply(held(20, 2));
    const header = (now: number): string => text([frame(model, { now })[0]!]);
    expect(header(20)).toMatch(/ waiting for 2 more of toy\/fit, at most 12\.0 s$/);
    expect(header(10_020)).toMatch(/ waiting for 2 more of toy\/fit, at most 2\.0 s$/);
    expect(model.feed.filter(({ kind }) => kind === 'waiting')).toHaveLength(1);
    expect(model.totals).toMatchObject({ queued: 1, waiting: 0 });
    model.apply({ type: 'node-queued', ...at('fit@k=0', 30), reason: 'new' });
    expect(text([frame(model)[0]!])).not.toContain('waiting');
    expect(outcomeOf(model.node('fit@k=0')!, 30)).toBe('queued');
  });

  test('of a failure shows the file and the line of the author, in the feed and on its page', () => {
    const stack = `Error: No events.\n    at readRows (/project/src/read.ts:12:5)\n    at run (/elsewhere/stages.ts:3:4)`;
    const failure = { class: 'error', message: 'No events.', stack, exitCode: null, signal: null } as const;
    const model = modelOf([...EVENTS, { type: 'node-failed', ...at('fit@k=0', 6000), failure }]);
    expect(text(frame(model))).toMatch(/^failed +fit@k=0 +src\/read\.ts:12 +No events\.$/m);
    const page = text(frame(model, { place: after(model, ['down', 'enter']) }));
    expect(page).toContain('at readRows (src/read.ts:12:5)');
    expect(page).toContain('at run (/elsewhere/stages.ts:3:4)');
  });

  test('gives a failure with a long message a second line', () => {
    const message = 'The weights of fold 1 are not finite: lower the learning rate or clip the gradients.';
    const failure = { class: 'error', message, stack: null, exitCode: null, signal: null } as const;
    const failed: RunEvent = { type: 'node-failed', ...at('fit@k=0', 6000), failure };
    const said = Array.from({ length: 20 }, (_, k): RunEvent => ({
      type: 'node-log',
      ...at('fit@k=1', 7000),
      stream: 'log',
      text: `line ${k}`,
    }));
    const lines = text(frame(modelOf([...EVENTS, failed, ...said]), { size: { columns: 100, rows: 24 } })).split('\n');
    const first = lines.findIndex((line) => line.startsWith('failed '));
    expect(lines[first]).toMatch(/^failed +fit@k=0 *$/);
    expect(lines[first + 1]).toBe(`         ${message}`);
    expect(lines.at(-2)).toContain('line 19');
  });

  test('of another process has no keys that would change the run', () => {
    const model = modelOf(EVENTS);
    expect(text(frame(model, { keys: 'watch' }))).not.toContain('pause');
    expect(text(frame(model, { keys: 'watch' }))).toContain('q leave');
    expect(text(frame(model, { keys: 'none' }))).not.toContain('help');
  });
});
