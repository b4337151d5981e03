/** How the sources of two codes differ, file by file. */
import type { Digest } from '../../core/identity/digest.ts';
import type { Cache } from '../../store/cache.ts';
import { codeSources } from '../change/code-sources.ts';
import { textDiff, unifiedDiff } from '../change/text-diff.ts';

export interface CodeDiff {
  readonly before: Digest;
  readonly after: Digest;
  /** Files that differ, by path; a file that one side lacks is empty there. */
  readonly files: readonly { readonly path: string; readonly lines: readonly string[] }[];
}

/** @throws ArtifactCorruptError where a source is lost, UsageError for code that is not on record */
export function diffCodes(cache: Cache, before: Digest, after: Digest): CodeDiff {
  const [first, second] = [codeSources(cache, before), codeSources(cache, after)];
  const paths = [...new Set([...first.keys(), ...second.keys()])].sort();
  const files = paths.flatMap((path) => {
    const difference = textDiff(first.get(path) ?? '', second.get(path) ?? '');
    const lines = unifiedDiff(difference, {
      before: first.has(path) ? `a/${path}` : '/dev/null',
      after: second.has(path) ? `b/${path}` : '/dev/null',
    });
    return lines.length === 0 ? [] : [{ path, lines }];
  });
  return { before, after, files };
}
