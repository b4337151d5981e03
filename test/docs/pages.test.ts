/** The pages themselves: links lead somewhere, blocks are run or say why not, every page and decision can be found. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { blocksOf, pages, readPage, ROOT } from './markdown.ts';

const PAGES = pages();
const LINK = /\]\(([^)\s]+)\)/g;

/** What GitHub makes of a heading for links to it. */
function anchorsOf(page: string): readonly string[] {
  return readPage(page)
    .split('\n')
    .flatMap((line) => /^#+ (.*)$/.exec(line)?.[1] ?? [])
    .map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );
}

function linksOf(page: string): readonly string[] {
  const prose = readPage(page).replace(/^```[^]*?^```$/gm, '');
  return [...prose.matchAll(LINK)].map(([, target]) => target!).filter((target) => !/^https?:/.test(target));
}

function brokenLink(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(ROOT, target))) return true;
  return anchor !== undefined && statSync(join(ROOT, target)).isFile() && !anchorsOf(target).includes(anchor);
}

const PLACES = /^(src|test|pipelines|docs|\.config|\.ci|\.github)\//;

/** A word in backticks that has the form of a path, without the line number or the command around it. */
function pathsIn(text: string): readonly string[] {
  return [...text.matchAll(/`([\w.*-]+(?:\/[\w.*-]*)*)`/g)].map(([, path]) => path!);
}

function exists(path: string): boolean {
  // `kernels/*.as.ts` stands for the files of a folder.
  return existsSync(join(ROOT, path.includes('*') ? dirname(path) : path));
}

/** The paths in backticks that name a file or a folder of the repository, and do not exist. */
function lostPaths(page: string, text = readPage(page)): readonly string[] {
  const prose = text.replace(/^```[^]*?^```$/gm, '');
  if (page !== 'src/README.md') return pathsIn(prose).filter((path) => PLACES.test(path) && !exists(path));
  return prose.split('\n').flatMap((line) => lostPathsOfSources(line));
}

/**
 * The page of the sources writes paths from `src/` on, and after the first path of a line names files beside it or
 * below its folder.
 */
function lostPathsOfSources(line: string): readonly string[] {
  const written = pathsIn(line).filter(
    (path) => PLACES.test(path) || isRoomPath(path) || /\.(ts|tsx|js|md)$/.test(path),
  );
  const found = written.flatMap((path) => [path, `src/${path}`].filter(exists));
  const folders = found.map((path) => (path.endsWith('/') ? path : dirname(path)));
  return written.filter((path) => ![path, `src/${path}`, ...folders.map((folder) => join(folder, path))].some(exists));
}

const isRoomPath = (path: string): boolean => path.includes('/') && existsSync(join(ROOT, 'src', path.split('/')[0]!));

describe('the pages', () => {
  test('link to files and headings that exist', () => {
    const links = PAGES.flatMap((page) => linksOf(page).map((link) => [page, link] as const));
    expect(links.length).toBeGreaterThan(60);
    expect(links.filter(([page, link]) => brokenLink(page, link))).toEqual([]);
  });

  // The changelog and the decisions are history: what they name may be gone.
  test('name files and folders of the repository that exist', () => {
    const current = PAGES.filter((page) => page !== 'CHANGELOG.md' && !page.startsWith('docs/decisions/'));
    expect(current.flatMap((page) => pathsIn(readPage(page))).length).toBeGreaterThan(200);
    expect(current.flatMap((page) => lostPaths(page).map((path) => [page, path]))).toEqual([]);
  });

  test('are all reached from README.md', () => {
    const reached = new Set(['README.md']);
    for (const page of reached)
      for (const link of linksOf(page)) {
        const target = normalize(join(dirname(page), link.split('#')[0]!));
        if (PAGES.includes(target)) reached.add(target);
      }
    expect(PAGES.filter((page) => !reached.has(page))).toEqual([]);
  });

  test('begin with one title, and have lines of at most 120 columns outside of tables and blocks', () => {
    for (const page of PAGES.filter((each) => each !== 'src/README.md')) {
      const prose = readPage(page)
        .replace(/^```[^]*?^```$/gm, '')
        .split('\n');
      expect(prose[0]).toMatch(/^# /);
      expect(prose.filter((line) => line.startsWith('# ')).length).toBe(1);
      expect(
        prose.filter((line) => line.length > 120 && !/^\||https?:/.test(line)).map((line) => [page, line]),
      ).toEqual([]);
    }
  });
});

describe('the blocks of the pages', () => {
  const blocks = PAGES.flatMap((page) => blocksOf(page));

  test('are of languages that a test runs or compiles, or are JSON or plain text', () => {
    const known = ['ts', 'sh', 'sql', 'json', 'text', ''];
    expect(blocks.filter(({ language }) => !known.includes(language))).toEqual([]);
  });

  test('say why they are not run, and these are all that are not', () => {
    const marked = blocks.filter(({ notRun }) => notRun !== undefined);
    expect(marked.map(({ page, notRun }) => [page, notRun])).toEqual(NOT_RUN);
  });
});

const NOT_RUN: readonly (readonly [page: string, reason: string])[] = [
  ['.github/CONTRIBUTING.md', 'it installs, builds and tests this repository'],
  ['README.md', '.ci/run does'],
  ['README.md', 'it installs packages; test/release/package.test.ts does'],
  ['docs/backends.md', 'it downloads hundreds of megabytes'],
  ['docs/backends.md', 'it needs a GPU'],
  ['docs/cluster.md', 'it needs a cluster'],
  ['docs/cluster.md', 'it needs a cluster'],
  ['docs/cluster.md', 'it needs a cluster'],
  ['docs/cluster.md', 'it needs a cluster'],
  ['docs/command-line.md', 'it changes the shell that it is typed into'],
  ['docs/secrets.md', 'it needs a token of yours'],
];

describe('the decisions', () => {
  const decisions = PAGES.filter((page) => /^docs\/decisions\/\d/.test(page));

  test('are numbered without a gap, and each has a context, a decision and its consequences', () => {
    expect(decisions.map((page) => Number(/\/(\d{3})-/.exec(page)?.[1]))).toEqual(
      decisions.map((_, index) => index + 1),
    );
    for (const page of decisions) {
      const headings = [...readPage(page).matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
      expect([page, headings]).toEqual([page, ['Context', 'Decision', 'Consequences']]);
    }
  });
});

test('a planted broken link, an unclosed block and an unmarked one are found', () => {
  expect(brokenLink('docs/keys.md', 'nowhere.md')).toBe(true);
  expect(brokenLink('docs/keys.md', 'concepts.md#nothing-of-this-name')).toBe(true);
  expect(brokenLink('docs/keys.md', 'concepts.md#words')).toBe(false);
  expect(() => blocksOf('x.md', '# X\n\n```sh\nls\n')).toThrow('x.md:3');
  expect(blocksOf('x.md', '<!-- not run: slow -->\n```sh\nls\n```\n')).toMatchObject([
    { notRun: 'slow', text: 'ls\n' },
  ]);
});

test('a planted path that leads nowhere is found, and one beside another path is not', () => {
  expect(lostPaths('docs/keys.md', 'See `test/core/nothing.test.ts` and `test/core`.')).toEqual([
    'test/core/nothing.test.ts',
  ]);
  const line = '`cli/verbs/get.ts`, `how.ts` beside it, `cli/get.ts`, `cli/nothing`, `nothing.ts`, `restage/ml`';
  expect(lostPaths('src/README.md', line)).toEqual(['cli/get.ts', 'cli/nothing', 'nothing.ts']);
});
