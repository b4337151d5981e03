import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { E2E, TORTURE } from '../../.config/e2e-tests.ts';
import type { Sources } from './rules.ts';
import { startingTests } from './unit-tests.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TESTS: Sources = new Map(
  readdirSync(join(ROOT, 'test'), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .map((file) => [file, readFileSync(join(ROOT, file), 'utf8')] as const),
);

/** A pattern names one file, or all tests of a folder. */
function isUnit(file: string): boolean {
  return ![...E2E, ...TORTURE].some(
    (pattern) => file === pattern || (pattern.includes('*') && file.startsWith(pattern.split('*')[0]!)),
  );
}

describe('the unit tests', () => {
  test('are told from the end-to-end tests, and every end-to-end test named alone is there', () => {
    expect([...TESTS.keys()].filter((file) => file.endsWith('.test.ts') && isUnit(file)).length).toBeGreaterThan(60);
    expect(E2E.filter((pattern) => !pattern.includes('*') && !TESTS.has(pattern))).toEqual([]);
  });

  test('start no command line, no terminal and no other Node', () => {
    expect(startingTests(TESTS, isUnit)).toEqual([]);
  });

  test('would be found if they did, directly or through a helper', () => {
    const planted = new Map(TESTS)
      .set('test/core/x.test.ts', "import { makeProject } from '../helpers/project.ts';")
      .set('test/core/y.test.ts', "import { z } from './z.ts';")
      .set('test/core/z.ts', "import { Pane } from '../helpers/tmux.ts';")
      .set('test/core/typed.test.ts', "import type { Project } from '../helpers/project.ts';");
    const found = startingTests(planted, isUnit).filter((file) => !TESTS.has(file));
    expect(found).toEqual(['test/core/x.test.ts', 'test/core/y.test.ts']);
  });
});
