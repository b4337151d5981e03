/** The files that a memo depends on, by content. A memo is valid only while all of them are unchanged. */
import { realpathSync, statSync } from 'node:fs';
import type { Digest } from '../core/identity/digest.ts';
import type { Memos } from '../store/memo/memos.ts';

/**
 * The digest of a file; null for a path without a file, where a file would take precedence over the one that was found;
 * or the target of a link that was followed.
 */
export type DependencyState = Digest | null | { readonly real: string };

export type DependencyList = readonly (readonly [path: string, state: DependencyState])[];

/**
 * The files with their digests, and the paths that imports were resolved by. Undefined if one of them changed since
 * `startedAt` (milliseconds since 1970): it is then unknown which content was read, and nothing may be memoised.
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
    // A deleted file has changed.
    return false;
  }
}
