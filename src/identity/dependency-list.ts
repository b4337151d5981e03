/**
 * What a memo depends on: files, by content, and how imports resolve. A memo is valid only while all of it is
 * unchanged.
 */
import { realpathSync, type Stats, statSync } from 'node:fs';
import type { Memos } from '../store/memo/memos.ts';
import { type PathState, type Witness, Witnesses } from './code/resolution/witness.ts';

export type DependencyList = readonly Witness[];

/**
 * The files with their digests, and what else was seen. Undefined if one of them changed since `startedAt`
 * (milliseconds since 1970): it is then unknown which content was read, and nothing may be memoised.
 */
export function listDependencies(
  memos: Memos,
  paths: readonly string[],
  witnesses: DependencyList,
  startedAt: number,
): DependencyList | undefined {
  const unique = [...new Set(paths)].sort();
  const changed = unique.some((path) => {
    const { mtimeMs, ctimeMs } = statSync(path);
    return Math.max(mtimeMs, ctimeMs) >= startedAt;
  });
  if (changed || !areUnchanged(memos, witnesses)) return undefined;
  return mergeDependencies(
    witnesses,
    unique.map((path) => [path, memos.sourceDigest(path)] as const),
  );
}

/** Each once. */
export function mergeDependencies(...lists: readonly DependencyList[]): DependencyList {
  const merged = new Witnesses();
  for (const list of lists) for (const [path, state] of list) merged.note(path, state);
  return merged.list();
}

export function areUnchanged(memos: Memos, dependencies: DependencyList): boolean {
  try {
    return dependencies.every(([path, state]) => isUnchanged(memos, path, state));
  } catch {
    // A deleted file has changed.
    return false;
  }
}

function isUnchanged(memos: Memos, path: string, state: PathState): boolean {
  if (state === null) return statIfThere(path)?.isFile() !== true;
  if (typeof state === 'string') return memos.sourceDigest(path) === state;
  if ('names' in state) return memos.namesDigest(path) === state.names;
  return (state.real === null ? realIfThere(path) : realpathSync(path)) === state.real;
}

function realIfThere(path: string): string | null {
  // A dangling link leads nowhere too.
  return statIfThere(path) === undefined ? null : realpathSync(path);
}

function statIfThere(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // Nothing is below a file.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}
