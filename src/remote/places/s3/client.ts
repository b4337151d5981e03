/**
 * Signed requests to one bucket. A try that met a busy server or a broken network is repeated, a bounded number of
 * times and with growing pauses; every other answer that was not asked for is a `RemoteError`.
 */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { AwsV4Signer } from 'aws4fetch';
import { RemoteError } from '../../../errors.ts';
import type { S3Access } from './access.ts';
import { complaint } from './answers.ts';
import { Broken, exchange, type Incoming, type Outgoing } from './exchange.ts';
import { s3Failure, type Refusal, type S3Failure } from './failure.ts';

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** In the bucket; empty for the bucket itself. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Which refusals are answers. */
  readonly expects?: (refusal: Refusal) => boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface S3Answer {
  readonly headers: Headers;
  /** One that was expected; undefined if what was asked for is done. */
  readonly refusal: Refusal | undefined;
  /** Empty of an answer that is read as a stream. */
  readonly text: string;
  /** An earlier try, of which no answer came, may have done what this one was to do. */
  readonly isRepeated: boolean;
}

export interface S3Stream extends S3Answer {
  /** Undefined of a refusal that was expected. @throws RemoteError, or the signal's reason */
  readonly chunks: AsyncIterable<Uint8Array> | undefined;
}

export interface ClientOptions {
  /** How long nothing may go or come, in milliseconds. */
  readonly stallMs?: number;
  readonly firstPauseMs?: number;
  /** The clock by which requests are signed, in milliseconds. */
  readonly now?: () => number;
  readonly random?: () => number;
}

const MOST_TRIES = 6;
const LONGEST_PAUSE_MS = 10_000;
/** A page of a list has about 3 MB at most. */
const LONGEST_TEXT = 16 << 20;

export class S3Client {
  readonly #address: string;
  readonly #access: S3Access;
  readonly #options: Required<ClientOptions>;
  /** What is derived of the secret key for a day. */
  readonly #derived = new Map<string, ArrayBuffer>();
  #hasAnswered = false;

  constructor(address: string, access: S3Access, options: ClientOptions = {}) {
    this.#address = address;
    this.#access = access;
    this.#options = { stallMs: 60_000, firstPauseMs: 200, now: Date.now, random: Math.random, ...options };
  }

  /** Reads the whole answer, as text. @throws RemoteError, or the signal's reason */
  ask(request: S3Request): Promise<S3Answer> {
    return this.#repeated(request, false);
  }

  /**
   * The answer's body as it comes; only its beginning is asked for again. @throws RemoteError, or the signal's reason
   */
  open(request: S3Request): Promise<S3Stream> {
    return this.#repeated(request, true);
  }

  async #repeated(request: S3Request, isStream: boolean): Promise<S3Stream> {
    for (let tries = 1; ; tries++) {
      const answer = await this.#tried(request, isStream);
      if (!('isPassing' in answer)) return { ...answer, isRepeated: tries > 1 };
      if (!answer.isPassing || tries === MOST_TRIES) throw answer.error;
      const { firstPauseMs, random } = this.#options;
      // All of the span, so that many who met the same trouble do not come again together.
      const wait = Math.min(firstPauseMs * 2 ** (tries - 1), LONGEST_PAUSE_MS) * random();
      const { signal } = request;
      await pause(Math.max(wait, answer.retryAfterMs), undefined, signal && { signal });
    }
  }

  async #tried(request: S3Request, isStream: boolean): Promise<Omit<S3Stream, 'isRepeated'> | S3Failure> {
    try {
      const incoming = await exchange(await this.#signed(request), this.#options.stallMs, request.signal);
      this.#hasAnswered = true;
      const { status, headers } = incoming;
      const isGood = status >= 200 && status < 300;
      if (isGood && isStream) return { headers, refusal: undefined, text: '', chunks: this.#told(incoming.chunks) };
      const text = await this.#textOf(incoming);
      // The end of an upload may fail after its status has gone.
      const said = !isGood || request.method === 'POST' ? complaint(text) : undefined;
      if (isGood && said === undefined) return { headers, refusal: undefined, text, chunks: undefined };
      const refusal = { status, headers, said };
      if (request.expects?.(refusal) === true) return { headers, refusal, text, chunks: undefined };
      return s3Failure(this.#address, refusal, this.#options.now());
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      // A server that was never there is not waited for.
      const isPassing = this.#hasAnswered || !error.isLasting;
      return { error: this.#unreachable(error), isPassing, retryAfterMs: 0 };
    }
  }

  async #signed({ method, path, query = {}, headers = {}, body }: S3Request): Promise<Outgoing> {
    const { bucket, region, keys } = this.#access;
    const url = new URL(path, bucket);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const signer = new AwsV4Signer({
      ...{ ...keys, region, service: 's3', method, url: url.href, cache: this.#derived },
      // The server holds what arrives against it: nothing that was damaged on the way is stored.
      headers: {
        ...headers,
        'x-amz-content-sha256': createHash('sha256')
          .update(body ?? '')
          .digest('hex'),
      },
      datetime: new Date(this.#options.now()).toISOString().replaceAll(/[:-]|\.\d{3}/g, ''),
    });
    const signed = await signer.sign();
    // Bytes are stored as they are, and asked for so.
    signed.headers.set('accept-encoding', 'identity');
    return { method, url: signed.url, headers: signed.headers, body };
  }

  async #textOf({ chunks }: Incoming): Promise<string> {
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of chunks) {
      parts.push(chunk);
      length += chunk.byteLength;
      if (length > LONGEST_TEXT)
        throw new RemoteError('refused', `${this.#address} answered more than S3 says; check the endpoint.`);
    }
    return Buffer.concat(parts).toString();
  }

  async *#told(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks;
    } catch (error) {
      throw error instanceof Broken ? this.#unreachable(error) : error;
    }
  }

  #unreachable(error: Broken): RemoteError {
    const { host } = this.#access.bucket;
    return new RemoteError(
      'unreachable',
      `${this.#address} at ${host}: ${error.message}; check the address, the network and the server, and repeat the command.`,
      { cause: error },
    );
  }
}
