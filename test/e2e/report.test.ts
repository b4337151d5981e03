/** Reports in a real browser: Debian's Chromium without a window. Without it these tests skip. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportPage } from '../../src/report/page/page.ts';
import { disposableDirectory } from '../helpers/disposable.ts';
import { builtFacts } from '../report/page/report-facts.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const HOSTILE = `"'></style></script><script>document.title='taken'</script><img src=x onerror="document.title='taken'">`;

describe.skipIf(CHROMIUM === undefined)(
  `a report in Chromium${CHROMIUM === undefined ? ' (skipped: it is not installed)' : ''}`,
  () => {
    let browser: Browser;
    let tame: string;
    let hostile: string;

    beforeAll(async () => {
      const directory = disposableDirectory('restage-pages-');
      const written = async (name: string, word?: string): Promise<string> => {
        const path = join(directory, `${name}.html`);
        writeFileSync(path, await reportPage(builtFacts(word)));
        return pathToFileURL(path).href;
      };
      [tame, hostile] = [await written('tame'), await written('hostile', HOSTILE)];
      browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
    });
    afterAll(() => browser.close());

    /** Opens a page, and fails if it complains or loads anything. */
    async function opened<T>(
      url: string,
      options: BrowserContextOptions,
      work: (page: Page) => Promise<T>,
    ): Promise<T> {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 900 },
        reducedMotion: 'reduce',
        ...options,
      });
      try {
        const page = await context.newPage();
        const complaints: string[] = [];
        page.on('console', (message) => complaints.push(message.text()));
        page.on('pageerror', (error) => complaints.push(error.message));
        page.on('request', (request) => {
          if (!/^(?:file|data):/.test(request.url())) complaints.push(request.url());
        });
        await page.goto(url);
        const result = await work(page);
        expect(complaints).toEqual([]);
        return result;
      } finally {
        await context.close();
      }
    }

    /** With everything expanded. @param rules all, if none is named */
    async function faultsOf(page: Page, ...rules: readonly string[]): Promise<unknown> {
      await page.evaluate(axe.source);
      return page.evaluate(`
      document.querySelectorAll('details').forEach((each) => (each.open = true));
      axe.run(${rules.length === 0 ? '' : JSON.stringify({ runOnly: rules })}).then(({ violations }) =>
        violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 200)).join('; ')));
    `);
    }

    test('has no fault that axe finds, everything expanded, and enough contrast on a dark page too', async () => {
      await opened(tame, { colorScheme: 'light', bypassCSP: true }, async (page) => {
        expect(await faultsOf(page)).toEqual([]);
      });
      await opened(tame, { colorScheme: 'dark', bypassCSP: true }, async (page) => {
        expect(await faultsOf(page, 'color-contrast')).toEqual([]);
      });
    });

    test('follows a number to the steps that made it, and a step to its node, which opens', async () => {
      await opened(tame, {}, async (page) => {
        await page.click('.tile a');
        await expect.poll(() => page.locator('#how3').isVisible()).toBe(true);
        await page.click('#how3 .step[href="#g1"]');
        await page.click('.node:has(#n1) > summary');
        await page.click('#n1 a[href="#s0"]');
        await expect.poll(() => page.locator('#s0').isVisible()).toBe(true);
        await expect.poll(async () => (await page.locator('#s0').boundingBox())!.y).toBeLessThan(900);
      });
    });

    test('expands, filters and sorts by the keyboard alone', async () => {
      await opened(tame, {}, async (page) => {
        await page.getByRole('button', { name: 'Expand stages' }).press('Enter');
        expect(await page.locator('.stage:not([open])').count()).toBe(1);
        await page.getByRole('searchbox', { name: 'Filter nodes' }).pressSequentially('fold=1');
        await expect.poll(() => page.locator('.tools [role=status]').textContent()).toBe('1 node');
        expect(await page.locator('.node:has(#n1)').isVisible()).toBe(false);
        expect(await page.locator('.node:has(#n2)').isVisible()).toBe(true);
        const table = page.getByRole('region', { name: 'What each stage took and saved' });
        const first = table.locator('tbody tr:first-child td:first-child');
        expect(await first.textContent()).toBe('toy/fit');
        await table.getByRole('button', { name: 'seconds', exact: true }).press('Enter');
        expect(await first.textContent()).toBe('toy/read');
        expect(await table.locator('th[aria-sort=ascending]').count()).toBe(1);
      });
    });

    test('is read with script off: links open what they lead to, and nothing promises what only a script does', async () => {
      await opened(`${tame}#n1`, { javaScriptEnabled: false }, async (page) => {
        await expect.poll(() => page.locator('#n1').isVisible()).toBe(true);
        expect(await page.locator('button, input').count()).toBe(0);
        expect(await page.locator('figure svg').count()).toBe(5);
      });
    });

    test('is as wide as a phone, light or dark, and prints', async () => {
      const background = await opened(
        tame,
        { viewport: { width: 390, height: 800 }, colorScheme: 'dark' },
        async (page) => {
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
          const pdf = await page.pdf({ format: 'A4' });
          expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
          return page.evaluate('getComputedStyle(document.body).backgroundColor');
        },
      );
      const light = await opened(tame, { colorScheme: 'light' }, (page) =>
        page.evaluate('getComputedStyle(document.body).backgroundColor'),
      );
      expect(background).not.toBe(light);
    });

    test('of hostile names runs nothing of them, and shows them', async () => {
      await opened(hostile, {}, async (page) => {
        await page.getByRole('button', { name: 'Expand stages' }).click();
        expect(await page.title()).toContain('<script>');
        expect(await page.locator('script').count()).toBe(1);
        await page.locator('svg a.box').first().hover();
        expect(await page.locator('.tip-box').textContent()).toContain('<img src=x');
        expect(await page.evaluate('document.images.length')).toBe(1);
      });
    });
  },
);
