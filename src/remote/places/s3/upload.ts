/**
 * Stores blobs in a bucket: complete or not at all, and the first stays. A small one is one conditional request; a
 * large one goes in parts, so that memory is bounded and a broken connection costs a part and no more.
 */
import { randomUUID } from 'node:crypto';
import { RemoteError } from '../../../errors.ts';
import type { BlobSource } from '../contract.ts';
import { isPutTogether, partList, uploadId } from './answers.ts';
import type { S3Client, S3Request } from './client.ts';
import type { Refusal } from './failure.ts';

/** S3 takes parts from 5 MiB on, and so many of them. */
const PART = 8 << 20;
const MOST_PARTS = 10_000;
/** The largest blob that is sent twice to find out what a server does about it. */
const LARGEST_TRIAL = 64 << 10;
/** Says whose upload it is that is there, if no answer to it came. */
const MARK = 'x-amz-meta-restage-upload';
/** An upload that is given up may wait so long for the server. */
const LONGEST_FAREWELL_MS = 5000;
const ONLY_FIRST = { 'if-none-match': '*' };

type Signal = AbortSignal | undefined;
type Stored = 'stored' | 'there';
/** What stores a blob, with headers that may forbid it. */
type Conditional = (headers: Readonly<Record<string, string>>) => S3Request;

export class S3Uploads {
  readonly #address: string;
  readonly #client: S3Client;
  /**
   * Whether the server keeps what is there if it is told to. Until that is known, and for good if it does not, it is
   * asked before each upload.
   */
  #firstStays: boolean | undefined;
  /** It refused to be told. */
  #isTold = true;

  constructor(address: string, client: S3Client) {
    this.#address = address;
    this.#client = client;
  }

  /** @param path of the blob in the bucket. @throws RemoteError, or the signal's reason */
  async insert(path: string, source: BlobSource, signal: Signal): Promise<Stored> {
    const isLarge = source.bytes > PART;
    if ((isLarge || this.#firstStays !== true) && (await this.#markAt(path, signal)) !== undefined) return 'there';
    const parts = partsOf(source, this.#address);
    if (isLarge) return this.#inParts(path, parts, signal);
    let body: Uint8Array = new Uint8Array();
    for await (const part of parts) body = part;
    const stored = await this.#atOnce(path, body, signal);
    if (stored === 'stored' && this.#firstStays === undefined && body.length <= LARGEST_TRIAL)
      // The same bytes again: a server that does not keep the first has lost nothing.
      this.#firstStays = (await this.#atOnce(path, body, signal)) === 'there';
    return stored;
  }

  async #atOnce(path: string, body: Uint8Array, signal: Signal): Promise<Stored> {
    const mark = randomUUID();
    const request: Conditional = (condition) => ({
      ...{ method: 'PUT', path, headers: { ...condition, [MARK]: mark }, body, signal },
    });
    return this.#onlyFirst(path, mark, signal, request, () => true);
  }

  async #inParts(path: string, parts: AsyncIterable<Uint8Array>, signal: Signal): Promise<Stored> {
    const mark = randomUUID();
    const begun = await this.#client.ask({
      ...{ method: 'POST', path, query: { uploads: '' }, headers: { [MARK]: mark }, signal },
    });
    const id = uploadId(begun.text);
    if (id === undefined) throw this.#senseless('began an upload without a name for it');
    try {
      const etags: string[] = [];
      for await (const body of parts) {
        const query = { partNumber: String(etags.length + 1), uploadId: id };
        const { headers } = await this.#client.ask({ method: 'PUT', path, query, body, signal });
        const etag = headers.get('etag');
        if (etag === null) throw this.#senseless('took a part of an upload without a name for it');
        etags.push(etag);
      }
      // Many servers put parts together whatever is there, so they are asked as late as can be.
      const stored =
        (await this.#markAt(path, signal)) === undefined
          ? await this.#putTogether(path, id, etags, mark, signal)
          : 'there';
      if (stored === 'there') await this.#giveUp(path, id);
      return stored;
    } catch (error) {
      await this.#giveUp(path, id);
      throw error;
    }
  }

  async #putTogether(
    path: string,
    id: string,
    etags: readonly string[],
    mark: string,
    signal: Signal,
  ): Promise<Stored> {
    const body = Buffer.from(partList(etags));
    const request: Conditional = (condition) => ({
      ...{ method: 'POST', path, query: { uploadId: id }, headers: condition, body, signal },
    });
    return this.#onlyFirst(path, mark, signal, request, isPutTogether);
  }

  /**
   * Sends what stores a blob, with the condition that the first stays if the server takes conditions.
   * @param isDone whether a text that came with a good status says that it was done
   */
  async #onlyFirst(
    path: string,
    mark: string,
    signal: Signal,
    request: Conditional,
    isDone: (text: string) => boolean,
  ): Promise<Stored> {
    // Another upload may learn meanwhile that the server takes no conditions.
    const wasTold = this.#isTold;
    const answer = await this.#client.ask({ ...request(wasTold ? ONLY_FIRST : {}), expects: isAboutFirst });
    if (answer.refusal === undefined && isDone(answer.text)) return 'stored';
    if (answer.refusal !== undefined && isNotImplemented(answer.refusal) && wasTold) {
      this.#isTold = this.#firstStays = false;
      return this.#onlyFirst(path, mark, signal, request, isDone);
    }
    if (answer.refusal !== undefined && isTaken(answer.refusal) && !answer.isRepeated) return 'there';
    // What is there may be of an earlier try, whose answer was lost.
    const found = await this.#markAt(path, signal);
    if (found !== undefined) return found === mark ? 'stored' : 'there';
    throw this.#senseless('has neither stored a blob nor does it have another one');
  }

  /** The mark of the blob that is there, which may be empty; undefined if there is none. */
  async #markAt(path: string, signal: Signal): Promise<string | undefined> {
    const { refusal, headers } = await this.#client.ask({ method: 'HEAD', path, expects: isAbsent, signal });
    return refusal === undefined ? (headers.get(MARK) ?? '') : undefined;
  }

  /** Frees what the parts take. Where that fails too, the bucket's own rule for uploads without an end does it. */
  async #giveUp(path: string, id: string): Promise<void> {
    const signal = AbortSignal.timeout(LONGEST_FAREWELL_MS);
    await this.#client.ask({ method: 'DELETE', path, query: { uploadId: id }, signal }).catch(() => undefined);
  }

  #senseless(what: string): RemoteError {
    return new RemoteError('refused', `${this.#address} ${what}; check that the endpoint is a server of S3.`);
  }
}

function isAbsent({ status }: Refusal): boolean {
  return status === 404;
}

/** What a server says of a blob that is there, of conditions, and of an upload that has come to its end before. */
function isAboutFirst(refusal: Refusal): boolean {
  return isTaken(refusal) || isNotImplemented(refusal) || refusal.said?.code === 'NoSuchUpload';
}

function isTaken({ status, said }: Refusal): boolean {
  return status === 412 || said?.code === 'PreconditionFailed';
}

function isNotImplemented({ status, said }: Refusal): boolean {
  return status === 501 || said?.code === 'NotImplemented';
}

/** In one pass. @throws RemoteError if there are fewer or more bytes than the source says */
async function* partsOf(source: BlobSource, address: string): AsyncGenerator<Buffer, void, void> {
  const size = Math.max(PART, Math.ceil(source.bytes / MOST_PARTS));
  let left = source.bytes;
  let part = Buffer.allocUnsafe(Math.min(size, left));
  let filled = 0;
  for await (const chunk of source.open()) {
    if (chunk.byteLength > left - filled)
      throw new RemoteError('refused', `${address}: an upload has more bytes than it said.`);
    for (let at = 0; at < chunk.byteLength;) {
      const piece = chunk.subarray(at, at + part.length - filled);
      part.set(piece, filled);
      at += piece.byteLength;
      filled += piece.byteLength;
      if (filled < part.length) continue;
      yield part;
      left -= filled;
      part = Buffer.allocUnsafe(Math.min(size, left));
      filled = 0;
    }
  }
  if (filled < left) throw new RemoteError('unreachable', `${address}: an upload ended too early.`);
}
