/** Keys that are typed while a page is read: they are about that page, however long it takes. */
import type { Key as Typed } from 'ink';
import { describe, expect, test } from 'vitest';
import { ConsoleView } from '../../../src/ui/console/console-view.ts';
import type { Command, Page } from '../../../src/ui/console/page.ts';
import { pageOf, runsPage, runSubject } from './pages.ts';

const LETTERS = {} as Typed;
const ENTER = { return: true } as Typed;
const ESCAPE = { escape: true } as Typed;

/** A console whose pages are read when the test says so. */
class Lab {
  readonly asked: Command[] = [];
  readonly acts: string[] = [];
  readonly view: ConsoleView;
  #settle: ((page: Page) => void) | undefined;
  #wake: (() => void) | undefined;

  constructor() {
    this.view = new ConsoleView({
      size: () => ({ columns: 80, rows: 24 }),
      typed: (command) => command.join(' '),
      act: (action) => this.acts.push(action),
      fail(error) {
        throw error;
      },
      read: (command) => {
        this.asked.push(command);
        return new Promise((settle) => {
          this.#settle = settle;
          this.#wake?.();
        });
      },
    });
  }

  /** Ends the reading that has begun or begins next. */
  async read(page: Page): Promise<void> {
    if (this.#settle === undefined) await new Promise<void>((wake) => (this.#wake = wake));
    this.#settle!(page);
    this.#settle = undefined;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const run = pageOf({
  about: runSubject(2),
  lines: ['run 2', 'fit'],
  subjects: new Map([[1, { kind: 'node', reference: 'run:2/fit' }]]),
});

async function withRuns(): Promise<Lab> {
  const lab = new Lab();
  void lab.view.open(['log']);
  await lab.read(runsPage(2));
  return lab;
}

describe('keys that are typed while a page is read', () => {
  test('are about that page, one after the other', async () => {
    const lab = await withRuns();
    lab.view.typed('', ENTER);
    lab.view.typed('j', LETTERS);
    lab.view.typed('m', LETTERS);
    await lab.read(run);
    await lab.read(pageOf({ lines: ['loss'] }));
    expect(lab.asked).toEqual([['log'], ['show', 'run:2', '--nodes'], ['metrics', '--run', 'run:2', '--node', 'fit']]);
  });

  test('are letters of a filter if one was begun before them', async () => {
    const lab = await withRuns();
    lab.view.typed('', ENTER);
    lab.view.typed('/jk\r', LETTERS);
    await lab.read(pageOf({ about: runSubject(2), lines: ['run 2', 'jk', 'fit'] }));
    const shown = lab.view.frame().map((line) => line.map(({ text }) => text).join(''));
    expect(shown.some((line) => line.includes('jk'))).toBe(true);
    expect(shown.some((line) => line.includes('fit'))).toBe(false);
  });

  test('are forgotten with the page when Esc goes back, and Ctrl-C does not wait', async () => {
    const lab = await withRuns();
    lab.view.typed('', ENTER);
    lab.view.typed('m', LETTERS);
    lab.view.typed('', ESCAPE);
    lab.view.typed('j', LETTERS);
    lab.view.typed('', ENTER);
    lab.view.typed('c', { ctrl: true } as Typed);
    expect(lab.acts).toEqual(['quit']);
    await lab.read(run);
    expect(lab.asked.at(-1)).toEqual(['show', 'run:1', '--nodes']);
  });
});
