/**
 * Codecs by kind: how an artifact on record is decoded, previewed and compared without its stage.
 *
 * To add a codec to restage, write its file in `codecs/`, add it to BUILT_IN and export it from src/index.ts. A user's
 * own codec works in stages without being registered. Once it is registered, `open().read()` decodes it too.
 */
import { UsageError } from '../../errors.ts';
import type { AnyCodec, Difference, Preview } from './codec.ts';
import { bytes, compareBytes } from './codecs/bytes.ts';
import { file } from './codecs/file.ts';
import { json } from './codecs/json.ts';
import { panel } from './codecs/panel.ts';
import { table } from './codecs/table.ts';
import { text } from './codecs/text.ts';
import { weights } from './codecs/weights.ts';

const BUILT_IN: readonly AnyCodec[] = [json(), table(), weights(), text(), bytes(), file(), panel()];

const codecs = new Map(BUILT_IN.map((codec) => [codec.kind, codec]));

/**
 * Lets this process decode, preview and compare artifacts of this kind, until what it returns is called.
 * @throws UsageError if the kind is taken
 */
export function registerCodec(codec: AnyCodec): () => void {
  const known = codecs.get(codec.kind);
  if (known !== undefined && known !== codec)
    throw new UsageError(`The codec kind "${codec.kind}" is already registered; give this codec another kind.`);
  codecs.set(codec.kind, codec);
  return () => void codecs.delete(codec.kind);
}

/** The value of an artifact; its bytes where no codec of its kind is registered. @throws DecodeError */
export function decodeArtifact(kind: string, content: Uint8Array, where: string): unknown {
  const codec = codecs.get(kind);
  return codec === undefined ? content : codec.decode(content, where);
}

/**
 * A short look at an artifact of this many bytes. `read` gives its content; it is called only if there is a preview.
 * @throws DecodeError, and what `read` throws
 */
export function previewArtifact(kind: string, size: number, read: () => Uint8Array, where: string): Preview {
  const codec = codecs.get(kind);
  if (codec?.preview === undefined || size > (codec.previewBytes ?? Infinity)) return { type: 'opaque' };
  // The value comes from this codec's own `decode`.
  return codec.preview(codec.decode(read(), where) as never);
}

/**
 * What differs between two artifacts of one kind; empty if their values are equal, even where their bytes differ.
 * @throws DecodeError
 */
export function compareArtifacts(
  kind: string,
  first: Uint8Array,
  second: Uint8Array,
  where: string,
): readonly Difference[] {
  const bytesDiffer = compareBytes(first, second);
  const codec = codecs.get(kind);
  if (bytesDiffer.length === 0 || codec?.compare === undefined) return bytesDiffer;
  return codec.compare(codec.decode(first, where) as never, codec.decode(second, where) as never);
}
