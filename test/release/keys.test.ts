import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from '../../src/run/run.ts';
import { makeProject } from '../helpers/project.ts';

test('keys are the same from TypeScript, from compiled JavaScript and from within vitest', async () => {
  const project = makeProject('lab');
  expect(await project.run()).toMatchObject({ code: 0, stderr: '' });
  const keys = project.stateKeys();
  expect(keys).toHaveLength(8);

  const compiled = makeProject();
  compile(project.root, compiled.root);
  expect((await compiled.run()).code).toBe(0);
  expect(compiled.stateKeys()).toEqual(keys);
  expect(compiled.outputs()).toEqual(project.outputs());

  const inside = makeProject();
  for (const file of ['index.ts', 'stages.ts', 'lab.ts']) cpSync(project.path(file), inside.path(file));
  const report = await run({ pipeline: inside.root, cacheDirectory: inside.cache });
  expect(report).toMatchObject({ outcome: 'ok', counts: { ran: 8 } });
  expect(inside.stateKeys()).toEqual(keys);
  expect(inside.outputs()).toEqual(project.outputs());
});

/** Compiles the files in `from` with tsc, as a project with a build step would. */
function compile(from: string, to: string): void {
  const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
  const files = ['index.ts', 'stages.ts', 'lab.ts'].map((file) => join(from, file));
  const options = [
    '--ignoreConfig',
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--noCheck',
    '--rewriteRelativeImportExtensions',
  ];
  execFileSync(process.execPath, [tsc, ...options, '--outDir', to, '--rootDir', from, ...files]);
}
