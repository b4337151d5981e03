/** The view of a run in real terminals: the built command line in tmux. */
import { beforeEach, describe, expect, test } from 'vitest';
import { noTmux } from '../helpers/tmux.ts';
import { FITS, frameOf, openAll, restored, shown, SIZES, start } from './terminal-lab.ts';

describe('the view of a run', () => {
  beforeEach((context) => context.skip(noTmux !== undefined, noTmux));

  for (const size of SIZES)
    test(`fits a terminal of ${size.columns}x${size.rows}, and leaves ordinary lines behind`, async () => {
      const { project, pane } = await start(size);
      const frame = frameOf(await shown(pane));
      expect(frame.length).toBeLessThan(size.rows);
      expect(Math.max(...frame.map((line) => line.length))).toBeLessThan(size.columns);
      expect(frame.join('\n')).toMatch(/lab\/fit +.*0\/3/);
      expect(await pane.isCursorShown()).toBe(false);
      openAll(project);
      const text = await restored(pane);
      expect(text).toContain('run 1 of terminal: 3 ran');
      expect(text).toContain('exit 0');
      // Nothing of the view is left.
      expect(text).not.toContain('workers');
    });

  test('is one word in a terminal of 10x3, where the user asks for it', async () => {
    const { project, pane } = await start({ columns: 10, rows: 3 }, '--reporter ink');
    const lines = await pane.until((shownNow) => shownNow.some((line) => line.startsWith('0/3')));
    expect(lines.at(-1)).toBe('');
    openAll(project);
    expect(await restored(pane)).toContain('exit 0');
  });

  test('is plain lines in a terminal of 10x3 otherwise', async () => {
    const { project, pane } = await start({ columns: 10, rows: 3 });
    // Until then the last line may still be the shell's, before the command.
    await pane.until(() => project.tally().length === 2);
    openAll(project);
    const text = await restored(pane);
    expect(text).toMatch(/run 1 of terminal: 3 nodes, 2 jobs/);
  });

  for (const [why, env] of [
    ['a dumb terminal', { TERM: 'dumb' }],
    ['continuous integration', { CI: 'true' }],
  ] as const)
    test(`is plain lines for ${why}`, async () => {
      const { project, pane } = await start(SIZES[1]!, '', env);
      await pane.untilShown('start   fit@k=0');
      openAll(project);
      expect(await restored(pane)).toContain('exit 0');
    });

  test('is plain lines for a command in the background, which is not stopped', async () => {
    const { project, pane } = await start(SIZES[1]!, '&');
    await pane.untilShown('start   fit@k=0');
    openAll(project);
    await pane.untilShown('3 ran');
  });

  test('survives changes of the size', async () => {
    const { project, pane } = await start(SIZES[0]!);
    await shown(pane);
    for (const size of [SIZES[2]!, SIZES[1]!, { columns: 10, rows: 3 }, SIZES[0]!]) {
      await pane.resize(size);
      if (size.rows === 3) {
        await pane.until((lines) => lines[0]!.startsWith('0/3') && lines[1] === '');
        continue;
      }
      // Nothing of the earlier frame is left: one title at the top, one line of gauges, and a free row below.
      await pane.until((lines) => {
        const titles = lines.filter((line) => line.startsWith('restage run')).length;
        const gauges = lines.filter((line) => line.startsWith('workers ')).length;
        const isWhole = FITS.test(lines.join('\n')) && lines[0]!.startsWith('restage run') && lines.at(-1) === '';
        const isWide = lines[1]!.length >= Math.min(size.columns, 133) - 2 && lines[1]!.length < size.columns;
        return titles === 1 && gauges === 1 && isWhole && isWide;
      });
    }
    openAll(project);
    expect(await restored(pane)).toContain('exit 0');
  });

  test('has colours, and none where NO_COLOR asks for none', async () => {
    const plain = await start(SIZES[0]!, '', { NO_COLOR: '1' });
    const colourful = await start(SIZES[0]!);
    await shown(plain.pane);
    await shown(colourful.pane);
    const sequence = /\u001b\[[\d;]*m/;
    expect((await plain.pane.lines(true)).join('\n')).not.toMatch(sequence);
    expect((await colourful.pane.lines(true)).join('\n')).toMatch(sequence);
  });

  test('cancels the run by q, in order, as Ctrl-C does', async () => {
    for (const key of ['q', 'C-c']) {
      const { project, pane } = await start(SIZES[0]!);
      await shown(pane);
      await pane.press(key);
      const text = await restored(pane);
      expect(text).toContain('interrupted: run 1 of terminal: 3 interrupted');
      expect(text).toContain('exit 130');
      expect(project.query('SELECT outcome FROM run_end')).toEqual([{ outcome: 'interrupted' }]);
    }
  });

  test('pauses the run by p, and resumes it by p', async () => {
    const { project, pane } = await start(SIZES[0]!);
    await shown(pane);
    await pane.press('p');
    await pane.untilShown('paused');
    project.open('fit-0');
    project.open('fit-1');
    await pane.untilShown('workers 0/2');
    expect(project.tally()).not.toContain('fit 2');
    await pane.press('p');
    await pane.untilShown(/fit@k=2 .*20\/40/);
    project.open('fit-2');
    expect(await restored(pane)).toContain('3 ran');
  });

  test('looks at a node by arrows and Enter, at its log by l, and goes back by Esc', async () => {
    const { project, pane } = await start(SIZES[0]!);
    await shown(pane);
    await pane.press('Down');
    await pane.untilShown('▸ fit@k=0');
    await pane.press('Down', 'Enter');
    await pane.untilShown(/params +k 1 · rate 0.003/);
    await pane.untilShown(/validation loss +0.0500/);
    await pane.press('l');
    await pane.untilShown('log of fit@k=1');
    await pane.untilShown('fit 1 waits for its gate');
    await pane.press('Escape');
    await pane.untilShown(/params +k 1/);
    await pane.press('Escape');
    await pane.untilShown('▸ fit@k=1');
    await pane.press('?');
    await pane.untilShown('finished nodes are kept; q again leaves');
    openAll(project);
    expect(await restored(pane)).toContain('3 ran');
  });

  test('has no keys where the input is not a terminal', async () => {
    const { project, pane } = await start(SIZES[0]!, '< /dev/null');
    const frame = frameOf(await shown(pane));
    expect(frame.at(-1)).not.toContain('help');
    openAll(project);
    expect(await restored(pane)).toContain('3 ran');
  });

  test('keeps above itself what other code prints', async () => {
    const { project, pane } = await start(SIZES[1]!, '-S noisy=true -S fits=1 -j 3');
    await pane.untilShown(FITS);
    project.open('noisy');
    const lines = await pane.until((now) => now.includes('stray words of a stage') && frameOf(now).length > 0);
    expect(lines.indexOf('stray words of a stage')).toBeLessThan(
      lines.findLastIndex((line) => line.startsWith('restage run')),
    );
    expect(frameOf(lines).length).toBeLessThan(50);
    project.open('spoken');
    await pane.untilShown(/^words of the pipeline$/);
    const later = await pane.until(
      (now) => now.some((line) => line.endsWith('Warning: warning of Node')) && frameOf(now).length > 0,
    );
    const title = later.findLastIndex((line) => line.startsWith('restage run'));
    expect(later.indexOf('words of the pipeline')).toBeLessThan(title);
    expect(later.findIndex((line) => line.endsWith('warning of Node'))).toBeLessThan(title);
    // There is one complete view, and nothing is written into it.
    expect(later.filter((line) => line.startsWith('restage run'))).toHaveLength(1);
    openAll(project);
    const text = await restored(pane);
    for (const words of ['stray words of a stage', 'words of the pipeline', 'Warning: warning of Node'])
      expect(text).toContain(words);
  });

  test('restores the terminal when the process crashes', async () => {
    const { project, pane } = await start(SIZES[0]!, '-S noisy=true -S crash=true -S fits=1 -j 3');
    await pane.untilShown(FITS);
    project.open('noisy');
    const text = await restored(pane);
    expect(text).toContain('Error: boom');
    expect(text).not.toContain('exit 0');
  });

  for (const [signal, code] of [
    ['TERM', 130],
    ['HUP', 129],
  ] as const)
    test(`restores the terminal after SIG${signal}`, async () => {
      const { pane } = await start(SIZES[0]!);
      await shown(pane);
      await pane.kill(`SIG${signal}`);
      expect(await restored(pane)).toContain(`exit ${code}`);
    });
});
