import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { hashFile } from '../../../src/store/files/hash-file.ts';
import { pathDigest } from '../../../src/store/files/path-digest.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

const digestOf = (path: string) => pathDigest(path, hashFile);

test('the digest of a file is that of its content, also through a link', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'a'), 'x');
  symlinkSync('a', join(directory, 'b'));
  expect(await digestOf(join(directory, 'a'))).toBe(sha256('x'));
  expect(await digestOf(join(directory, 'b'))).toBe(sha256('x'));
});

test('the digest of a folder changes with every name and content below it, and with nothing else', async () => {
  const directory = temporaryDirectory();
  const folder = join(directory, 'folder');
  const outside = join(directory, 'outside');
  mkdirSync(join(folder, 'inner/empty'), { recursive: true });
  writeFileSync(join(folder, 'inner/a'), '1');
  writeFileSync(outside, 'o');
  symlinkSync(outside, join(folder, 'link'));
  symlinkSync(folder, join(folder, 'inner/round'));
  symlinkSync('nowhere', join(folder, 'dangling'));
  const seen = new Set<string>();
  const isNew = async (): Promise<boolean> => {
    const digest = await digestOf(folder);
    expect(await digestOf(folder)).toBe(digest);
    return seen.size < seen.add(digest).size;
  };
  expect(await isNew()).toBe(true);
  for (const change of [
    () => writeFileSync(join(folder, 'inner/a'), '2'),
    () => writeFileSync(join(folder, 'inner/b'), '2'),
    () => renameSync(join(folder, 'inner/b'), join(folder, 'inner/c')),
    () => rmSync(join(folder, 'inner/empty'), { recursive: true }),
    () => writeFileSync(outside, 'p'),
    () => rmSync(join(folder, 'dangling')),
  ]) {
    change();
    expect(await isNew()).toBe(true);
  }
  const before = await digestOf(folder);
  renameSync(folder, join(directory, 'renamed'));
  rmSync(join(directory, 'renamed/inner/round'));
  symlinkSync(join(directory, 'renamed'), join(directory, 'renamed/inner/round'));
  expect(await digestOf(join(directory, 'renamed'))).toBe(before);
});
