import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FileHints } from '../../../src/run/watch/hints.ts';
import { lookAt, sourcesBelow } from '../../../src/run/watch/sight.ts';
import { disposableDirectory } from '../../helpers/disposable.ts';
import { eventually } from '../../helpers/eventually.ts';

/** Follows paths of a new directory, and counts hints. */
function follow(polls: boolean, ...names: readonly string[]) {
  const root = disposableDirectory('restage-hints-');
  let count = 0;
  const hints = new FileHints(() => (count += 1), polls);
  const paths = names.map((name) => join(root, name));
  const again = () => hints.follow(paths);
  return { root, hints, again, count: () => count };
}

/** Makes the change, and waits until there was a hint of it. */
async function hinted(count: () => number, change: () => void): Promise<void> {
  const before = count();
  change();
  await eventually(() => count() > before);
}

describe('hints', () => {
  test('come for a file that is written, replaced, removed and made again', async () => {
    const { root, hints, again, count } = follow(false, 'a.ts');
    const file = join(root, 'a.ts');
    expect(again()).toEqual({ from: 'events' });
    await hinted(count, () => writeFileSync(file, '1'));
    await hinted(count, () => {
      writeFileSync(join(root, 'a.ts.new'), '2');
      renameSync(join(root, 'a.ts.new'), file);
    });
    await hinted(count, () => rmSync(file));
    await hinted(count, () => writeFileSync(file, '3'));
    hints.close();
  });

  test('come for a folder that is not there yet, and for one that is removed and made again', async () => {
    const { root, hints, again, count } = follow(false, 'deep/er/a.ts');
    again();
    for (let round = 0; round < 2; round++) {
      await hinted(count, () => mkdirSync(join(root, 'deep/er'), { recursive: true }));
      again();
      await hinted(count, () => writeFileSync(join(root, 'deep/er/a.ts'), '1'));
      await hinted(count, () => rmSync(join(root, 'deep'), { recursive: true }));
      again();
    }
    hints.close();
  });

  test('come by the clock where they are asked for, and end', async () => {
    const { hints, again, count } = follow(true, 'a.ts');
    expect(again()).toEqual({ from: 'polling', why: 'asked for' });
    await eventually(() => count() > 0);
    hints.close();
  });
});

describe('a look', () => {
  test('tells a file from a folder and from nothing, also below a file', () => {
    const root = disposableDirectory('restage-hints-');
    writeFileSync(join(root, 'a'), '1');
    expect([root, join(root, 'a'), join(root, 'b'), join(root, 'a/b')].map((path) => lookAt(path).kind)).toEqual([
      'folder',
      'file',
      'absent',
      'absent',
    ]);
  });

  test('at the sources of a project leaves out packages, hidden folders and the cache', () => {
    const root = disposableDirectory('restage-hints-');
    for (const folder of ['src', 'node_modules/x', '.git', 'cache']) {
      mkdirSync(join(root, folder), { recursive: true });
      writeFileSync(join(root, folder, 'a.ts'), '1');
    }
    const found = sourcesBelow(root, join(root, 'cache'));
    expect(found).toEqual([root, join(root, 'src'), join(root, 'src/a.ts')]);
  });
});
