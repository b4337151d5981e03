/** Files that two runs, or a run and what would run now, take with other contents. */
import type { Digest } from '../../core/identity/digest.ts';
import type { FileRead } from '../../store/query/conditions.ts';

export interface ChangedFile {
  /** Its path, or its address. */
  readonly path: string;
  readonly before: Digest;
  readonly after: Digest;
}

/** Of files that both sides take. One that a side alone takes is a difference in wiring. */
export function changedFiles(before: readonly FileRead[], after: readonly FileRead[]): readonly ChangedFile[] {
  const now = new Map(after.map(({ path, digest }) => [path, digest]));
  return [...new Map(before.map(({ path, digest }) => [path, digest]))].flatMap(([path, was]) => {
    const is = now.get(path);
    return is === undefined || is === was ? [] : [{ path, before: was, after: is }];
  });
}
