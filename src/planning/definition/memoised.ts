/** Answers that take time, kept in the cache with the files that they depend on. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Digest } from '../../core/identity/digest.ts';
import { areUnchanged, type DependencyList } from '../../identity/dependency-list.ts';
import type { Cache } from '../../store/cache.ts';
import { memoKey } from './memo-key.ts';

export interface WithFiles {
  /** The files that the answer depends on; undefined while one of them is being edited, and then nothing is kept. */
  readonly files: DependencyList | undefined;
}

/** The memoised answer, as long as its files are unchanged and `holds` agrees; otherwise a fresh one. */
export async function memoised<T extends WithFiles>(
  cache: Cache,
  kind: string,
  question: readonly unknown[],
  answer: (startedAt: number) => Promise<T>,
  holds: (memo: T) => boolean = () => true,
): Promise<T> {
  const key = memoKey(kind, question);
  const memo = remembered<T>(cache, key);
  if (memo?.files !== undefined && areUnchanged(cache.memos, memo.files) && holds(memo)) return memo;
  const fresh = await answer(Date.now());
  // A graph repeats itself in every node: packed, it takes a tenth of the room.
  if (fresh.files !== undefined) cache.memos.set(key, kind, deflateRawSync(JSON.stringify(fresh), { level: 1 }));
  return fresh;
}

/** What was last kept under this key, whether it still holds or not. */
export function remembered<T>(cache: Cache, key: Digest): T | undefined {
  const packed = cache.memos.get(key);
  return packed === undefined ? undefined : (JSON.parse(inflateRawSync(packed).toString()) as T);
}
