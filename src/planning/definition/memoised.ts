/** Answers that take time, kept in the cache with the files that they depend on. */
import { areUnchanged, type DependencyList } from '../../identity/dependency-list.ts';
import type { Cache } from '../../store/cache.ts';
import { memoKey } from './memo-key.ts';

export interface WithFiles {
  /** The files that the answer depends on; undefined while one of them is being edited, and then nothing is stored. */
  readonly files: DependencyList | undefined;
}

/** The memoised answer, as long as its files are unchanged and `holds` agrees; otherwise a fresh one. */
export async function memoised<T extends WithFiles>(
  cache: Cache,
  kind: string,
  question: readonly unknown[],
  answer: () => Promise<T>,
  holds: (memo: T) => boolean = () => true,
): Promise<T> {
  const key = memoKey(kind, question);
  const packed = cache.memos.get(key);
  const memo = packed === undefined ? undefined : (JSON.parse(packed.toString()) as T);
  if (memo?.files !== undefined && areUnchanged(cache.memos, memo.files) && holds(memo)) return memo;
  const fresh = await answer();
  if (fresh.files !== undefined) cache.memos.set(key, kind, Buffer.from(JSON.stringify(fresh)));
  return fresh;
}
