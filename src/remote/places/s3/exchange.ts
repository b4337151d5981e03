/**
 * One request over Node's `fetch` and its answer, with an eye on silence: what ends it is that no byte goes or comes
 * for a while, however long the whole takes. Every failure of the network is a `Broken`.
 */
import { fetchRefusal } from '../../../core/diagnostics/network-errno.ts';

/** The network failed. The message is a clause: what happened. */
export class Broken extends Error {
  /** It rarely fixes itself. */
  readonly isLasting: boolean;

  constructor(clause: string, isLasting: boolean, options: { readonly cause: unknown }) {
    super(clause, options);
    this.isLasting = isLasting;
  }
}

export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: Uint8Array | undefined;
}

export interface Incoming {
  readonly status: number;
  readonly headers: Headers;
  /** As they come; to stop reading ends the connection. @throws Broken, or the signal's reason */
  readonly chunks: AsyncGenerator<Uint8Array, void, void>;
}

const PIECE = 256 << 10;

/** @param stallMs how long nothing may go or come. @throws Broken, or the signal's reason */
export async function exchange(outgoing: Outgoing, stallMs: number, signal?: AbortSignal): Promise<Incoming> {
  signal?.throwIfAborted();
  const stop = new AbortController();
  const interrupted = (): void => stop.abort();
  signal?.addEventListener('abort', interrupted, { once: true });
  let hasStalled = false;
  const silence = setTimeout(() => {
    hasStalled = true;
    stop.abort();
  }, stallMs);
  const settle = (): void => {
    clearTimeout(silence);
    signal?.removeEventListener('abort', interrupted);
  };
  const explained = (error: unknown): unknown => {
    settle();
    if (signal?.aborted === true) return signal.reason;
    if (hasStalled) return new Broken(`nothing came for ${String(stallMs / 1000)} s`, false, { cause: error });
    return broken(outgoing.url, error);
  };

  async function* chunks(response: Response): AsyncGenerator<Uint8Array, void, void> {
    let isWhole = false;
    try {
      for await (const chunk of response.body ?? []) {
        silence.refresh();
        yield chunk;
        // The time that the reader spends on a chunk is not silence of the server.
        silence.refresh();
      }
      isWhole = true;
    } catch (error) {
      throw explained(error);
    } finally {
      settle();
      if (!isWhole) stop.abort();
    }
  }

  try {
    const { method, url, headers, body } = outgoing;
    const response = await fetch(url, {
      ...{ method, headers, signal: stop.signal, redirect: 'manual' },
      ...(body !== undefined && sent(body, headers, () => silence.refresh())),
    });
    silence.refresh();
    return { status: response.status, headers: response.headers, chunks: chunks(response) };
  } catch (error) {
    throw explained(error);
  }
}

/** A large one goes in pieces, each of which shows that the connection is alive. */
function sent(body: Uint8Array, headers: Headers, gone: () => void): object {
  if (body.byteLength <= PIECE) return { body };
  headers.set('content-length', String(body.byteLength));
  return { body: pieces(body, gone), duplex: 'half' };
}

async function* pieces(body: Uint8Array, gone: () => void): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.byteLength; at += PIECE) {
    gone();
    yield await Promise.resolve(body.subarray(at, at + PIECE));
  }
}

function broken(url: URL, error: unknown): Broken {
  const { code, clause, isLasting } = fetchRefusal(error, url.hostname);
  return new Broken(clause, isLasting || code === 'ECONNREFUSED' || code === '', { cause: error });
}
