/** What every place of a remote does, as tests that any of them can be put to. */
import { expect, test } from 'vitest';
import type { BlobSource, Place } from '../../../dist/remote/places/contract.js';

export function source(bytes: Uint8Array): BlobSource {
  // eslint-disable-next-line @typescript-eslint/require-await -- a source is read asynchronously
  async function* open(from = 0) {
    for (let at = from; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
  }
  return { bytes: bytes.length, open };
}

export async function bytesOf(place: Place, key: string, from?: number): Promise<Buffer | undefined> {
  const parts = await place.read(key, from === undefined ? {} : { from });
  if (parts === undefined) return undefined;
  const read: Uint8Array[] = [];
  for await (const part of parts) read.push(part);
  return Buffer.concat(read);
}

export function placeContract(place: () => Place): void {
  test('a blob is stored once, and read again from any byte on', async () => {
    const bytes = Buffer.from('0123456789');
    expect(await place().insert('a/one', source(bytes))).toBe('stored');
    expect(await place().insert('a/one', source(Buffer.from('another')))).toBe('there');
    expect(await bytesOf(place(), 'a/one')).toEqual(bytes);
    expect(await bytesOf(place(), 'a/one', 7)).toEqual(Buffer.from('789'));
    expect(await bytesOf(place(), 'a/one', 10)).toEqual(Buffer.alloc(0));
  });

  test('an empty blob and one of 20 MB come back as they were', async () => {
    const big = Buffer.alloc(20_000_003, 'many bytes');
    await place().insert('b/empty', source(Buffer.alloc(0)));
    await place().insert('b/big', source(big));
    expect(await bytesOf(place(), 'b/empty')).toEqual(Buffer.alloc(0));
    expect((await bytesOf(place(), 'b/big'))?.equals(big)).toBe(true);
  });

  test('the first of eight writers at once wins, and all read its bytes', async () => {
    const writers = Array.from({ length: 8 }, (_, index) => Buffer.alloc(100_000, String(index)));
    const answers = await Promise.all(writers.map((bytes) => place().insert('c/raced', source(bytes))));
    expect(answers.filter((answer) => answer === 'stored')).toHaveLength(1);
    expect(await bytesOf(place(), 'c/raced')).toEqual(writers[answers.indexOf('stored')]);
  });

  test('what is not there is not found, and what is there is listed with its length', async () => {
    await place().insert('d/x/1', source(Buffer.from('x')));
    await place().insert('d/y', source(Buffer.from('yy')));
    expect(await bytesOf(place(), 'd/none')).toBeUndefined();
    expect(await place().find(['d/none', 'd/y', 'd/x/1'])).toEqual(new Map([['d/y', 2], ['d/x/1', 1]])); // prettier-ignore
    expect(await place().find(['d/none'])).toEqual(new Map());
    const listed: string[] = [];
    for await (const { key, bytes } of place().list('d/')) listed.push(`${key} ${String(bytes)}`);
    expect(listed.sort()).toEqual(['d/x/1 1', 'd/y 2']);
    for await (const { key } of place().list('none/at/all')) expect.unreachable(key);
  });

  test('an upload that ends too early stores nothing', async () => {
    const short = { ...source(Buffer.from('short')), bytes: 9 };
    await expect(place().insert('e/cut', short)).rejects.toMatchObject({ failure: 'unreachable' });
    expect(await bytesOf(place(), 'e/cut')).toBeUndefined();
  });

  test.each(['', '/a', '../a', 'a/../b', 'a//b', 'a b', "a'b", 'a\nb', 'a/'])('%j is refused as a key', async (key) => {
    await expect(place().insert(key, source(Buffer.alloc(1)))).rejects.toMatchObject({ failure: 'refused' });
    await expect(place().find([key])).rejects.toMatchObject({ failure: 'refused' });
  });
}
