/** Where the reader of the console is, and what each key changes: pure, so that every way through it can be tested. */
import { cellWidth } from '../text/cells.ts';
import { textOfStyled } from '../text/styled-line.ts';
import { type Command, commandFor, type Offer, offersFor, offersOfPage, type Page, type Subject } from './page.ts';

/** A page with the reader's place in it. Places count the lines that the filter leaves. */
export interface Visit {
  readonly page: Page;
  /** The numbers of the lines that are shown; null for all. */
  readonly kept: readonly number[] | null;
  readonly filter: string;
  /** The line that keys are about; on a page without subjects the first one that is seen. */
  readonly at: number;
  /** The first line that is seen. */
  readonly top: number;
  /** So many cells of each line are out of sight on the left. */
  readonly left: number;
}

export interface Browser {
  /** The last one is shown. None until the first page is read. */
  readonly visits: readonly Visit[];
  /** References of what a diff compares, at most two. */
  readonly marked: readonly string[];
  /** A filter while it is typed. */
  readonly typing: string | null;
  readonly isHelp: boolean;
}

export type Key =
  | { readonly kind: 'move'; readonly by: 'line' | 'page' | 'all'; readonly sign: 1 | -1 }
  | { readonly kind: 'next-subject'; readonly sign: 1 | -1 }
  | { readonly kind: 'sideways'; readonly sign: 1 | -1 }
  | { readonly kind: 'enter' | 'escape' | 'delete' }
  | { readonly kind: 'quit' | 'suspend' | 'redraw' }
  | { readonly kind: 'letter'; readonly letter: string };

/** What a key asks for outside the console's own state. */
export type Effect =
  { readonly kind: 'open' | 'replace'; readonly command: Command } | { readonly kind: 'quit' | 'suspend' | 'redraw' };

export interface Pressed {
  readonly browser: Browser;
  readonly effect?: Effect;
}

export const START: Browser = { visits: [], marked: [], typing: null, isHelp: false };
const SIDE_CELLS = 20;

export function visitOf({ visits }: Browser): Visit | undefined {
  return visits.at(-1);
}

export function countOf({ kept, page }: Visit): number {
  return kept?.length ?? page.lines.length;
}

/** The number of the line at a place. */
export function lineAt({ kept }: Visit, place: number): number {
  return kept === null ? place : (kept[place] ?? -1);
}

/** What keys are about: the line where the reader is or, where that leads nowhere, the page. */
export function subjectOf(visit: Visit): Subject | null {
  return visit.page.subjects.get(lineAt(visit, visit.at)) ?? visit.page.about;
}

export function offersAt(visit: Visit): readonly Offer[] {
  const subject = subjectOf(visit);
  return [...(subject === null ? [] : offersFor(subject)), ...offersOfPage(visit.page)];
}

/** A page that was asked for has been read. */
export function opened(browser: Browser, page: Page): Browser {
  const first = page.about === null ? Math.min(...page.subjects.keys()) : 0;
  const visit: Visit = { page, kept: null, filter: '', at: Number.isFinite(first) ? first : 0, top: 0, left: 0 };
  return { ...browser, visits: [...browser.visits, visit], typing: null, isHelp: false };
}

/** The page that is shown was read again. The reader stays at what the line was about, wherever it is now. */
export function replaced(browser: Browser, page: Page, height: number): Browser {
  const before = visitOf(browser);
  if (before === undefined) return opened(browser, page);
  const filtered = { ...before, page, kept: keptBy(page, before.filter) };
  const about = before.page.subjects.get(lineAt(before, before.at))?.reference;
  const [line] = [...page.subjects].find(([, { reference }]) => reference === about) ?? [];
  const found = line === undefined ? -1 : filtered.kept === null ? line : filtered.kept.indexOf(line);
  const shift = found < 0 ? 0 : found - before.at;
  return withVisit(browser, placed({ ...filtered, top: before.top + shift }, before.at + shift, height));
}

/** The terminal has another height. */
export function fitted(browser: Browser, height: number): Browser {
  const visit = visitOf(browser);
  return visit === undefined ? browser : withVisit(browser, placed(visit, visit.at, height));
}

/** Whether the key means the same whatever is shown. */
export function isOfConsole(key: Key): key is Extract<Key, { readonly kind: 'quit' | 'suspend' | 'redraw' }> {
  return key.kind === 'quit' || key.kind === 'suspend' || key.kind === 'redraw';
}

/** @param height how many lines of the page are seen */
export function press(browser: Browser, key: Key, height: number): Pressed {
  if (isOfConsole(key)) return { browser, effect: key };
  if (browser.typing !== null) return type(browser, browser.typing, key, height);
  if (browser.isHelp) return { browser: { ...browser, isHelp: false }, ...(isLetter(key, 'q') ? quit : {}) };
  const visit = visitOf(browser);
  if (visit === undefined) return { browser, ...(isLetter(key, 'q') ? quit : {}) };
  switch (key.kind) {
    case 'move':
      return move(browser, visit, key.by === 'all' ? countOf(visit) : key.by === 'page' ? height : 1, key.sign, height);
    case 'next-subject':
      return { browser: withVisit(browser, placed(visit, nextSubject(visit, key.sign), height)) };
    case 'sideways':
      return { browser: withVisit(browser, { ...visit, left: sideways(visit, key.sign, height) }) };
    case 'enter': {
      const subject = visit.page.subjects.get(lineAt(visit, visit.at));
      return subject === undefined ? { browser } : open(browser, commandFor(subject));
    }
    case 'escape':
    case 'delete':
      return { browser: back(browser, visit, height) };
    case 'letter':
      return pressLetter(browser, visit, key.letter);
  }
}

const quit = { effect: { kind: 'quit' } } as const;

function isLetter(key: Key, letter: string): boolean {
  return key.kind === 'letter' && key.letter === letter;
}

function pressLetter(browser: Browser, visit: Visit, letter: string): Pressed {
  switch (letter) {
    case 'q':
      return { browser, ...quit };
    case '?':
      return { browser: { ...browser, isHelp: true } };
    case '/':
      return { browser: { ...browser, typing: visit.filter } };
    case ' ':
      return { browser: mark(browser, subjectOf(visit)) };
    case 'd':
      return diff(browser, subjectOf(visit));
    default: {
      const offer = offersAt(visit).find(({ key }) => key === letter);
      return offer === undefined ? { browser } : open(browser, offer.command);
    }
  }
}

function open(browser: Browser, command: Command): Pressed {
  return { browser, effect: { kind: 'open', command } };
}

/** Of three marks the first goes. */
function mark(browser: Browser, subject: Subject | null): Browser {
  if (subject === null) return browser;
  const { reference } = subject;
  const { marked } = browser;
  const others = marked.filter((each) => each !== reference);
  return { ...browser, marked: others.length < marked.length ? others : [...marked, reference].slice(-2) };
}

/** Compares both marks or, where there is one, the mark and what the reader is at. */
function diff(browser: Browser, subject: Subject | null): Pressed {
  const [first, second = subject?.reference] = browser.marked;
  if (first === undefined || second === undefined || first === second) return { browser };
  return open({ ...browser, marked: [] }, ['diff', ...inOrder(first, second)]);
}

/** The earlier run first, whichever was marked first. */
function inOrder(first: string, second: string): readonly [string, string] {
  const [a, b] = [first, second].map((reference) => /^run:(\d+)/.exec(reference)?.[1]);
  return a !== undefined && b !== undefined && Number(b) < Number(a) ? [second, first] : [first, second];
}

/** First the filter goes, then the page. The first page stays. */
function back(browser: Browser, visit: Visit, height: number): Browser {
  if (visit.filter !== '') return withVisit(browser, filteredBy(visit, '', height));
  return browser.visits.length > 1 ? fitted({ ...browser, visits: browser.visits.slice(0, -1) }, height) : browser;
}

function type(browser: Browser, typing: string, key: Key, height: number): Pressed {
  const visit = visitOf(browser)!;
  const typed = (text: string): Pressed => ({
    browser: withVisit({ ...browser, typing: text }, filteredBy(visit, text, height)),
  });
  switch (key.kind) {
    case 'letter':
      return typed(typing + key.letter);
    case 'delete':
      return typed(Array.from(typing).slice(0, -1).join(''));
    case 'escape':
      return { browser: { ...typed('').browser, typing: null } };
    case 'enter':
    case 'move':
    case 'next-subject':
    case 'sideways':
    case 'quit':
    case 'suspend':
    case 'redraw':
      return { browser: { ...browser, typing: null } };
  }
}

function move(browser: Browser, visit: Visit, lines: number, sign: 1 | -1, height: number): Pressed {
  const wanted = visit.at + sign * lines;
  const moved = withVisit(browser, placed(visit, wanted, height));
  const { more } = visit.page;
  const isPastEnd = sign > 0 && wanted >= countOf(visit) - 1;
  return {
    browser: moved,
    ...(isPastEnd && more !== null ? { effect: { kind: 'replace', command: more } as const } : {}),
  };
}

/** Not further than the longest of the lines that are seen. */
function sideways(visit: Visit, sign: 1 | -1, height: number): number {
  const left = Math.max(0, visit.left + sign * SIDE_CELLS);
  const seen = Array.from({ length: height }, (_, row) => visit.page.lines[lineAt(visit, visit.top + row)] ?? '');
  return sign < 0 || seen.some((line) => cellWidth(textOfStyled(line)) > left) ? left : visit.left;
}

/** The place of the next line that is about something, or where the reader is. */
function nextSubject(visit: Visit, sign: 1 | -1): number {
  for (let place = visit.at + sign; place >= 0 && place < countOf(visit); place += sign)
    if (visit.page.subjects.has(lineAt(visit, place))) return place;
  return visit.at;
}

function withVisit(browser: Browser, visit: Visit): Browser {
  return { ...browser, visits: [...browser.visits.slice(0, -1), visit] };
}

/** At a place of the page, as near to it as there are lines, in sight. */
function placed(visit: Visit, place: number, height: number): Visit {
  const count = countOf(visit);
  const lastTop = Math.max(0, count - height);
  if (visit.page.subjects.size === 0) {
    const at = Math.max(0, Math.min(lastTop, place));
    return { ...visit, at, top: at };
  }
  const at = Math.max(0, Math.min(count - 1, place));
  return { ...visit, at, top: Math.min(lastTop, Math.max(at - height + 1, Math.min(at, Math.max(0, visit.top)))) };
}

function filteredBy(visit: Visit, filter: string, height: number): Visit {
  const line = lineAt(visit, visit.at);
  const filtered = { ...visit, filter, kept: keptBy(visit.page, filter) };
  const place = filtered.kept === null ? line : filtered.kept.findIndex((each) => each >= line);
  return placed(filtered, place < 0 ? countOf(filtered) : place, height);
}

/** Whatever the case of its letters; null where everything is kept. */
function keptBy({ lines, heading }: Page, filter: string): readonly number[] | null {
  if (filter === '') return null;
  const wanted = filter.toLowerCase();
  return lines.flatMap((line, at) => (at < heading || textOfStyled(line).toLowerCase().includes(wanted) ? [at] : []));
}
