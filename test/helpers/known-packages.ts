/**
 * Before all tests: a record that knows the packages which the projects of tests import. To hash them is most of what
 * the first plan in a new cache does, so every project of a test starts with a copy; tests of a first run ask for none.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { SOURCE_CONDITIONS } from '../../.config/conditions.ts';
import type * as Built from '../../src/store/cache.ts';
import { builtModule } from './built.ts';
import { KNOWN_RECORD } from './known-record.ts';
import { linkPackages } from './project-directory.ts';

const { Cache } = (await import(builtModule('store/cache.ts'))) as typeof Built;

/** Vitest adds one for its processes. */
const VITEST_CONDITIONS = [...SOURCE_CONDITIONS, 'development'];

const PIPELINE = `import { json, pipeline, stage } from 'restage';
import * as io from 'restage/io';
import * as ml from 'restage/ml';
import { z } from 'zod';
export const known = stage({
  name: 'known/packages', params: z.strictObject({}), inputs: {}, outputs: { names: json<string[]>() },
  run: () => ({ names: [...Object.keys(io), ...Object.keys(ml)] }),
});
export default pipeline({ name: 'known', params: z.strictObject({}), build: (p) => ({ names: p.add(known, { params: {} }).out.names }) });
`;

/** Vitest calls it once for each project whose tests execute pipelines; the first makes the record. */
export default function setup(): (() => void) | undefined {
  if (process.env[KNOWN_RECORD] !== undefined) return undefined;
  const directory = mkdtempSync(join(tmpdir(), 'restage-known-'));
  const project = join(directory, 'project');
  mkdirSync(project);
  linkPackages(project);
  writeFileSync(join(project, 'index.ts'), PIPELINE);
  const cache = join(directory, 'cache');
  // What a package is depends on the conditions of Node: those of a command line, and those of vitest's own processes.
  for (const conditions of [[], VITEST_CONDITIONS])
    execFileSync(process.execPath, [
      ...conditions.flatMap((condition) => ['--conditions', condition]),
      ...[builtModule('cli/bin.ts'), 'plan', project, '--cache', cache],
    ]);
  process.env[KNOWN_RECORD] = memosOf(cache, join(directory, 'known'));
  return () => rmSync(directory, { recursive: true, force: true });
}

/** A new record with the memos of packages, and nothing else, out of the record of a plan. @returns its directory */
function memosOf(cache: string, target: string): string {
  Cache.open(target).close();
  cpSync(join(cache, 'code'), join(target, 'code'), { recursive: true });
  const db = new Database(join(target, 'state.db'));
  db.prepare('ATTACH ? AS planned').run(join(cache, 'state.db'));
  db.exec(`INSERT INTO file_memo SELECT * FROM planned.file_memo;
    INSERT INTO memo SELECT * FROM planned.memo WHERE kind IN ('package', 'flat')`);
  db.close();
  return target;
}
