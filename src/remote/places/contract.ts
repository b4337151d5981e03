/**
 * Where a remote keeps its blobs: a directory, a bucket, a directory behind ssh. A place knows keys and bytes; it knows
 * nothing of states, runs or digests. Blobs are inserted and never changed, so whoever is first wins, and two writers
 * lose nothing.
 */
import type { RemoteError } from '../../errors.ts';

/** Bytes to store, which can be read more than once: an upload that broke off goes on or begins again. */
export interface BlobSource {
  readonly bytes: number;
  open(from?: number): AsyncIterable<Uint8Array>;
}

export interface Blob {
  /** Segments of `[A-Za-z0-9._-]`, with `/` between them, none of them `.` or `..`. */
  readonly key: string;
  readonly bytes: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface ReadOptions extends CallOptions {
  readonly from?: number;
}

export interface Place {
  /** What sentences call it. It holds no secret. */
  readonly address: string;

  /**
   * The bytes of a blob from `from` on, as they come: whoever reads checks them. Undefined if there is no such blob.
   * @throws RemoteError also in the midst of the bytes
   */
  read(key: string, options?: ReadOptions): Promise<AsyncIterable<Uint8Array> | undefined>;

  /**
   * Stores a blob: complete or not at all. One that is there stays as it is.
   * @throws RemoteError
   */
  insert(key: string, source: BlobSource, options?: CallOptions): Promise<'stored' | 'there'>;

  /** Those of the keys that are there, with their lengths. @throws RemoteError */
  find(keys: readonly string[], options?: CallOptions): Promise<ReadonlyMap<string, number>>;

  /** All blobs whose keys begin with the prefix, in no order. @throws RemoteError */
  list(prefix: string, options?: CallOptions): AsyncIterable<Blob>;

  /** How many of these calls are worth making at once. */
  readonly parallel: number;

  /**
   * Whether a call that fails was tried again and again, so that the caller need not. A stream that breaks off was not.
   */
  readonly repeats: boolean;

  close(): Promise<void>;
}

/** Why a place did not do what it was asked: what to do next depends on it. */
export type RemoteFailure = RemoteError['failure'];
