import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { ObjectStore } from '../../../src/store/objects/object-store.ts';
import { diskUse } from '../../../src/store/upkeep/disk-use.ts';
import { makeInProcessProject } from '../../helpers/in-process-project.ts';

test('each file of a cache and each recorded output is counted once', async () => {
  const project = makeInProcessProject('lab');
  await project.run();
  const stored = [...new ObjectStore(project.cache).list()];
  const storedBytes = stored.reduce((sum, { bytes }) => sum + bytes, 0);
  const use = diskUse(project.cache);
  const total = (of: (stage: (typeof use.stages)[number]) => number): number =>
    use.stages.reduce((sum, stage) => sum + of(stage), 0);
  expect(use.objects).toEqual({ files: stored.length, bytes: storedBytes });
  expect(use.unrecorded).toEqual({ files: 0, bytes: 0 });
  expect(total(({ objects }) => objects)).toBeGreaterThan(0);
  expect(total(({ objects }) => objects) + use.code.files).toBe(stored.length);
  expect(total(({ objectBytes }) => objectBytes) + use.code.bytes).toBe(storedBytes);
  expect(total(({ inlineBytes }) => inlineBytes)).toBeGreaterThan(0);
  expect(total(({ states }) => states)).toBe(project.count('state'));
  expect(use.databaseBytes).toBeGreaterThan(0);
  expect(use.bytes).toBe(use.databaseBytes + use.objects.bytes + use.downloads.bytes + use.unfinished.bytes);
});

test('objects that no row names, downloads and unfinished files are told apart, and a lost object takes no room', async () => {
  const project = makeInProcessProject('lab');
  await project.run();
  const before = diskUse(project.cache);
  rmSync(project.objects()[0]!);
  new ObjectStore(project.cache).put([new Uint8Array(5000)]);
  mkdirSync(join(project.cache, 'downloads'), { recursive: true });
  writeFileSync(join(project.cache, 'downloads', sha256(new Uint8Array(7))), new Uint8Array(7));
  writeFileSync(join(project.cache, 'objects', 'tmp', 'left.tmp'), new Uint8Array(9));
  const after = diskUse(project.cache);
  expect(after).toMatchObject({
    objects: { files: before.objects.files },
    unrecorded: { files: 1, bytes: 5000 },
    downloads: { files: 1, bytes: 7 },
    unfinished: { files: 1, bytes: 9 },
  });
});
