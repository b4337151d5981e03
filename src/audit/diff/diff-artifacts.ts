/** How two artifacts differ, by their codec, or why that cannot be said. */
import type { Artifact } from '../../core/artifact/artifact.ts';
import type { Difference } from '../../core/artifact/codec.ts';
import { compareArtifacts } from '../../core/artifact/registry.ts';
import type { Digest } from '../../core/identity/digest.ts';
import { RestageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import { textDiff, unifiedDiff } from '../change/text-diff.ts';

/** An artifact, and the codec that wrote it. */
export interface Side extends Artifact {
  readonly kind: string;
}

export interface ArtifactDiff {
  readonly kind: string;
  readonly before: Digest;
  readonly after: Digest;
  readonly how:
    | { readonly type: 'same' }
    /** What differs, part by part. Empty where the bytes differ and the values do not. */
    | { readonly type: 'values'; readonly differences: readonly Difference[] }
    /** The lines of a unified diff. */
    | { readonly type: 'text'; readonly lines: readonly string[] }
    | { readonly type: 'kinds'; readonly before: string; readonly after: string }
    /** The bytes of a side are not in the cache, or damaged. */
    | { readonly type: 'lost'; readonly why: string };
}

export function diffArtifacts(cache: Cache, before: Side, after: Side, where: string): ArtifactDiff {
  return {
    kind: before.kind,
    before: before.digest,
    after: after.digest,
    how: howTheyDiffer(cache, before, after, where),
  };
}

function howTheyDiffer(cache: Cache, before: Side, after: Side, where: string): ArtifactDiff['how'] {
  if (before.digest === after.digest) return { type: 'same' };
  if (before.kind !== after.kind) return { type: 'kinds', before: before.kind, after: after.kind };
  try {
    const [first, second] = [cache.read(before), cache.read(after)];
    if (before.kind === 'text') return { type: 'text', lines: unified(first, second, where) };
    return { type: 'values', differences: compareArtifacts(before.kind, first, second, where) };
  } catch (error) {
    if (error instanceof RestageError) return { type: 'lost', why: error.message };
    throw error;
  }
}

function unified(first: Uint8Array, second: Uint8Array, where: string): readonly string[] {
  const [before, after] = [first, second].map((bytes) => Buffer.from(bytes).toString()) as [string, string];
  return unifiedDiff(textDiff(before, after), { before: `a/${where}`, after: `b/${where}` });
}
