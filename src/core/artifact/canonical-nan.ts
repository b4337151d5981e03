/**
 * One bit pattern for NaN. 0/0, Math.log(-1) and Number.NaN may differ in bits that no program can see, and that depend
 * on the processor and on how hot the code is. Equal values must give equal bytes, so what is hashed has quiet NaN
 * alone.
 */
import type { TypedArray } from './dtypes.ts';

/** The same array if each NaN in it is the canonical one, or else a copy in which it is. `array` is never changed. */
export function withCanonicalNaN<A extends TypedArray>(array: A): A;
export function withCanonicalNaN(array: TypedArray): TypedArray {
  if (array instanceof Float64Array) return canonical64(array);
  return array instanceof Float32Array ? canonical32(array) : array;
}

/** The words of the canonical NaN: of a double the high one, whose low one is 0, and of a single. */
const HIGH = 0x7ff80000;
const SINGLE = 0x7fc00000;

function canonical64(array: Float64Array): Float64Array {
  const from = firstOdd64(array);
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
  const from = firstOdd32(array);
  if (from < 0) return array;
  const copy = new Float32Array(array);
  const words = wordsOf(copy);
  for (let i = from; i < array.length; i++) if (Number.isNaN(array[i])) words[i] = SINGLE;
  return copy;
}

/**
 * The index of the first NaN with other bits, or -1. The sum of a block is NaN if one of its members is: one test a
 * block takes a tenth of the time of the hash, one test an element half of it or more. Each type of array has its own
 * loop, since one loop for both would be slower for both.
 */
function firstOdd64(a: Float64Array): number {
  const words = wordsOf(a);
  const isOdd = (i: number): boolean => Number.isNaN(a[i]) && (words[2 * i + 1] !== HIGH || words[2 * i] !== 0);
  const whole = a.length - (a.length % BLOCK);
  for (let i = 0; i < whole; i += BLOCK) {
    const low = a[i]! + a[i + 1]! + (a[i + 2]! + a[i + 3]!);
    const high = a[i + 4]! + a[i + 5]! + (a[i + 6]! + a[i + 7]!);
    if (!Number.isNaN(low + high)) continue;
    const odd = firstIn(i, i + BLOCK, isOdd);
    if (odd >= 0) return odd;
  }
  return firstIn(whole, a.length, isOdd);
}

function firstOdd32(a: Float32Array): number {
  const words = wordsOf(a);
  const isOdd = (i: number): boolean => Number.isNaN(a[i]) && words[i] !== SINGLE;
  const whole = a.length - (a.length % BLOCK);
  for (let i = 0; i < whole; i += BLOCK) {
    const low = a[i]! + a[i + 1]! + (a[i + 2]! + a[i + 3]!);
    const high = a[i + 4]! + a[i + 5]! + (a[i + 6]! + a[i + 7]!);
    if (!Number.isNaN(low + high)) continue;
    const odd = firstIn(i, i + BLOCK, isOdd);
    if (odd >= 0) return odd;
  }
  return firstIn(whole, a.length, isOdd);
}

const BLOCK = 8;

function firstIn(from: number, to: number, isOdd: (index: number) => boolean): number {
  for (let i = from; i < to; i++) if (isOdd(i)) return i;
  return -1;
}

function wordsOf({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}
