import { cleanup, render } from 'ink-testing-library';
import { afterEach, describe, expect, test } from 'vitest';
import { App } from '../../../src/ui/ink/app.tsx';
import type { Action } from '../../../src/ui/ink/navigation.ts';
import { Screen } from '../../../src/ui/terminal/screen.ts';
import { View } from '../../../src/ui/ink/view.ts';
import type { MemoryUse } from '../../../src/ui/terminal/memory-use.ts';
import { at, nodeStarted, runStarted } from '../../helpers/run-events.ts';

afterEach(cleanup);

function shown(memory: () => MemoryUse | null = () => null) {
  const actions: Action[] = [];
  const errors: unknown[] = [];
  const view = new View({
    command: 'restage run toy',
    logCommand: (node) => `restage log ${node}`,
    keys: 'control',
    size: () => ({ columns: 80, rows: 24 }),
    memory,
    act: (action) => actions.push(action),
    fail: (error) => errors.push(error),
    now: () => 5000,
    directory: '/project',
  });
  const app = render(<App view={view} isColourful={false} />);
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const untilShown = (what: string): Promise<void> => until(() => app.lastFrame()?.includes(what) === true);
  return { view, app, actions, errors, until, untilShown };
}

describe('the app', () => {
  test('shows events at once, but draws at most ten frames a second', async () => {
    const { view, app, untilShown } = shown();
    view.event(runStarted({ 'toy/fit': 1 }));
    view.event(nodeStarted('fit', 10));
    const startedAt = performance.now();
    for (let epoch = 0; epoch < 1000; epoch++) {
      view.event({ type: 'node-metric', ...at('fit', 10 + epoch), name: 'loss', value: 1 / epoch, step: epoch });
      view.event({ type: 'node-progress', ...at('fit', 10 + epoch), done: epoch + 1, total: 1000, note: null });
      if (epoch % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await untilShown('1000/1000');
    // Timers fire up to two milliseconds early.
    expect(view.frames).toBeLessThanOrEqual(2 + (performance.now() - startedAt) / 98);
    expect(app.lastFrame()).toContain('restage run toy');
  });

  test('draws nothing while nothing changes, once the run is over', async () => {
    const { view, untilShown } = shown();
    view.event(runStarted({ 'toy/fit': 1 }));
    const counts = { hit: 1, 'cut-off': 0, ran: 0, failed: 0, skipped: 0 };
    view.event({ type: 'run-finished', at: 9, run: 12, outcome: 'ok', seconds: 1, counts, savedSeconds: 0 });
    await untilShown('restage run toy');
    const { frames } = view;
    // Longer than a tick of the clock. No event could report that nothing is drawn.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(view.frames).toBe(frames);
  });

  test('takes keys, several at once too', async () => {
    const { view, app, actions, until, untilShown } = shown();
    view.event(runStarted({ 'toy/fit': 1 }));
    view.event(nodeStarted('fit', 10, { params: { depth: 6 } }));
    await untilShown('fit');
    app.stdin.write('\u001b[B');
    await untilShown('▸ fit');
    app.stdin.write('\r');
    await untilShown('params    depth 6');
    app.stdin.write('l');
    await untilShown('log of fit');
    app.stdin.write('\u001b');
    await untilShown('params    depth 6');
    app.stdin.write('pq');
    app.stdin.write('\u0003');
    await until(() => actions.length === 3);
    expect(actions).toEqual(['pause', 'quit', 'quit']);
  });

  test('reports once that it failed, and leaves the run alone', async () => {
    const trouble = new Error('There is no such file.');
    const { view, errors, until } = shown(() => {
      throw trouble;
    });
    view.event(runStarted({ 'toy/fit': 1 }));
    await until(() => errors.length > 0);
    view.event(nodeStarted('fit', 10));
    view.press('help');
    expect(errors).toEqual([trouble]);
    expect(view.model.totals.running).toBe(1);
  });
});

describe('the screen', () => {
  const written = (): { readonly screen: Screen; readonly text: () => string } => {
    let text = '';
    const screen = new Screen(
      (more) => (text += more),
      () => ({ columns: 20, rows: 4 }),
    );
    return { screen, text: () => text };
  };

  test('writes only what changed, in one synchronised piece, and nothing for the same frame', () => {
    const { screen, text } = written();
    screen.draw('a\nb');
    const first = text();
    expect(first).toMatch(/^\u001b\[\?2026h\u001b\[\?25la.*b.*\u001b\[\?2026l$/s);
    screen.draw('a\nb');
    expect(text()).toBe(first);
    screen.draw('a\nc');
    expect(text().slice(first.length)).not.toContain('a');
  });

  test('never uses the last row, however long a frame is', () => {
    const { screen, text } = written();
    screen.draw('1\n2\n3\n4\n5');
    expect(text()).toContain('3');
    expect(text()).not.toContain('4\u001b[0m');
  });

  test('shows the cursor again, once', () => {
    const { screen, text } = written();
    screen.draw('a');
    screen.clear();
    const after = text();
    expect(after).toContain('\u001b[?25h');
    screen.clear();
    screen.abandon();
    expect(text()).toBe(after);
  });
});
