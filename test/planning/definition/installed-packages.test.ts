/** zod as one file of the cache: found again, made again where it is lost, and no part of any key. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import type { z as zod } from 'zod';
import { bundleStages } from '../../../src/identity/code/bundle.ts';
import { installedPackages } from '../../../src/planning/definition/installed-packages.ts';
import { openEmptyCache } from '../../helpers/empty-cache.ts';
import { makeProjectDirectory } from '../../helpers/project-directory.ts';

const STAGE = `import { json, stage } from 'restage';
import { z } from 'zod';
export const step = stage({
  name: 'lab/step',
  params: z.strictObject({ word: z.string() }),
  inputs: {},
  outputs: { x: json<number>() },
  run: () => ({ x: 1 }),
});
`;

const zodOf = (root: string): string => join(root, 'node_modules', 'zod', 'index.js');

test('the file is made once, made again where it is lost, and works as the package does', async () => {
  const project = makeProjectDirectory('lab').withoutCache();
  const cache = openEmptyCache(project.cache);
  try {
    const first = await installedPackages(cache).addressOf('zod', zodOf(project.root));
    expect(await installedPackages(cache).addressOf('zod', zodOf(project.root))).toBe(first);
    expect(readdirSync(join(project.cache, 'code')).filter((name) => name.endsWith('.mjs'))).toHaveLength(1);
    const { z } = (await import(first)) as { readonly z: typeof zod };
    expect(z.strictObject({ a: z.int().default(3) }).parse({})).toEqual({ a: 3 });
    rmSync(new URL(first));
    expect(await installedPackages(cache).addressOf('zod', zodOf(project.root))).toBe(first);
    expect(readFileSync(new URL(first), 'utf8')).not.toBe('');
  } finally {
    cache.close();
  }
});

test('the file is made again when an inner file of zod is patched, its package.json as before', async () => {
  const project = makeProjectDirectory('lab');
  rmSync(project.path('node_modules/zod'));
  project
    .write('node_modules/zod/package.json', '{"name":"zod","version":"4.0.0","type":"module"}')
    .write('node_modules/zod/index.js', "export * from './inner.js';\n")
    .write('node_modules/zod/inner.js', 'export const z = 1;\n');
  const cache = openEmptyCache(project.cache);
  try {
    const first = await installedPackages(cache).addressOf('zod', zodOf(project.root));
    project.edit('node_modules/zod/inner.js', '1', '2');
    const second = await installedPackages(cache).addressOf('zod', zodOf(project.root));
    expect(second).not.toBe(first);
    expect(await import(second)).toMatchObject({ z: 2 });
  } finally {
    cache.close();
  }
});

test('any other package is imported from where it is installed', async () => {
  const project = makeProjectDirectory('lab');
  const cache = openEmptyCache(project.cache);
  try {
    const addresses = installedPackages(cache);
    const file = project.path('node_modules/other/index.js');
    expect(await addresses.addressOf('other', file)).toBe(pathToFileURL(file).href);
    expect(addresses.given.size).toBe(0);
  } finally {
    cache.close();
  }
});

test('the digest of a stage is the same by either address of zod', async () => {
  const project = makeProjectDirectory('lab').write('index.ts', STAGE);
  const cache = openEmptyCache(project.cache);
  try {
    const [flat, plain] = [
      await bundleStages(project.path('index.ts'), ['lab/step'], installedPackages(cache)),
      await bundleStages(project.path('index.ts'), ['lab/step']),
    ];
    const [ours, theirs] = [flat.stages[0]!, plain.stages[0]!];
    expect(ours.executable).not.toBe(theirs.executable);
    expect([ours.digest, ours.text, ours.packages]).toEqual([theirs.digest, theirs.text, theirs.packages]);
  } finally {
    cache.close();
  }
});
