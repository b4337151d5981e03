/** The codec of bytes as they are. */
import type { Codec, Difference } from '../codec.ts';
import { plainArray } from '../typed-array.ts';

/** Bytes as they are: a Uint8Array, or a Buffer, and nothing else that has bytes. */
export function bytes(): Codec<'bytes', Uint8Array> {
  return {
    kind: 'bytes',
    encode: (value, where) => [plainArray(value, where, ['uint8']) as Uint8Array],
    decode: (value) => value,
    compare: compareBytes,
  };
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
