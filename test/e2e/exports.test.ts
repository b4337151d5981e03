/** What Node gives to a project that imports the built package: each entry, with the names that are public. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { IO_NAMES, ML_NAMES, RESTAGE_NAMES } from '../docs/public-names.ts';
import { makeProject } from '../helpers/project.ts';

const ENTRIES = { restage: RESTAGE_NAMES, 'restage/ml': ML_NAMES, 'restage/io': IO_NAMES };

/** Runs a module in a project that has restage, and gives what it prints. */
function printed(code: string): string {
  const project = makeProject().write('ask.mjs', code);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['ask.mjs'], { cwd: project.root, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

test('each entry of the package has the values that are listed as public, and no others', () => {
  const names = printed(
    `const names = {};
     for (const entry of ${JSON.stringify(Object.keys(ENTRIES))}) names[entry] = Object.keys(await import(entry)).sort();
     console.log(JSON.stringify(names));`,
  );
  expect(JSON.parse(names)).toEqual(
    Object.fromEntries(Object.entries(ENTRIES).map(([entry, { values }]) => [entry, [...values].sort()])),
  );
});

test('the entries are those of package.json, and nothing else can be imported', () => {
  const { exports } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly exports: Readonly<Record<string, unknown>>;
  };
  const entries = Object.keys(ENTRIES).map((entry) => entry.replace('restage', '.'));
  expect(Object.keys(exports).sort()).toEqual([...entries, './package.json'].sort());
  const refused = printed("console.log((await import('restage/dist/store/cache.js').catch((error) => error)).code);");
  expect(refused.trim()).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED');
});
