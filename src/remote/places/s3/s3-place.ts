/** A folder in a bucket as a place of a remote. It needs keys that may list, get and put there. */
import { RemoteError } from '../../../errors.ts';
import type { Blob, BlobSource, CallOptions, Place, ReadOptions } from '../contract.ts';
import { checkedKey } from '../key.ts';
import { inLanes } from '../lanes.ts';
import { s3Access } from './access.ts';
import { type S3Address, s3Address } from './address.ts';
import { type ListPage, listPage } from './answers.ts';
import type { Environment } from './aws-files.ts';
import { type ClientOptions, S3Client } from './client.ts';
import { S3Uploads } from './upload.ts';

/** Requests at once: most of the time of each is the way there and back. */
const AT_ONCE = 16;

export class S3Place implements Place {
  readonly address: string;
  readonly parallel = AT_ONCE;
  readonly repeats = true;
  readonly #of: S3Address;
  readonly #client: S3Client;
  readonly #uploads: S3Uploads;

  /**
   * @param address `s3://bucket/folder`
   * @param env holds keys and settings by AWS's names
   * @throws UsageError, RemoteError if there are no keys
   */
  constructor(address: string, env: Environment, options: ClientOptions = {}) {
    this.#of = s3Address(address);
    this.address = this.#of.text;
    this.#client = new S3Client(this.address, s3Access(this.#of, env), options);
    this.#uploads = new S3Uploads(this.address, this.#client);
  }

  async read(key: string, { from = 0, signal }: ReadOptions = {}): Promise<AsyncIterable<Uint8Array> | undefined> {
    const { refusal, headers, chunks } = await this.#client.open({
      ...{ method: 'GET', path: this.#path(key), signal },
      // Of an empty blob there is no range.
      headers: from === 0 ? {} : { range: `bytes=${String(from)}-` },
      expects: ({ status, said }) => status === 416 || said?.code === 'NoSuchKey',
    });
    if (refusal !== undefined) return refusal.status === 416 ? nothing() : undefined;
    return this.#from(from, headers.get('content-range'), chunks!);
  }

  async insert(key: string, source: BlobSource, { signal }: CallOptions = {}): Promise<'stored' | 'there'> {
    return this.#uploads.insert(this.#path(key), source, signal);
  }

  /**
   * One request answers for one key, or for up to a thousand that follow each other. Pages are asked for as long as
   * each answers for more keys than could be asked for at once.
   */
  async find(keys: readonly string[], { signal }: CallOptions = {}): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    let rest = [...keys].sort();
    for (const key of rest) checkedKey(key);
    while (rest.length > AT_ONCE) {
      const { blobs, next } = await this.#page('', { 'start-after': this.#of.prefix + rest[0]!.slice(0, -1) }, signal);
      const there = new Map(blobs.map(({ key, bytes }) => [key, bytes]));
      const last = blobs.at(-1)?.key;
      const isTold = (key: string): boolean => next === undefined || (last !== undefined && key <= last);
      const told = rest.filter(isTold);
      for (const key of told) if (there.has(key)) found.set(key, there.get(key)!);
      rest = rest.filter((key) => !isTold(key));
      if (told.length < AT_ONCE) break;
    }
    const ask = async (key: string, stopped: AbortSignal): Promise<void> => {
      const bytes = await this.#length(key, stopped);
      if (bytes !== undefined) found.set(key, bytes);
    };
    await inLanes(rest, AT_ONCE, ask, signal);
    return found;
  }

  async *list(prefix: string, { signal }: CallOptions = {}): AsyncGenerator<Blob> {
    for (let next: string | undefined = ''; next !== undefined;) {
      const page: ListPage = await this.#page(prefix, next === '' ? {} : { 'continuation-token': next }, signal);
      // What ends with a slash is a folder that a console of buckets has made.
      for (const blob of page.blobs) if (!/(?:^|\/)$/.test(blob.key)) yield blob;
      if (page.next === next) throw this.#senseless();
      next = page.next;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #length(key: string, signal: AbortSignal): Promise<number | undefined> {
    const { refusal, headers } = await this.#client.ask({
      ...{ method: 'HEAD', path: this.#path(key), signal },
      expects: ({ status }) => status === 404,
    });
    if (refusal !== undefined) return undefined;
    const bytes = headers.get('content-length');
    if (bytes === null) throw this.#senseless();
    return Number(bytes);
  }

  /** Keys without the folder of the place. */
  async #page(
    prefix: string,
    from: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<ListPage> {
    const whole = this.#of.prefix + prefix;
    const query = { 'list-type': '2', 'encoding-type': 'url', prefix: whole, ...from };
    const page = listPage((await this.#client.ask({ method: 'GET', path: '', query, signal })).text);
    if (page === undefined || !page.blobs.every(({ key }) => key.startsWith(whole))) throw this.#senseless();
    return {
      ...page,
      blobs: page.blobs.map(({ key, bytes }) => ({ key: key.slice(this.#of.prefix.length), bytes })),
    };
  }

  /** A server may send all of a blob, whatever was asked for. */
  async *#from(from: number, range: string | null, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let skip = from - Number(/^bytes (\d+)-/.exec(range ?? '')?.[1] ?? 0);
    if (skip < 0) throw this.#senseless();
    for await (const chunk of chunks) {
      if (chunk.byteLength > skip) yield chunk.subarray(skip);
      skip = Math.max(0, skip - chunk.byteLength);
    }
  }

  #path(key: string): string {
    return this.#of.prefix + checkedKey(key);
  }

  #senseless(): RemoteError {
    return new RemoteError('refused', `${this.address}: an answer is none of S3; check the endpoint.`);
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // There is nothing after the end of a blob.
}
