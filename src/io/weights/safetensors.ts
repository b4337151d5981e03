/**
 * Weights in the safetensors format of Hugging Face: the length of a header as u64le, the header in JSON, { name: {
 * dtype, shape, data_offsets: [begin, end] } }, and the elements, little-endian, without a gap. No code runs on load.
 */
import type { DType } from '../../core/artifact/dtypes.ts';
import { membersOf } from '../../core/artifact/given.ts';
import { dtypeOf, soundTensor, type Tensor, type Tensors } from '../../core/artifact/tensors.ts';
import { compareUtf8 } from '../../core/identity/canonical.ts';
import { DataError } from '../../errors.ts';
import { arrayFrom, bytesPerElement, elementsOf, type ForeignType } from './foreign-array.ts';

const NAMES: Readonly<Record<DType, string>> = {
  float32: 'F32',
  float64: 'F64',
  int8: 'I8',
  uint8: 'U8',
  int16: 'I16',
  uint16: 'U16',
  int32: 'I32',
  uint32: 'U32',
};

const TYPES: ReadonlyMap<unknown, ForeignType> = new Map<string, ForeignType>([
  ...(Object.entries(NAMES) as [DType, string][]).map(([type, name]) => [name, type] as const),
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['I64', 'int64'],
  ['U64', 'uint64'],
  ['BOOL', 'boolean'],
]);

const LENGTH_BYTES = 8;
/** The limit of the format's own library. */
const LONGEST_HEADER = 100_000_000;
const METADATA = '__metadata__';

/**
 * The bytes of a .safetensors file. Tensors come in the order of their names, so equal weights give equal bytes.
 *
 * @param metadata texts about the file, which `readSafetensors` does not return
 * @throws DataError for what is not such a tensor, or has the name `__metadata__`
 */
export function writeSafetensors(tensors: Tensors, metadata?: Readonly<Record<string, string>>): Uint8Array {
  const sound = membersOf(tensors, 'weights', 'tensors')
    .map(([name, value]) => [name, soundTensor(value, `tensor ${name}`)] as const)
    .sort(([a], [b]) => compareUtf8(a, b));
  const header: [name: string, entry: unknown][] = metadata === undefined ? [] : [[METADATA, metadata]];
  let end = 0;
  for (const [name, { shape, data }] of sound) {
    if (name === METADATA)
      throw new DataError(`A safetensors file keeps the name ${METADATA}; give the tensor another.`);
    const begin = end;
    end += data.byteLength;
    header.push([name, { dtype: NAMES[dtypeOf(data)], shape, data_offsets: [begin, end] }]);
  }
  const text = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  // Padded with spaces, so that elements lie at a multiple of 8.
  const length = Math.ceil(text.length / 8) * 8;
  const file = Buffer.alloc(LENGTH_BYTES + length + end, ' ');
  file.writeBigUInt64LE(BigInt(length));
  text.copy(file, LENGTH_BYTES);
  let at = LENGTH_BYTES + length;
  for (const [, { data }] of sound) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/**
 * The tensors of a .safetensors file. F16 and BF16 become float32, BOOL uint8, I64 and U64 float64 if that is exact.
 *
 * @param where what to call the file
 * @throws DataError in one sentence for a file that is not one, has other sizes than its header says, or holds another
 * type
 */
export function decodeSafetensors(bytes: Uint8Array, where: string): Tensors {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = headerEnd(file, where);
  const entries = headerOf(file.subarray(LENGTH_BYTES, start), where);
  let end = 0;
  const tensors: [name: string, tensor: Tensor][] = [];
  for (const { name, type, shape, begin, end: last } of entries.toSorted(
    (a, b) => a.begin - b.begin || a.end - b.end,
  )) {
    const what = `${where}: tensor ${name}`;
    const size = elementsOf(shape, what) * bytesPerElement(type);
    if (begin !== end || last - begin !== size)
      throw new DataError(
        `${what} should lie at bytes ${end} to ${end + size} of the elements, and is said to lie at ${begin} to ${last}; the file is damaged.`,
      );
    end = last;
    if (start + end > file.length) break;
    tensors.push([name, { shape, data: arrayFrom(file.subarray(start + begin, start + last), type, what) }]);
  }
  if (start + end !== file.length)
    throw new DataError(`${where} has ${file.length} bytes, and its header says ${start + end}; the file is damaged.`);
  return Object.fromEntries(tensors);
}

function headerEnd(file: Buffer, where: string): number {
  const length = file.length < LENGTH_BYTES ? undefined : file.readBigUInt64LE();
  if (length === undefined || length > LONGEST_HEADER || LENGTH_BYTES + Number(length) > file.length)
    throw new DataError(`${where} is not a safetensors file: it has no header, or only a part of it.`);
  return LENGTH_BYTES + Number(length);
}

interface Entry {
  readonly name: string;
  readonly type: ForeignType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function headerOf(bytes: Buffer, where: string): readonly Entry[] {
  let header: unknown;
  try {
    header = JSON.parse(bytes.toString());
  } catch (cause) {
    throw new DataError(`${where} is not a safetensors file: its header is not JSON.`, { cause });
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw new DataError(`${where} is not a safetensors file: its header does not describe tensors.`);
  return Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => entryOf(name, value, where));
}

function entryOf(name: string, value: unknown, where: string): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const type = TYPES.get(dtype);
  if (typeof dtype === 'string' && type === undefined)
    throw new DataError(
      `${where}: tensor ${name} holds ${dtype}, which no array here can hold; convert it to F32 first.`,
    );
  const [begin, end] = Array.isArray(offsets) ? (offsets as unknown[]) : [];
  if (type === undefined || !Array.isArray(shape) || !isOffset(begin) || !isOffset(end) || end < begin)
    throw new DataError(`${where}: the header does not describe tensor ${name}; the file is damaged.`);
  return { name, type, shape: shape as number[], begin, end };
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
