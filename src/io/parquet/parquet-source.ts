/**
 * A Parquet file, opened: what its footer says, and the values of one column in one row group at a time. What can be
 * wrong with such a file becomes one sentence here. hyparquet decodes; it is loaded when the first Parquet file is
 * opened.
 */
import { type FileHandle, open } from 'node:fs/promises';
import * as zlib from 'node:zlib';
import type * as Hyparquet from 'hyparquet';
import type { AsyncBuffer, Compressors, FileMetaData, SchemaTree } from 'hyparquet';
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { DataError } from '../../errors.ts';
import { decimalScale, decimalsOf, withoutDecimals } from './parquet-decimal.ts';
import { explained } from '../columns/read-error.ts';

/** Decoded values: a typed array, or a list with null or undefined for missing values; decimals are numbers. */
export type Values = ArrayLike<unknown>;

export interface ParquetFile {
  readonly path: string;
  readonly rows: number;
  /** Rows of each row group, in order. */
  readonly groups: readonly number[];
  readonly columns: readonly SchemaTree[];
  /** Pages of a column between two rows that bound a row group. @throws DataError */
  readonly read: (column: string, from: number, to: number) => Promise<readonly Values[]>;
}

/** Runs `use` on the opened file, and closes it. @throws DataError */
export async function withParquet<T>(path: string, use: (file: ParquetFile) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    const hyparquet = await import('hyparquet');
    const file = await bufferOf(path, handle);
    const damage = (cause: unknown): never => {
      throw damaged(path, cause);
    };
    const { metadata, columns, groups, rows } = await layoutOf(hyparquet, file).catch(damage);
    const plain = withoutDecimals(metadata);
    const read = async (column: string, from: number, to: number): Promise<readonly Values[]> => {
      const pages: Values[] = [];
      const { element } = columns.find((each) => each.element.name === column)!;
      const scale = decimalScale(element);
      const onChunk = ({ columnData }: { readonly columnData: Values }): unknown => pages.push(columnData);
      // By default, hyparquet decodes bytes as text.
      const part = { columns: [column], rowStart: from, rowEnd: to, utf8: scale === undefined, onChunk };
      try {
        checkCodec(path, column, metadata);
        await hyparquet.parquetRead({ file, metadata: plain, compressors: COMPRESSORS, ...part });
        return scale === undefined ? pages : pages.map((page) => decimalsOf(page, scale));
      } catch (cause) {
        return damage(cause);
      }
    };
    return await use({ path, rows, groups, columns, read });
  } catch (cause) {
    throw explained(path, cause);
  } finally {
    await handle?.close();
  }
}

/** What the footer says. @throws Error of any kind if it makes no sense */
async function layoutOf(hyparquet: typeof Hyparquet, file: AsyncBuffer) {
  const metadata = await hyparquet.parquetMetadataAsync(file);
  const columns = hyparquet.parquetSchema(metadata).children;
  if (!columns.every(({ element }) => typeof element.name === 'string')) throw new Error('a column has no name');
  const groups = metadata.row_groups.map((group) => Number(group.num_rows));
  const rows = groups.reduce((sum, count) => sum + count, 0);
  if (!groups.every((count) => Number.isSafeInteger(count) && count >= 0) || BigInt(rows) !== metadata.num_rows)
    throw new Error(`its row groups do not add up to its ${metadata.num_rows} rows`);
  return { metadata, columns, groups, rows };
}

/** The wanted columns of the file, in that order. @throws DataError if one is missing or there twice */
export function findColumns({ path, columns }: ParquetFile, wanted: readonly string[]): readonly SchemaTree[] {
  const names = columns.map(({ element }) => element.name);
  return wanted.map((name) => {
    const first = names.indexOf(name);
    if (first < 0)
      throw new DataError(`${path} has no column ${name}${didYouMean(name, names)}; its columns are ${list(names)}.`);
    if (names.includes(name, first + 1))
      throw new DataError(`${path} has the column ${name} twice; write it again with one of them.`);
    return columns[first]!;
  });
}

/** Whether the file starts as Parquet files do. @throws the file system's own error */
export async function startsAsParquet(path: string): Promise<boolean> {
  const handle = await open(path);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString('latin1', 0, bytesRead) === MAGIC;
  } finally {
    await handle.close();
  }
}

const MAGIC = 'PAR1';
const ENCRYPTED_MAGIC = 'PARE';
/** Magic, footer's length, magic again. */
const SHORTEST = 12;

/** @throws DataError for a file that does not begin and end like a Parquet file */
async function bufferOf(path: string, handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  const slice = async (start: number, end = size): Promise<ArrayBuffer> => {
    const buffer = Buffer.from(new ArrayBuffer(Math.max(0, end - start)));
    for (let done = 0; done < buffer.length;) {
      const { bytesRead } = await handle.read(buffer, done, buffer.length - done, start + done);
      if (bytesRead === 0) throw truncated(path);
      done += bytesRead;
    }
    return buffer.buffer;
  };
  const word = async (start: number): Promise<string> => Buffer.from(await slice(start, start + 4)).toString('latin1');
  if (size === 0) throw new DataError(`${path} is empty; give a Parquet file.`);
  const first = size < 4 ? '' : await word(0);
  if (first === ENCRYPTED_MAGIC)
    throw new DataError(
      `${path} is an encrypted Parquet file, which restage cannot read; write it without encryption.`,
    );
  if (first !== MAGIC)
    throw new DataError(
      `${path} is not a Parquet file (it does not start with ${MAGIC}); give a Parquet file, or correct the file's name.`,
    );
  if (size < SHORTEST || (await word(size - 4)) !== MAGIC) throw truncated(path);
  return { byteLength: size, slice };
}

/** Node's own; zstd is there from 22.15 on. hyparquet itself has snappy. */
const { zstdDecompressSync } = zlib as unknown as {
  readonly zstdDecompressSync?: (input: Uint8Array, options: { readonly maxOutputLength: number }) => Buffer;
};

const bounded = (bytes: number) => ({ maxOutputLength: Math.max(1, bytes) });
const COMPRESSORS: Compressors = {
  GZIP: (input, bytes) => zlib.gunzipSync(input, bounded(bytes)),
  BROTLI: (input, bytes) => zlib.brotliDecompressSync(input, bounded(bytes)),
  ...(zstdDecompressSync && { ZSTD: (input, bytes) => zstdDecompressSync(input, bounded(bytes)) }),
};

function checkCodec(path: string, column: string, { row_groups: groups }: FileMetaData): void {
  for (const { columns } of groups) {
    const codec = columns.find(({ meta_data: meta }) => meta?.path_in_schema[0] === column)?.meta_data?.codec;
    if (codec === undefined || codec === 'UNCOMPRESSED' || codec === 'SNAPPY' || Object.hasOwn(COMPRESSORS, codec))
      continue;
    throw new DataError(
      codec === 'ZSTD'
        ? `${path} is compressed with zstd, which this Node (${process.version}) cannot read; use Node 22.15 or later, or write it with snappy, gzip or brotli.`
        : `${path} is compressed with ${codec}, which restage cannot read; write it with snappy, zstd, gzip or brotli.`,
    );
  }
}

function truncated(path: string): DataError {
  return new DataError(
    `${path} starts like a Parquet file but does not end like one: it is truncated; fetch or write it again.`,
  );
}

function damaged(path: string, cause: unknown): DataError {
  if (cause instanceof DataError) return cause;
  const why = (cause as Error).message.replace(/^parquet /, '').split('\n', 1)[0]!;
  return new DataError(`${path} is damaged as a Parquet file (${why}); fetch or write it again.`, { cause });
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 6).map((name) => (name.length > 40 ? `${name.slice(0, 40)}...` : name));
  return shown.join(', ') + (names.length > shown.length ? ` and ${names.length - shown.length} more` : '');
}
