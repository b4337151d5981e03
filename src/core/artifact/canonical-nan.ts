/**
 * One bit pattern for NaN. 0/0, Math.log(-1) and Number.NaN may differ in bits that no program can see, and that depend
 * on the processor and on how hot the code is. Equal values must give equal bytes, so what is hashed has quiet NaN alone.
 */
import type { TypedArray } from './dtypes.ts';

/** The same array if each NaN in it is the canonical one, or else a copy in which it is. `array` is never changed. */
export function withCanonicalNaN<A extends TypedArray>(array: A): A;
export function withCanonicalNaN(array: TypedArray): TypedArray {
  if (array instanceof Float64Array) return canonical64(array);
  return array instanceof Float32Array ? canonical32(array) : array;
}

const HIGH = 0x7ff80000;
const SINGLE = 0x7fc00000;

function canonical64(array: Float64Array): Float64Array {
  const from = firstOdd64(array, wordsOf(array));
  if (from < 0) return array;
  const copy = new Float64Array(array);
  const words = wordsOf(copy);
  for (let i = from; i < array.length; i++) {
    if (!Number.isNaN(array[i])) continue;
    words[2 * i] = 0;
    words[2 * i + 1] = HIGH;
  }
  return copy;
}

function canonical32(array: Float32Array): Float32Array {
  const from = firstOdd32(array, wordsOf(array));
  if (from < 0) return array;
  const copy = new Float32Array(array);
  const words = wordsOf(copy);
  for (let i = from; i < array.length; i++) if (Number.isNaN(array[i])) words[i] = SINGLE;
  return copy;
}

/** In functions of their own, so that each loop is compiled for one type of array. */
function firstOdd64(array: Float64Array, words: Uint32Array): number {
  for (let i = 0; i < array.length; i++)
    if (Number.isNaN(array[i]) && (words[2 * i + 1] !== HIGH || words[2 * i] !== 0)) return i;
  return -1;
}

function firstOdd32(array: Float32Array, words: Uint32Array): number {
  for (let i = 0; i < array.length; i++) if (Number.isNaN(array[i]) && words[i] !== SINGLE) return i;
  return -1;
}

function wordsOf({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}
