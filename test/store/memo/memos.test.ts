import { renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { Cache } from '../../../src/store/cache.ts';
import type { StatTrust } from '../../../src/store/files/stat-trust.ts';
import { Memos } from '../../../src/store/memo/memos.ts';
import { databaseOf } from '../open-cache.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

function setUp(now: () => number = Date.now) {
  const directory = temporaryDirectory();
  const cache = Cache.open(directory, now);
  onTestFinished(() => cache.close());
  const path = join(directory, 'file.txt');
  const write = (text: string): void => writeFileSync(path, text);
  return { memos: cache.memos, path, write, cache };
}

describe("a file's digest", () => {
  test('is that of its content', async () => {
    const { memos, path, write } = setUp();
    write('abc');
    expect(memos.sourceDigest(path)).toBe(sha256('abc'));
    expect(await memos.fileDigest(path)).toEqual({ path, digest: sha256('abc'), bytes: 3 });
  });

  test('is written down once the file has settled, and not before, when nobody would trust it', () => {
    const rowsAfter = (aheadMs: number): number => {
      const { memos, path, write, cache } = setUp(() => Date.now() + aheadMs);
      write('abc');
      expect(memos.sourceDigest(path)).toBe(sha256('abc'));
      return databaseOf(cache).prepare('SELECT path FROM file_memo').all().length;
    };
    expect([rowsAfter(0), rowsAfter(60_000)]).toEqual([0, 1]);
  });

  test('changes with a rewrite of the same size within one tick of the clock', () => {
    const { memos, path, write } = setUp();
    for (let i = 0; i < 50; i++) {
      write(`${i % 10}`);
      expect(memos.sourceDigest(path)).toBe(sha256(`${i % 10}`));
    }
  });

  test('changes with a rewrite of the same size and the same modification time', () => {
    // The clock is far ahead, so that the file does not count as racy.
    const { memos, path, write } = setUp(() => Date.now() + 60_000);
    write('abc');
    const { atime, mtime } = statSync(path);
    expect(memos.sourceDigest(path)).toBe(sha256('abc'));
    write('abd');
    utimesSync(path, atime, mtime);
    expect(memos.sourceDigest(path)).toBe(sha256('abd'));
  });

  test('changes when another file of the same size and time takes its place', () => {
    const { memos, path, write } = setUp(() => Date.now() + 60_000);
    write('abc');
    const { atime, mtime } = statSync(path);
    expect(memos.sourceDigest(path)).toBe(sha256('abc'));
    writeFileSync(`${path}.new`, 'abd');
    utimesSync(`${path}.new`, atime, mtime);
    renameSync(`${path}.new`, path);
    expect(memos.sourceDigest(path)).toBe(sha256('abd'));
  });

  test('is not read again while the file is as it was, and does not change by touching it', () => {
    const { memos, path, write, cache } = setUp(() => Date.now() + 60_000);
    write('abc');
    memos.sourceDigest(path);
    // A wrong digest in the memo shows whether it was trusted.
    databaseOf(cache)
      .prepare('UPDATE file_memo SET digest = ?')
      .run(Buffer.from(sha256('memo'), 'hex'));
    expect(memos.sourceDigest(path)).toBe(sha256('memo'));
    utimesSync(path, new Date(), new Date(0));
    expect(memos.sourceDigest(path)).toBe(sha256('abc'));
  });
});

test('a digest is not remembered of a file on another device, with all else the same', () => {
  const { memos, path, write, cache } = setUp(() => Date.now() + 60_000);
  write('abc');
  memos.sourceDigest(path);
  databaseOf(cache)
    .prepare('UPDATE file_memo SET digest = ?, device = device + 1')
    .run(Buffer.from(sha256('memo'), 'hex'));
  expect(memos.sourceDigest(path)).toBe(sha256('abc'));
});

test('a digest is not remembered where the stat does not tell changes', async () => {
  const { path, write, cache } = setUp(() => Date.now() + 60_000);
  const untold = { tellsChanges: () => false } as unknown as StatTrust;
  const memos = new Memos(databaseOf(cache), () => Date.now() + 60_000, untold);
  write('abc');
  memos.sourceDigest(path);
  databaseOf(cache)
    .prepare('UPDATE file_memo SET digest = ?')
    .run(Buffer.from(sha256('memo'), 'hex'));
  expect(memos.sourceDigest(path)).toBe(sha256('abc'));
  expect((await memos.fileDigest(path)).digest).toBe(sha256('abc'));
});

test('the names in a directory have a digest, which a file that is rewritten does not change', () => {
  const { memos, path, write } = setUp();
  const directory = dirname(path);
  write('abc');
  const before = memos.namesDigest(directory);
  write('abd');
  expect(memos.namesDigest(directory)).toBe(before);
  symlinkSync('file.txt', join(directory, 'link'));
  const linked = memos.namesDigest(directory);
  expect(linked).not.toBe(before);
  rmSync(join(directory, 'link'));
  symlinkSync('other.txt', join(directory, 'link'));
  expect(memos.namesDigest(directory)).not.toBe(linked);
  rmSync(join(directory, 'link'));
  expect(memos.namesDigest(directory)).toBe(before);
});

test('of each kind of memo, only the latest are kept', () => {
  let now = 0;
  const { memos, cache } = setUp(() => now++);
  for (let i = 0; i < 300; i++) memos.set(sha256(String(i)), 'graph', Buffer.from(String(i)));
  memos.set(sha256('other'), 'code', Buffer.from('other'));
  expect(memos.get(sha256('299'))?.toString()).toBe('299');
  expect(memos.get(sha256('0'))).toBeUndefined();
  expect(memos.get(sha256('other'))?.toString()).toBe('other');
  expect(databaseOf(cache).prepare("SELECT count(*) AS n FROM memo WHERE kind = 'graph'").get()).toEqual({ n: 200 });
});
