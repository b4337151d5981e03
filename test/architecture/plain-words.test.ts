/** The lint of prose: each phrase is found wherever prose is, and plain sentences pass. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { stumbles } from '../../.config/plain-words.ts';
import { FROZEN, RULES } from '../../.config/plain-words-list.ts';

const examples = RULES.map(({ example }) => example);

describe('a phrase of the list', () => {
  test.each(examples)('is found in its example: %s', (example) => {
    expect(stumbles('a.md', `Plain words.\n\n${example}\n`)).toMatchObject([{ file: 'a.md', line: 3 }]);
  });

  const planted: readonly (readonly [string, string, string])[] = [
    ['a comment', 'a.ts', 'const a = 1;\n// That is no package.\n'],
    ['a documentation comment', 'a.ts', '/**\n * That is no package.\n */\nexport const a = 1;\n'],
    ['a comment at the end of a file', 'a.ts', 'const a = 1;\n/* That is no package. */\n'],
    ['a string', 'a.ts', "const a = 1;\nconst b = 'That is no package.';\n"],
    ['a template', 'a.ts', 'const a = 1;\nconst b = `That is no package.`;\n'],
    ['a template with holes', 'a.ts', 'const a = 1;\nconst b = `${a} is no package, ${a}.`;\n'],
    [
      'the title of a test',
      'a.test.ts',
      "import { test } from 'vitest';\ntest('that is no package', () => undefined);\n",
    ],
    ['text of JSX', 'a.tsx', 'const a = (\n  <Text>That is no package.</Text>\n);\n'],
    ['a script', 'a.js', 'const a = 1;\n// That is no package.\n'],
    ['Markdown', 'a.md', 'Title\nThat is no package.\n'],
    ['a shell script', 'a.sh', '#!/bin/sh\n# That is no package.\n'],
  ];

  test.each(planted)('is found in %s', (_, file, text) => {
    expect(stumbles(file, text)).toEqual([{ file, line: 2, phrase: 'is no', plain: RULES[0]!.plain }]);
  });

  test('is found across the lines of a comment, a string with a hole and a paragraph', () => {
    expect(stumbles('a.ts', '/**\n * One of these is\n * no package.\n */\nexport const a = 1;\n')).toHaveLength(1);
    expect(stumbles('a.ts', '// One of these is\n// no package.\nconst a = 1;\n')).toHaveLength(1);
    expect(stumbles('a.ts', 'const b = `Please leave ${a} away.`;\n')).toHaveLength(1);
    expect(stumbles('a.md', '> One of these is\n> no package.\n')).toHaveLength(1);
  });

  test('is not found across paragraphs, or in code', () => {
    expect(stumbles('a.md', 'That is\n\nno package.\n')).toEqual([]);
    expect(stumbles('a.ts', 'const mend = (roads: number): number => roads;\n')).toEqual([]);
  });
});

test.each([
  'There is no file a.csv; check the path.',
  'It is no longer needed, and no more than ten of them are kept.',
  'The node is not in the graph; omit --only, or run that node first.',
  'Not for one host but for all of them.',
  'A file stands in the way; it stands in for the directory.',
  'The task is handed over to the worker, which continues with the next one.',
])('a plain sentence passes: %s', (sentence) => {
  expect(stumbles('a.md', sentence)).toEqual([]);
});

test('a sentence that stays for the sake of digests is still there', () => {
  for (const { file, phrase } of FROZEN)
    expect(stumbles(file, readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'))).toContainEqual(
      expect.objectContaining({ phrase }),
    );
});
