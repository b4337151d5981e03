/** Pages of the console as tests make them. */
import type { Key } from '../../../src/ui/console/browser.ts';
import { type Browser, opened, press, START } from '../../../src/ui/console/browser.ts';
import type { Page, Subject } from '../../../src/ui/console/page.ts';

export const DOWN: Key = { kind: 'move', by: 'line', sign: 1 };
export const END: Key = { kind: 'move', by: 'all', sign: 1 };
export const ENTER: Key = { kind: 'enter' };
export const ESCAPE: Key = { kind: 'escape' };

export function letters(text: string): readonly Key[] {
  return Array.from(text).map((letter) => ({ kind: 'letter', letter }));
}

export function pageOf(more: Partial<Page>): Page {
  return {
    command: ['log'],
    typed: 'restage log',
    lines: [],
    heading: 0,
    about: null,
    subjects: new Map(),
    more: null,
    isChanging: false,
    ...more,
  };
}

/** As `restage log` shows them, the latest first. */
export function runsPage(count: number, more: Partial<Page> = {}): Page {
  const ids = Array.from({ length: count }, (_, k) => count - k);
  return pageOf({
    lines: ['run  outcome', ...ids.map((id) => `${id}  ok`)],
    heading: 1,
    subjects: new Map(ids.map((id, row) => [row + 1, runSubject(id)])),
    ...more,
  });
}

export function runSubject(id: number): Subject {
  return { kind: 'run', reference: `run:${id}` };
}

export function showing(page: Page): Browser {
  return opened(START, page);
}

export function pressed(browser: Browser, keys: readonly Key[], height = 10): Browser {
  return keys.reduce((state, key) => press(state, key, height).browser, browser);
}
