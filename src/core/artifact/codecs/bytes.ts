/** The codec of bytes as they are. */
import type { Codec, Difference } from '../codec.ts';

/** Bytes as they are. */
export function bytes(): Codec<'bytes', Uint8Array> {
  return { kind: 'bytes', encode: (value) => [value], decode: (value) => value, compare: compareBytes };
}

/** The lengths where they differ, and the first byte that differs. */
export function compareBytes(first: Uint8Array, second: Uint8Array): readonly Difference[] {
  const common = Math.min(first.length, second.length);
  let i = 0;
  while (i < common && first[i] === second[i]) i++;
  const lengths =
    first.length === second.length ? [] : [{ where: '', what: `${first.length} -> ${second.length} bytes` }];
  return i === common ? lengths : [...lengths, { where: `byte ${i}`, what: `${first[i]!} -> ${second[i]!}` }];
}
