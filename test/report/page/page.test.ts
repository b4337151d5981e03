import { createHash } from 'node:crypto';
import { parseHTML } from 'linkedom';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RunReportFacts } from '../../../src/audit/report/run-report.ts';
import { thinned } from '../../../src/audit/report/thinned.ts';
import { reportPage } from '../../../src/report/page/page.ts';
import { builtFacts } from './report-facts.ts';

/** Would end an attribute, a tag, a style and a script, and is an event handler. */
const HOSTILE = `"'></style></script><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\u202e`;

let page: string;
let hostile: string;
beforeAll(async () => {
  page = await reportPage(builtFacts());
  hostile = await reportPage(builtFacts(HOSTILE));
});

/** What is needed of an element: restage is compiled without the types of a browser. */
interface Part {
  readonly tagName: string;
  readonly textContent: string;
  getAttribute(name: string): string | null;
  getAttributeNames(): readonly string[];
  closest(selector: string): Part | null;
  querySelector(selector: string): Part | null;
  querySelectorAll(selector: string): Iterable<Part>;
}

const parsed = (text: string): Part => (parseHTML(text) as unknown as { document: Part }).document;
const all = (text: string, selector: string): readonly Part[] => [...parsed(text).querySelectorAll(selector)];
const words = (text: string): string => parsed(text).querySelector('main')!.textContent.replaceAll(/\s+/g, ' ');

describe('a report', () => {
  test('is the same from the same record, byte for byte', async () => {
    expect((await reportPage(builtFacts())) === page).toBe(true);
  });

  test('loads nothing, and allows only its own script', () => {
    expect(page).not.toMatch(/\b(?:src|href)="(?!#|data:image\/svg\+xml;base64,)/);
    expect(page).not.toMatch(/@import|url\(/);
    expect(all(page, 'script')).toHaveLength(1);
    const script = /<script>([^]*?)<\/script>/.exec(page)![1]!;
    const digest = createHash('sha256').update(script).digest('base64');
    expect(all(page, 'meta[http-equiv]')[0]!.getAttribute('content')).toMatch(
      `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${digest}';`,
    );
  });

  test('has a place for every link, and each place once', () => {
    const ids = all(page, '[id]').map((element) => element.getAttribute('id'));
    expect(new Set(ids).size).toBe(ids.length);
    const links = all(page, 'a[href^="#"]').map((link) => link.getAttribute('href')!.slice(1));
    expect(links.length).toBeGreaterThan(40);
    expect(links.filter((link) => !ids.includes(link))).toEqual([]);
  });

  test('leads from a number to the steps that made it, from there to the node, and on to its inputs', () => {
    const document = parsed(page);
    const number = [...document.querySelectorAll('.tile a')].find((link) => link.textContent === '3.71 ± 0.10')!;
    const steps = document.querySelector(number.getAttribute('href')!)!;
    expect(steps.closest('details')!.querySelector('summary')!.textContent).toBe('How score was made');
    const made = [...steps.querySelectorAll('li')].map((step) => step.textContent.replaceAll(/\s+/g, ' ').trim());
    expect(made.map((step) => step.split(' ').slice(0, 2).join(' '))).toEqual([
      'file /data/events.csv',
      'another run',
      'read what',
      'fit ×2',
      'score what',
    ]);
    const fold = document.querySelector('#n1')!;
    expect([...fold.querySelectorAll('dd a')].map((link) => link.getAttribute('href'))).toEqual(['#n0', '#s0']);
  });

  test('leads from each number of an effect table to its values, and from these to their states', () => {
    const document = parsed(page);
    const cells = [...document.querySelectorAll('.effects table.numbers a')];
    expect(cells.map((cell) => cell.textContent)).toContain('0.600');
    for (const cell of cells) expect(cell.getAttribute('href')).toBe('#e0-0');
    const values = [...document.querySelectorAll('#e0-0 tbody a')].map((link) => link.getAttribute('href'));
    expect(new Set(values)).toEqual(new Set(['#n3']));
  });

  test('says what failed, what was never verified, what diverged and what is gone', () => {
    const text = words(page);
    for (const sentence of [
      'plot failed at attempt 2: It went wrong.',
      '1 diverged: something else came out',
      '1 same: the same bytes came out',
      '2 states were never executed again',
      'picture has no value: plot has no state in this run.',
      'Its bytes are gone.',
      '2 of 8 values are not finite',
      'The series has 1 value without a place on a logarithmic axis.',
      '1 more panel is not shown',
      '1 input file',
    ])
      expect(text).toContain(sentence);
  });

  test('tells those who do not see it what each chart shows', () => {
    for (const picture of all(page, 'svg[role=img]')) expect(picture.getAttribute('aria-label')).not.toBe('');
    expect(all(page, 'svg[role=img][aria-description]')).not.toHaveLength(0);
    for (const image of all(page, 'img')) expect(image.getAttribute('alt')).not.toBe('');
  });
});

describe('a report of hostile names', () => {
  test('has the elements that the same report of tame names has, and no others', () => {
    const tags = (text: string): readonly string[] => all(text, '*').map(({ tagName }) => tagName.toLowerCase());
    const tame = tags(page).filter((tag) => tag !== 'wbr');
    expect(tags(hostile).filter((tag) => tag !== 'wbr')).toEqual(tame);
  });

  test('has no handler, and shows the names as they are, without what turns the direction of writing', () => {
    for (const element of all(hostile, '*'))
      expect(element.getAttributeNames().filter((name) => name.startsWith('on'))).toEqual([]);
    expect(hostile.includes('\u202e')).toBe(false);
    expect(words(hostile)).toContain(`toy/read"'></style></script><script>alert(1)</script>`);
  });
});

describe('a report of an unusual run', () => {
  const changed = (change: Partial<RunReportFacts>): Promise<string> =>
    reportPage({ ...builtFacts(), study: null, ...change });

  test('in progress says that it is', async () => {
    const { run } = builtFacts();
    const text = words(await changed({ run: { ...run, outcome: 'running', endedAt: null } }));
    expect(text).toContain('in progress: what is on record so far');
    expect(text).toContain('no end on record');
  });

  test('without nodes, metrics and results says so', async () => {
    const { cost, run, timeline } = builtFacts();
    const text = words(
      await changed({
        nodes: [],
        elsewhere: [],
        stages: [],
        links: [],
        results: [],
        panels: [],
        histories: [],
        failures: [],
        morePanels: 0,
        timeline: { ...timeline, bars: [], workers: [], attempts: 0 },
        cost: { ...cost, stages: [], criticalPath: { seconds: 0, nodes: [] } },
        run: { ...run, params: {}, counts: { hit: 0, 'cut-off': 0, ran: 0, failed: 0, skipped: 0 } },
      }),
    );
    for (const sentence of [
      'No stage of this run recorded a metric',
      'The pipeline names no results',
      'Nothing was executed.',
      'No node is on record.',
    ])
      expect(text).toContain(sentence);
  });

  test('of one number, whose processor time nobody measured, says neither too much', async () => {
    const { cost, results } = builtFacts();
    const one = results.find(({ numbers }) => numbers.length > 0)!;
    const page = await changed({
      results: [{ ...one, numbers: one.numbers.slice(0, 1) }],
      cost: { ...cost, cpuSeconds: 0, stages: cost.stages.map((stage) => ({ ...stage, cpuSeconds: null })) },
    });
    const tiles = all(page, '.tile').map((tile) => tile.textContent);
    expect(tiles).toContain('processor–');
    expect(words(page)).toContain('The number');
    expect(words(page)).not.toContain('1 numbers');
  });

  test('with more stages than can be drawn lists them', async () => {
    const { stages } = builtFacts();
    const many = Array.from({ length: 151 }, (_, n) => ({ ...stages[0]!, name: `stage-${n}`, nodes: [] }));
    const text = words(await changed({ stages: [...stages, ...many] }));
    expect(text).toContain('155 stages are too many to draw');
  });

  test('with a hundred series shows their spread, and a million values thinned', async () => {
    const series = Array.from({ length: 100 }, (_, n) => ({
      node: `fit@fold=${n}`,
      ...thinned(
        [
          { x: 0, y: n },
          { x: 1, y: 1 },
        ],
        4,
      ),
    }));
    const crowd = {
      group: 'fit',
      metric: 'loss',
      hasSteps: true,
      series,
      band: [{ x: 0, series: 100, least: 0, median: 49.5, greatest: 99 }],
    };
    const long = thinned(
      Array.from({ length: 1_000_000 }, (_, x) => ({ x, y: x % 1000 })),
      400,
    );
    const one = {
      group: 'fit',
      metric: 'rate',
      hasSteps: false,
      series: [{ node: 'fit@fold=0', ...long }],
      band: null,
    };
    const made = await changed({ histories: [crowd, one] });
    expect(made.length).toBeLessThan(150_000);
    expect(words(made)).toContain('median of 100 nodes');
    expect(words(made)).toMatch(
      /Drawn with \d+ of 1000000 values: of each stretch the first, the least, the greatest and the last\./,
    );
  });
});
