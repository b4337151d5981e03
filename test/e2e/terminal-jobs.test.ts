/** The view of a run under a shell that stops it, and continues it in the background or the foreground. */
import { beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import type { Project } from '../helpers/project.ts';
import { noTmux, type Pane, type TerminalSize } from '../helpers/tmux.ts';
import { frameOf, openAll, restored, shown, SIZES, start } from './terminal-lab.ts';

describe('a run that Ctrl-Z stops', () => {
  beforeEach((context) => context.skip(noTmux !== undefined, noTmux));

  /** A run that is stopped, with the shell in the foreground. */
  const stopped = async (size: TerminalSize): Promise<{ readonly project: Project; readonly pane: Pane }> => {
    const { project, pane } = await start(size);
    await shown(pane);
    await pane.press('C-z');
    await pane.until((lines) => lines.findLast((line) => line !== '') === '>');
    expect(await pane.isCursorShown()).toBe(true);
    return { project, pane };
  };

  test('continues in the background by Ctrl-Z and bg, without a view, and leaves the keys to the shell', async () => {
    const { project, pane } = await stopped(SIZES[1]!);
    await pane.type('bg');
    await pane.press('Enter');
    for (const word of ['one', 'two']) {
      await pane.type(`echo $((1 + 1)) ${word}`);
      await pane.press('Enter');
      await pane.untilShown(`2 ${word}`);
    }
    project.open('spoken');
    openAll(project);
    const text = (await pane.untilShown('3 ran')).join('\n');
    expect(text).toContain('words of the pipeline');
    expect(frameOf(text.split('\n'))).toEqual([]);
    // The shell reports an ended job only with its next prompt.
    for (let isDone = false; !isDone;) {
      await pane.press('Enter');
      isDone = (await pane.lines()).some((line) => line.includes('Done'));
    }
    expect(await pane.settings()).toMatch(/ icanon /);
  });

  test('returns to the foreground by fg, with its keys', async () => {
    const { project, pane } = await stopped(SIZES[0]!);
    await pane.type('bg');
    await pane.press('Enter');
    await pane.type('fg');
    await pane.press('Enter');
    await shown(pane);
    await pane.press('p');
    await pane.untilShown('paused');
    await pane.press('p');
    openAll(project);
    expect(await restored(pane)).toContain('3 ran');
  });

  test('ignores Ctrl-Z where no shell could continue it: an orphaned group does not stop', async () => {
    const { project, pane } = await start(SIZES[0]!, '', {}, 'exec ');
    await shown(pane);
    await pane.press('C-z');
    for (let isBack = false; !isBack;) {
      await pane.press('Down');
      isBack = (await pane.lines()).some((line) => line.startsWith('▸'));
    }
    expect(await pane.settings()).toMatch(/ -icanon /);
    openAll(project);
    await eventually(() => project.query('SELECT outcome FROM run_end').length === 1);
  });

  test('stops by Ctrl-Z and continues by fg', async () => {
    const { project, pane } = await stopped(SIZES[0]!);
    await pane.type('fg');
    await pane.press('Enter');
    await shown(pane);
    openAll(project);
    expect(await restored(pane)).toContain('3 ran');
  });
});
