/** The content of inputs that no node of the graph makes: files of the user's, remote files, outputs on record. */
import type { RecordedRef } from '../../../core/authoring/state-output.ts';
import type { GraphInput } from '../../../core/graph/graph.ts';
import type { Digest } from '../../../core/identity/digest.ts';

/** Digests of the user's files by their absolute paths, and of outputs on record by `recordedKey`. */
export type OutsideDigests = ReadonlyMap<string, Digest>;

export type Outside = Exclude<GraphInput['from'], { readonly node: number }>;

/** No absolute path begins so. */
export function recordedKey({ recorded, kind }: RecordedRef): string {
  return `recorded:${kind}:${recorded}`;
}

/** Undefined if it was not looked up. */
export function outsideDigest(digests: OutsideDigests, from: Outside): Digest | undefined {
  if ('recorded' in from) return digests.get(recordedKey(from));
  return from.remote?.sha256 ?? digests.get(from.file);
}
