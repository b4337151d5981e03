/**
 * The file of a trace: one record a call, in the order of the calls.
 *
 *     u32le length of the header, header (JSON, UTF-8), then the bytes of each of its tensors that are kept
 *
 * Numbers are little-endian. The bytes of small values are always kept, and those of large ones up to a
 * limit over the whole file; a digest stands for each.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { ARRAYS, type DType, type TypedArray } from '../../core/artifact/dtypes.ts';
import { dtypeOf, type Tensor } from '../../core/artifact/tensors.ts';
import { withCanonicalNaN } from '../../core/artifact/canonical-nan.ts';
import { type Digest, sha256 } from '../../core/identity/digest.ts';

export interface TraceRecord {
  readonly name: string;
  readonly step: number | null;
  /** By name, sorted; '' is the name of a number's and of an array's. */
  readonly tensors: readonly TracedTensor[];
}

export interface TracedTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly digest: Digest;
  /** Of its bytes, all or none. */
  readonly kept: number;
}

/** The chunks of a record. `budget`: how many bytes of values may be kept. */
export function encodeRecord(
  name: string,
  step: number | null,
  tensors: readonly (readonly [string, Tensor])[],
  budget: number,
): { readonly chunks: readonly Uint8Array[]; readonly kept: number } {
  const values: Uint8Array[] = [];
  let kept = 0;
  const described = tensors.map(([tensor, { shape, data }]): TracedTensor => {
    const bytes = bytesOf(withCanonicalNaN(data));
    const isSmall = bytes.byteLength <= SMALL;
    const isKept = isSmall || kept + bytes.byteLength <= budget;
    if (isKept) values.push(bytes);
    kept += isKept && !isSmall ? bytes.byteLength : 0;
    return { name: tensor, dtype: dtypeOf(data), shape, digest: sha256(bytes), kept: isKept ? bytes.byteLength : 0 };
  });
  const header = Buffer.from(JSON.stringify({ name, step, tensors: described } satisfies TraceRecord));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(header.length);
  return { chunks: [length, header, ...values], kept };
}

/** Reads the records of a file one by one. */
export class TraceReader {
  readonly #file: number;
  #next = 0;
  #values = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'r');
  }

  /** Undefined at the end, or where a process that died has left half a record. */
  next(): TraceRecord | undefined {
    const length = this.#read(this.#next, LENGTH_BYTES)?.readUInt32LE();
    const header = length === undefined ? undefined : this.#read(this.#next + LENGTH_BYTES, length);
    if (header === undefined) return undefined;
    const record = JSON.parse(header.toString()) as TraceRecord;
    this.#values = this.#next + LENGTH_BYTES + header.length;
    this.#next = this.#values + record.tensors.reduce((sum, { kept }) => sum + kept, 0);
    return record;
  }

  /** The elements of a tensor of the last record; undefined if they were not kept. */
  elements({ tensors }: TraceRecord, tensor: TracedTensor): TypedArray | undefined {
    if (tensor.kept === 0) return undefined;
    const before = tensors.slice(0, tensors.indexOf(tensor)).reduce((sum, { kept }) => sum + kept, 0);
    const bytes = this.#read(this.#values + before, tensor.kept);
    if (bytes === undefined) return undefined;
    return new ARRAYS[tensor.dtype](bytes.buffer, 0, tensor.kept / ARRAYS[tensor.dtype].BYTES_PER_ELEMENT);
  }

  close(): void {
    closeSync(this.#file);
  }

  #read(from: number, length: number): Buffer<ArrayBuffer> | undefined {
    // Memory of its own, so that typed arrays may lie over it.
    const bytes = Buffer.from(new ArrayBuffer(length));
    for (let read = 0; read < length;) {
      const count = readSync(this.#file, bytes, read, length - read, from + read);
      if (count === 0) return undefined;
      read += count;
    }
    return bytes;
  }
}

const LENGTH_BYTES = 4;
/** Bytes of a value that is always kept: its digest takes as much. */
const SMALL = 64;

function bytesOf({ buffer, byteOffset, byteLength }: TypedArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
