/** Whole reports of real records: every number is linked to what it was read from. */
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runReport } from '../../src/audit/report/run-report.ts';
import { reportPage } from '../../src/report/page/page.ts';
import { Cache } from '../../src/store/cache.ts';
import { restage } from '../helpers/command.ts';
import { disposableDirectory } from '../helpers/disposable.ts';
import { builtFacts } from '../report/page/report-facts.ts';
import { DICE_STUDY } from './dice.ts';
import { begin, fillCache, from, inline, newState, ran, STAGES } from './filled-cache.ts';

/** What is needed of a part of a page: restage is compiled without the types of a browser. */
interface Part {
  readonly nodeType: number;
  readonly tagName: string;
  readonly textContent: string;
  readonly parentElement: Part | null;
  readonly childNodes: Iterable<Part>;
  getAttribute(name: string): string | null;
  closest(selector: string): Part | null;
  matches(selector: string): boolean;
  querySelector(selector: string): Part | null;
  querySelectorAll(selector: string): Iterable<Part>;
}

const ELEMENT = 1;
const TEXT = 3;
const LINK = 'a[href^="#"]';
/** Words, and what was given to the run instead of being read from what it made. */
const NO_NUMBERS = [
  'h1, h2, h3, .kicker, .tag', // names of runs, stages, metrics and files
  'code, time, th', // commands, digests, dates and headings of columns
  '#conditions', // parameters, versions, files and the machine
  'section > details > summary, .how > summary', // how many rows a part has that opens
  '.rest', // what the page leaves out
  '#failures', // what was said of attempts that made nothing
].join(', ');
/** The lineage itself. */
const LINEAGE = '.stage, .how ol, .how ol + p';
/** What may hold the link of a number in it. */
const ROWS = 'tr, li, p, .tile';
/** What names in one place whose numbers are in it. */
const FIGURES = 'figure, .result';

function isLinked(text: Part): boolean {
  const at = text.parentElement!;
  if (at.closest(LINK) !== null || at.closest(ROWS)?.querySelector(LINK) != null) return true;
  return at.closest(FIGURES)?.querySelector(`.source ${LINK}`) != null;
}

function* textsOf(part: Part): Generator<Part> {
  for (const each of part.childNodes)
    if (each.nodeType === TEXT) yield each;
    else if (each.nodeType === ELEMENT && each.tagName.toLowerCase() !== 'style') yield* textsOf(each);
}

interface Looked {
  /** Numbers that nothing links to what they were read from. */
  readonly loose: readonly string[];
  /** Links that lead nowhere. */
  readonly broken: readonly string[];
  readonly numbers: number;
  readonly bytes: number;
}

function look(page: string): Looked {
  const { document } = parseHTML(page) as unknown as { readonly document: Part };
  const main = document.querySelector('main')!;
  const numbers = [...textsOf(main)].filter(({ textContent }) => /\d/.test(textContent));
  const loose = numbers.filter(
    (text) => text.parentElement!.closest(`${NO_NUMBERS}, ${LINEAGE}`) === null && !isLinked(text),
  );
  const ids = new Set([...document.querySelectorAll('[id]')].map((each) => each.getAttribute('id')));
  const targets = [...document.querySelectorAll(LINK)].map((link) => link.getAttribute('href')!.slice(1));
  return {
    loose: loose.map(({ textContent, parentElement }) => `${parentElement!.tagName}: ${textContent.trim()}`),
    broken: targets.filter((target) => !ids.has(target)),
    numbers: numbers.length,
    bytes: Buffer.byteLength(page),
  };
}

const directory = disposableDirectory('restage-links-');
const opened: Cache[] = [];
afterAll(() => {
  for (const cache of opened) cache.close();
});

function cacheOf(name: string): Cache {
  const cache = Cache.open(join(directory, name));
  opened.push(cache);
  return cache;
}

const pageOf = (cache: Cache, run: number): Promise<string> => reportPage(runReport(cache, cache.query.runs.get(run)!));

/** A node that is read, 998 of one stage with two metrics, and one that takes them all. */
async function fillWithThousand(cache: Cache): Promise<number> {
  cache.record.code.add(STAGES);
  const run = begin(cache, ['restage', 'run', 'toy']);
  const data = newState('toy/data', { rows: 600 }, [], [inline('data', 'json', Buffer.from('1'))]);
  ran(cache, run, 'data', data);
  const fits = Array.from({ length: 998 }, (_, fold) =>
    newState(
      'toy/fit',
      { fold },
      [from('data', null, data, 'data')],
      [inline('slope', 'json', Buffer.from(`${fold}`))],
    ),
  );
  for (const [fold, fit] of fits.entries()) ran(cache, run, `fit@fold=${fold}`, fit);
  const slopes = fits.map((fit, index) => from('slopes', index, fit, 'slope'));
  ran(cache, run, 'score', newState('toy/score', {}, slopes, [inline('metrics', 'json', Buffer.from('3.5'))]));
  cache.record.runs.end(run, 'ok');
  await cache.record.flush();
  return run;
}

describe('every number of a report is linked to what it was read from, and every link leads somewhere:', () => {
  const pages = new Map<string, string>();
  beforeAll(async () => {
    await restage(['ablate', DICE_STUDY, '--cache', join(directory, 'dice')]);
    const { cache: filled } = await fillCache(join(directory, 'filled'));
    opened.push(filled);
    const [dice, thousand] = [cacheOf('dice'), cacheOf('thousand')];
    const { run: study } = dice.query.studies.latest()!;
    pages.set('a single run', await pageOf(dice, dice.query.studies.branches(study)[0]!.run!));
    pages.set('an ablation with a branch that failed', await pageOf(dice, study));
    pages.set('a run in which all was found', await pageOf(filled, 2));
    pages.set('a run that failed', await pageOf(filled, 3));
    pages.set('a run without nodes, results and metrics', await pageOf(filled, 4));
    pages.set('a run of 1,000 nodes', await pageOf(thousand, await fillWithThousand(thousand)));
    pages.set('every kind of panel', await reportPage(builtFacts()));
  });

  test.each([
    ['a single run', 50],
    ['a run that failed', 20],
    ['an ablation with a branch that failed', 300],
    ['a run in which all was found', 30],
    ['a run without nodes, results and metrics', 5],
    ['a run of 1,000 nodes', 5000],
    ['every kind of panel', 100],
  ])('%s', (name, atLeast) => {
    const { loose, broken, numbers, bytes } = look(pages.get(name)!);
    expect({ loose, broken }).toEqual({ loose: [], broken: [] });
    expect(numbers).toBeGreaterThan(atLeast);
    expect(bytes).toBeLessThan(name.includes('1,000') ? 3_000_000 : 1_000_000);
  });

  test('a number without a link is found, and so is a link that leads nowhere', () => {
    const page = pages.get('a single run')!;
    const planted = page.replace('</main>', '<div>it took 3.5 s, <a href="#n99">as it should</a></div></main>');
    expect(look(planted)).toMatchObject({ loose: ['DIV: it took 3.5 s,'], broken: ['n99'] });
  });
});
