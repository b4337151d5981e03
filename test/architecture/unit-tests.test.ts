import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { E2E, IN_PROCESS, OWN_PROCESS, RELEASE, TORTURE } from '../../.config/test-kinds.ts';
import type { Sources } from './imports.ts';
import { EXECUTERS, startersIn, testsThatReach } from './unit-tests.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TESTS: Sources = new Map(
  readdirSync(join(ROOT, 'test'), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .map((file) => [file, readFileSync(join(ROOT, file), 'utf8')] as const),
);

/** A pattern names one file, or all tests of a folder. */
const isOneOf = (patterns: readonly string[], file: string): boolean =>
  patterns.some(
    (pattern) => file === pattern || (pattern.includes('*') && file.startsWith(pattern.slice(0, pattern.indexOf('*')))),
  );
const isInProcess = (file: string): boolean => !isOneOf([...E2E, ...OWN_PROCESS, ...RELEASE, ...TORTURE], file);
const isUnit = (file: string): boolean => isInProcess(file) && !isOneOf(IN_PROCESS, file);

describe('the unit tests', () => {
  test('are told from the others, and every test named alone is there', () => {
    const files = [...TESTS.keys()].filter((file) => file.endsWith('.test.ts'));
    expect(files.filter(isUnit).length).toBeGreaterThan(60);
    expect(
      [...E2E, ...OWN_PROCESS, ...IN_PROCESS, ...RELEASE].filter(
        (pattern) => !pattern.includes('*') && !TESTS.has(pattern),
      ),
    ).toEqual([]);
  });

  test('start no command line, no terminal and no other Node, nor do tests in this process', () => {
    expect(testsThatReach(startersIn(TESTS), TESTS, isInProcess)).toEqual([]);
  });

  test('execute no whole project', () => {
    expect(testsThatReach(EXECUTERS, TESTS, isUnit)).toEqual([]);
  });

  test('would be found if they did, directly or through a helper', () => {
    const planted = new Map(TESTS)
      .set('test/core/x.test.ts', "import { makeProject } from '../helpers/project.ts';")
      .set('test/core/y.test.ts', "import { z } from './z.ts';")
      .set('test/core/z.ts', "import { Pane } from '../helpers/tmux.ts';")
      .set('test/core/node.test.ts', `spawn(${['process', 'execPath'].join('.')}, ['x.mjs']);`)
      .set('test/core/forks.test.ts', "import { fork } from 'node:child_process';")
      .set('test/core/typed.test.ts', "import type { Project } from '../helpers/project.ts';")
      .set('test/core/whole.test.ts', "import { makeInProcessProject } from '../helpers/in-process-project.ts';");
    const found = (helpers: readonly string[]) =>
      testsThatReach(helpers, planted, isUnit).filter((file) => !TESTS.has(file));
    expect(found(startersIn(planted))).toEqual(['x', 'y', 'node', 'forks'].map((name) => `test/core/${name}.test.ts`));
    expect(found(EXECUTERS)).toEqual(['test/core/whole.test.ts']);
  });
});
