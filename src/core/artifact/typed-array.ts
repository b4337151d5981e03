/**
 * Typed arrays as they are in memory: read through the getters of the language, which see no subclass, no proxy and no
 * member that hides the real one. What is written is then exactly what the stage handed over.
 */
import { DataError } from '../../errors.ts';
import { ARRAYS, type DType, type TypedArray } from './dtypes.ts';
import { describeGiven } from './given.ts';

/**
 * The dtype of an array of any class and realm; undefined for an array of other elements, a proxy, or anything else.
 */
export function dtypeOfValue(value: unknown): DType | undefined {
  const name = TAG.call(value) as string | undefined;
  return name === undefined ? undefined : DTYPES.get(name);
}

/**
 * The same elements, as a plain array of their dtype that shares their memory. A copy is made where the memory may
 * change while it is written: another thread writes to it, or it can be resized.
 * @throws DataError for a detached array, and for anything that is not an array of one of these dtypes
 */
export function plainArray(value: unknown, where: string, wanted: readonly DType[] = ALL): TypedArray {
  const dtype = dtypeOfValue(value);
  if (dtype === undefined || !wanted.includes(dtype))
    throw new DataError(`${where} is ${nameOf(value)}; give ${listOf(wanted)}.`);
  if (isOutOfBounds(value))
    throw new DataError(
      `${where} is a ${ARRAYS[dtype].name} whose memory is gone: it was transferred or made smaller; hand over a copy instead.`,
    );
  const buffer = BUFFER.call(value) as Memory;
  const offset = OFFSET.call(value) as number;
  const bytes = BYTES.call(value) as number;
  const length = bytes / ARRAYS[dtype].BYTES_PER_ELEMENT;
  const isSteady = buffer instanceof ArrayBuffer && buffer.resizable !== true;
  if (isSteady) return new ARRAYS[dtype](buffer, offset, length);
  return new ARRAYS[dtype](new Uint8Array(new Uint8Array(buffer as ArrayBuffer, offset, bytes)).buffer, 0, length);
}

/** Not yet in TypeScript's library: `resizable`. */
type Memory = (ArrayBuffer & { readonly resizable?: boolean }) | SharedArrayBuffer;

const ALL = Object.keys(ARRAYS) as readonly DType[];
const DTYPES: ReadonlyMap<string, DType> = new Map(ALL.map((dtype) => [ARRAYS[dtype].name, dtype]));

type Native = (this: unknown, ...given: readonly unknown[]) => unknown;

const PROTOTYPE = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
const TAG = getterOf(Symbol.toStringTag);
const BUFFER = getterOf('buffer');
const OFFSET = getterOf('byteOffset');
const BYTES = getterOf('byteLength');
const AT = Reflect.get(PROTOTYPE, 'at') as Native;

function getterOf(name: string | symbol): Native {
  return (Object.getOwnPropertyDescriptor(PROTOTYPE, name) as unknown as { readonly get: Native }).get;
}

/** Every method of typed arrays refuses one that is detached, or that reaches past the end of its memory. */
function isOutOfBounds(array: unknown): boolean {
  try {
    AT.call(array, 0);
    return false;
  } catch {
    return true;
  }
}

function nameOf(value: unknown): string {
  const name = TAG.call(value) as string | undefined;
  if (name !== undefined) return `${/^[AEIOU]/.test(name) && !/^Uint/.test(name) ? 'an' : 'a'} ${name}`;
  return ArrayBuffer.isView(value) || typeof value !== 'object' || value === null || !isBehindProxy(value)
    ? describeGiven(value)
    : 'a proxy of a typed array';
}

/** It says that it is a typed array and is none. */
function isBehindProxy(value: object): boolean {
  return value instanceof (PROTOTYPE.constructor as unknown as typeof Uint8Array);
}

function listOf(wanted: readonly DType[]): string {
  const names = wanted.map((dtype) => ARRAYS[dtype].name);
  return names.length === 1 ? `a ${names[0]!}` : `a typed array: ${names.join(', ')}`;
}
