/** Weights as NumPy's .npz: a ZIP archive with a .npy file for each array. */
import { unzipSync, zipSync } from 'fflate';
import { membersOf } from '../../core/artifact/given.ts';
import { soundTensor, type Tensors } from '../../core/artifact/tensors.ts';
import { compareUtf8 } from '../../core/identity/canonical.ts';
import { DataError } from '../../errors.ts';
import { decodeNpy, encodeNpy } from './npy.ts';

/** The earliest time that a ZIP archive can hold: the time of writing does not belong to weights. */
const NO_TIME = '1980-01-01T00:00:00';
const EXTENSION = '.npy';

/**
 * The bytes of a .npz file, not compressed, as `numpy.savez` writes it. Arrays come in the order of their names, so
 * equal weights give equal bytes.
 *
 * @throws DataError for what is not such a tensor
 */
export function writeNpz(tensors: Tensors): Uint8Array {
  const members = membersOf(tensors, 'weights', 'tensors')
    .map(([name, value]) => [name, soundTensor(value, `tensor ${name}`)] as const)
    .sort(([a], [b]) => compareUtf8(a, b));
  return zipSync(Object.fromEntries(members.map(([name, tensor]) => [`${name}${EXTENSION}`, encodeNpy(tensor)])), {
    level: 0,
    mtime: NO_TIME,
  });
}

/**
 * The arrays of a .npz file, compressed or not. Half floats become float32, booleans uint8, integers of 64 bits float64
 * if that is exact.
 *
 * @param where what to call the file
 * @throws DataError in one sentence for a file that is not one, or an array that is not one
 */
export function decodeNpz(bytes: Uint8Array, where: string): Tensors {
  let files: Readonly<Record<string, Uint8Array>>;
  try {
    files = unzipSync(bytes);
  } catch (cause) {
    throw new DataError(`${where} is not a .npz file, or damaged (${(cause as Error).message}).`, { cause });
  }
  return Object.fromEntries(
    Object.entries(files).map(([file, content]) => {
      if (!file.endsWith(EXTENSION)) throw new DataError(`${where} holds ${file}, which is not an array of NumPy.`);
      const name = file.slice(0, -EXTENSION.length);
      return [name, decodeNpy(content, `${where}: array ${name}`)];
    }),
  );
}

/**
 * By the signature of a first file, or of an archive without any. Its first half alone may be the length of a
 * safetensors header.
 */
export function isZip(bytes: Uint8Array): boolean {
  const signature = Buffer.from(bytes.subarray(0, 4)).toString('latin1');
  return signature === 'PK\x03\x04' || signature === 'PK\x05\x06';
}
