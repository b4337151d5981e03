/** The check of spelling: it reads pages, comments, strings and titles of tests, and wants British words. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkText } from 'cspell';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../helpers/temporary.ts';

const CONFIG = fileURLToPath(new URL('../../.config/cspell.json', import.meta.url));

async function misspelt(file: string, content: string): Promise<readonly string[]> {
  const path = join(temporaryDirectory(), file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  const { items } = await checkText(path, { config: CONFIG });
  return items.filter(({ isError }) => isError === true).map(({ text }) => text);
}

test.each([
  ['a page', 'docs/a.md', '# Title\n\nA sentance about a colour.\n', ['sentance']],
  ['a comment', 'src/a.ts', '/** A sentance. */\nexport const wrogn = 1;\n', ['sentance']],
  ['a string', 'src/a.ts', "export const wrogn = 'A sentance.';\n", ['sentance']],
  ['the title of a test', 'test/a.test.ts', "test('a sentance', () => wrogn('widht'));\n", ['sentance']],
  ['a comment of a test', 'test/a.test.ts', "// A sentance.\nwrogn('widht');\n", ['sentance']],
  ['American spelling', 'docs/a.md', '# Title\n\nIts behavior is to optimize colours.\n', ['behavior', 'optimize']],
])(
  'a misspelling is found in %s, and identifiers and data of tests are left alone',
  async (_, file, content, found) => {
    expect(await misspelt(file, content)).toEqual(found);
  },
);
