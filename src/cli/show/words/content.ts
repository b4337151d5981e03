/** A look into an artifact: its preview, or why it cannot be read. */
import type { Artifact } from '../../../core/artifact/artifact.ts';
import type { Preview } from '../../../core/artifact/codec.ts';
import { previewArtifact } from '../../../core/artifact/registry.ts';
import { RestageError } from '../../../errors.ts';
import type { Cache } from '../../../store/cache.ts';
import { plural } from '../../../ui/text/format.ts';
import { valueLines } from './value.ts';

export type Content = Preview | { readonly type: 'lost'; readonly why: string };

const MOST_LINES = 36;
const MOST_ARRAYS = 60;

export function contentOf(cache: Cache, artifact: Artifact & { readonly kind: string }): Content {
  const { kind, digest, bytes } = artifact;
  const read = (): Uint8Array => cache.read(artifact);
  try {
    return previewArtifact(kind, bytes, read, `artifact ${digest}`);
  } catch (error) {
    if (error instanceof RestageError) return { type: 'lost', why: error.message };
    throw error;
  }
}

export function contentLines(content: Content, width: number): readonly string[] {
  switch (content.type) {
    case 'value':
      return valueLines(content.value, MOST_LINES, width);
    case 'text':
      return content.more ? [...content.head, '...'] : content.head;
    case 'arrays': {
      const shown = content.arrays
        .slice(0, MOST_ARRAYS)
        .map(({ name, dtype, shape }) => `${name}: ${dtype}[${shape.join(', ')}]`);
      const rest = content.arrays.length - shown.length;
      return rest > 0 ? [...shown, `and ${plural(rest, 'array')} more`] : shown;
    }
    case 'opaque':
      return [];
    case 'lost':
      return [`(${content.why})`];
  }
}
