/** What a memo rests on: files by content. A memo counts only while every one of them is as it was. */
import { realpathSync, statSync } from 'node:fs';
import type { Digest } from '../core/identity/digest.ts';
import type { Memos } from '../store/memo/memos.ts';

/**
 * A file's digest; null for a path without a file, where one would come before another that was found; what a link led
 * to, where one was followed.
 */
export type DependencyState = Digest | null | { readonly real: string };

export type DependencyList = readonly (readonly [path: string, state: DependencyState])[];

/**
 * The files with their digests, and what imports were found by; undefined if one of them changed since `startedAt`, in
 * which case nobody knows which of its contents was read and nothing may be memoised.
 */
export function listDependencies(
  memos: Memos,
  paths: readonly string[],
  resolved: readonly (readonly [path: string, real: string | null])[],
  startedAt: number,
): DependencyList | undefined {
  const unique = [...new Set(paths)].sort();
  const changed = unique.some((path) => {
    const { mtimeMs, ctimeMs } = statSync(path);
    return Math.max(mtimeMs, ctimeMs) >= startedAt;
  });
  if (changed) return undefined;
  const found = resolved.map(([path, real]) => [path, real === null ? null : { real }] as const);
  if (!areUnchanged(memos, found)) return undefined;
  return [...unique.map((path) => [path, memos.sourceDigest(path)] as const), ...found];
}

export function areUnchanged(memos: Memos, files: DependencyList): boolean {
  try {
    return files.every(([path, state]) => {
      if (state === null) return statSync(path, { throwIfNoEntry: false })?.isFile() !== true;
      if (typeof state === 'object') return realpathSync(path) === state.real;
      return memos.sourceDigest(path) === state;
    });
  } catch {
    // A file that is gone has changed.
    return false;
  }
}
