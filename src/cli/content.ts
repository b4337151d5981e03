/** A look into an artifact: the value of small JSON, the first lines of a text, the columns of a table, the shapes of weights. */
import type { Artifact } from '../core/artifact/artifact.ts';
import type { Digest } from '../core/identity/digest.ts';
import { decodeTensors, dtypeOf } from '../core/artifact/tensors.ts';
import { RestageError } from '../errors.ts';
import type { Cache } from '../store/cache.ts';
import { plural } from '../ui/text/format.ts';

export type Content =
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'text'; readonly head: readonly string[]; readonly more: boolean }
  | {
      readonly type: 'arrays';
      readonly arrays: readonly { readonly name: string; readonly dtype: string; readonly shape: readonly number[] }[];
    }
  /** Too large, or of a kind that says nothing to people. */
  | { readonly type: 'opaque' }
  | { readonly type: 'lost'; readonly why: string };

const MOST_JSON_BYTES = 4096;
const MOST_TEXT_BYTES = 1 << 20;
const MOST_LINES = 12;
const MOST_ARRAYS = 60;

export function contentOf(cache: Cache, artifact: Artifact & { readonly kind: string }): Content {
  const { kind, digest, bytes, inline } = artifact;
  const read = (): Uint8Array => inline ?? cache.objects.read(digest, bytes);
  try {
    if (kind === 'json' && bytes <= MOST_JSON_BYTES)
      return { type: 'value', value: JSON.parse(Buffer.from(read()).toString()) as unknown };
    if (kind === 'text' && bytes <= MOST_TEXT_BYTES) return textHead(Buffer.from(read()).toString());
    if (kind === 'table' || kind === 'weights') return arraysIn(read(), digest);
    return { type: 'opaque' };
  } catch (error) {
    if (error instanceof RestageError || error instanceof SyntaxError) return { type: 'lost', why: error.message };
    throw error;
  }
}

export function contentLines(content: Content): readonly string[] {
  switch (content.type) {
    case 'value': {
      const lines = JSON.stringify(content.value, null, 2).split('\n');
      return lines.length <= 3 * MOST_LINES ? lines : [...lines.slice(0, 3 * MOST_LINES), '...'];
    }
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

function textHead(text: string): Content {
  const lines = text.split('\n', MOST_LINES + 1);
  return { type: 'text', head: lines.slice(0, MOST_LINES), more: lines.length > MOST_LINES };
}

function arraysIn(bytes: Uint8Array, digest: Digest): Content {
  const tensors = decodeTensors(bytes, `artifact ${digest}`);
  const arrays = Object.entries(tensors).map(([name, { shape, data }]) => ({ name, dtype: dtypeOf(data), shape }));
  return { type: 'arrays', arrays };
}
