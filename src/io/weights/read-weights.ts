/** Reading weights that another program has written. */
import { readFile } from 'node:fs/promises';
import type { Tensors } from '../../core/artifact/tensors.ts';
import { explained } from '../columns/read-error.ts';
import { decodeNpz, isZip } from './npz.ts';
import { decodeSafetensors } from './safetensors.ts';

/**
 * The tensors of a .safetensors or .npz file; its first bytes tell which it is.
 *
 * | in the file               | here                          |
 * |---------------------------|-------------------------------|
 * | floats of 32 and 64 bits  | the same                      |
 * | half floats, bfloat16     | float32                       |
 * | integers of up to 32 bits | the same                      |
 * | integers of 64 bits       | float64, if every one is exact |
 * | booleans                  | uint8                         |
 *
 * @throws DataError in one sentence naming the file and the tensor
 */
export async function readWeights(path: string): Promise<Tensors> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw explained(path, cause);
  }
  return isZip(bytes) ? decodeNpz(bytes, path) : decodeSafetensors(bytes, path);
}
