/**
 * One HTTP request for a file. It follows redirects and detects silence. Every network error is an `Interruption`,
 * which another try may overcome. `download-receive.ts` interprets the response.
 *
 * Node's own client is used, not `fetch`: a download can be resumed and measured only if bytes arrive as they were
 * sent. A proxy is used where Node's client uses one: from 24.5 on, with NODE_USE_ENV_PROXY=1.
 */
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { networkErrorMeaning } from '../../core/diagnostics/network-errno.ts';
import { awakeTimeout } from '../awake-timer.ts';

/** The network failed, or the server did for the moment. */
export class Interruption extends Error {
  /** How much of a download's patience it costs. */
  readonly weight: number;
  /** When the server wants the next request, in milliseconds from now. */
  readonly retryAfterMs: number;

  /** @param message is a clause: what happened */
  constructor(message: string, { weight = 1, retryAfterMs = 0, cause }: InterruptionOptions = {}) {
    super(message, { cause });
    this.weight = weight;
    this.retryAfterMs = retryAfterMs;
  }
}

interface InterruptionOptions {
  readonly weight?: number;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** Ends a request permanently: a redirect without a usable target. Its message is a clause. */
export class BadAddress extends Error {}

export interface Answer {
  readonly response: IncomingMessage;
  /** Chunks of the body. @throws Interruption if it ends early, or stalls */
  readonly body: AsyncGenerator<Buffer, void, void>;
  /** Abandons the rest of the body. */
  readonly close: () => void;
}

export interface GetOptions {
  readonly headers: OutgoingHttpHeaders;
  /** How long the server may be silent, in milliseconds. */
  readonly stallMs: number;
  readonly signal: AbortSignal;
}

const MOST_REDIRECTS = 10;

/** @throws Interruption, BadAddress, or the signal's reason */
export async function httpGet(address: string, options: GetOptions): Promise<Answer> {
  let url = new URL(address);
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const answer = await request(url, options);
    const { statusCode = 0, headers } = answer.response;
    if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) return answer;
    answer.close();
    if (!URL.canParse(headers.location, url.href))
      throw new BadAddress(`it redirects to "${headers.location}", which is not an address`);
    url = new URL(headers.location, url);
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw new BadAddress(`it redirects to ${url.href}, which is not http or https`);
  }
  throw new BadAddress(`it redirects more than ${MOST_REDIRECTS} times`);
}

function request(url: URL, { headers, stallMs, signal }: GetOptions): Promise<Answer> {
  signal.throwIfAborted();
  const get = url.protocol === 'https:' ? getSecure : getPlain;
  // One connection for each response: bytes after its declared end can then belong to no other response.
  const sent = get(url, { headers: { ...headers, connection: 'close' } });
  let response: IncomingMessage | undefined;
  let hasStalled = false;
  const stop = (): void => {
    (response ?? sent).destroy();
  };
  const silence = awakeTimeout(() => {
    hasStalled = true;
    stop();
  }, stallMs);
  signal.addEventListener('abort', stop, { once: true });
  const settle = (): void => {
    silence.clear();
    signal.removeEventListener('abort', stop);
  };
  const explain = (cause: unknown): Error => {
    settle();
    if (signal.aborted) return signal.reason as Error;
    return hasStalled ? new Interruption(`no bytes came for ${stallMs / 1000} s`, { cause }) : interruption(url, cause);
  };
  const close = (): void => {
    settle();
    stop();
  };

  async function* body(from: IncomingMessage): AsyncGenerator<Buffer, void, void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        silence.refresh();
        yield chunk;
        // The time that the consumer spends on a chunk is not silence of the server.
        silence.refresh();
      }
      // The iteration over a destroyed response may end without an error.
      if (!from.complete) throw Object.assign(new Error('connection lost'), { code: 'ECONNRESET' });
    } catch (cause) {
      throw explain(cause);
    } finally {
      settle();
    }
  }

  return new Promise((resolve, reject) => {
    sent.on('error', (cause) => reject(explain(cause)));
    sent.on('response', (from) => {
      response = from;
      silence.refresh();
      // Without a listener, the error would be uncaught. The iteration reports it.
      from.on('error', () => undefined);
      resolve({ response: from, body: body(from), close });
    });
  });
}

function interruption(url: URL, cause: unknown): Interruption {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  const meaning = networkErrorMeaning(code, url.hostname);
  if (meaning === undefined) return new Interruption(message === '' ? code : message, { cause });
  return new Interruption(meaning.clause, { weight: meaning.isLasting ? 3 : 1, cause });
}
