/** A directory as a place of a remote. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BlobSource } from '../../../src/remote/places/contract.ts';
import { DirectoryPlace } from '../../../src/remote/places/directory-place.ts';
import { openPlace } from '../../../src/remote/places/open-place.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { unwritableDirectory, WRITABLE } from '../../helpers/unwritable.ts';

test('a blob is there as it was stored, and from any byte on', async () => {
  const place = newPlace();
  expect(await place.insert('a/b', source('hello'))).toBe('stored');
  expect([await textOf(place, 'a/b'), await textOf(place, 'a/b', 3)]).toEqual(['hello', 'lo']);
  expect(await place.read('a/c')).toBeUndefined();
  expect(await place.find(['a/b', 'a/c', 'a'])).toEqual(new Map([['a/b', 5]]));
});

test('of many who store a blob at once, one does, and nothing else stays', async () => {
  const place = newPlace();
  const outcomes = await Promise.all(Array.from({ length: 8 }, (_, i) => place.insert('x/y', source(`text ${i}`))));
  expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1);
  expect(await place.insert('x/y', source('late'))).toBe('there');
  expect(await textOf(place, 'x/y')).toBe(`text ${outcomes.indexOf('stored')}`);
  expect(readdirSync(join(place.address, 'x'))).toEqual(['y']);
});

test('a source that breaks off leaves nothing', async () => {
  const place = newPlace();
  const breaking: BlobSource = {
    bytes: 9,
    async *open() {
      yield await Promise.resolve(Buffer.from('some'));
      throw new Error('broke off');
    },
  };
  await expect(place.insert('x/y', breaking)).rejects.toThrow('broke off');
  expect(readdirSync(join(place.address, 'x'))).toEqual([]);
});

test('blobs are listed by what their keys begin with, without what is being written', async () => {
  const place = newPlace();
  for (const key of ['m', 'a/1', 'a/2', 'ab/3']) await place.insert(key, source('.'));
  writeFileSync(join(place.address, 'a', `1.${'0'.repeat(16)}.tmp`), 'half');
  expect(await listed(place, '')).toEqual(['a/1', 'a/2', 'ab/3', 'm']);
  expect(await listed(place, 'a/')).toEqual(['a/1', 'a/2']);
  expect(await listed(place, 'z/')).toEqual([]);
});

test('a directory that may not be written is one sentence', async ({ skip }) => {
  const locked = unwritableDirectory(temporaryDirectory());
  if (locked === undefined) return skip(WRITABLE);
  await expect(new DirectoryPlace(locked.directory).insert('x/y', source('.'))).rejects.toMatchObject({
    failure: 'denied',
    message: expect.stringMatching(/^\S+ cannot be written: permission is denied; .+ \(E[A-Z]+\)\.$/) as string,
  });
});

test('a disk that is not mounted is not filled in its stead', async () => {
  const place = new DirectoryPlace(join(temporaryDirectory(), 'disk', 'remote'));
  await expect(place.insert('x/y', source('.'))).rejects.toMatchObject({
    failure: 'unreachable',
    message: expect.stringContaining('mount its disk') as string,
  });
  rmSync(place.address, { force: true });
  expect(await place.read('x/y')).toBeUndefined();
});

test('one that goes away is told, and not made again', async () => {
  const place = newPlace();
  await place.insert('x/y', source('.'));
  rmSync(place.address, { recursive: true });
  const gone = { failure: 'unreachable', message: expect.stringContaining('it was there and is gone') as string };
  await expect(place.insert('x/z', source('.'))).rejects.toMatchObject(gone);
  await expect(place.read('x/y')).rejects.toMatchObject(gone);
  await expect(place.find(['x/y'])).rejects.toMatchObject(gone);
  await expect(listed(place, 'x/')).rejects.toMatchObject(gone);
  expect(existsSync(place.address)).toBe(false);
});

test('keys that lead elsewhere are refused', async () => {
  for (const key of ['../x', 'a//b', '/a', 'a/.', 'a b', '', 'a\n'])
    await expect(newPlace().insert(key, source('.'))).rejects.toThrow('is not a key of a remote');
});

test('an address of another kind is told', async () => {
  await expect(openPlace('gopher://host/x')).rejects.toThrow('gopher://');
});

function newPlace(): DirectoryPlace {
  return new DirectoryPlace(join(temporaryDirectory(), 'remote'));
}

function source(text: string): BlobSource {
  return {
    bytes: text.length,
    async *open(from = 0) {
      yield await Promise.resolve(Buffer.from(text.slice(from)));
    },
  };
}

async function textOf(place: DirectoryPlace, key: string, from = 0): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await place.read(key, { from }))!) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function listed(place: DirectoryPlace, prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of place.list(prefix)) keys.push(key);
  return keys.sort();
}
