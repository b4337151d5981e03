/**
 * Stands between a client and a server of HTTP, passes on what they say, and now and then does what networks and
 * servers do on bad days. Which request meets a fault is drawn from a seed; no request meets more than two in a row, so
 * patience is rewarded.
 */
import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export const FAULTS = [
  'cut request',
  'cut answer',
  'error 500',
  'slow down',
  'stall',
  'lost answer',
  'flipped request',
  'short answer',
] as const;

export type Fault = (typeof FAULTS)[number] | 'flipped answer';

export interface Passing {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Which fault a request meets, if any. */
export type Choose = (passing: Passing) => Fault | undefined;

const MOST_IN_A_ROW = 2;

/** A share of the requests; of the faults that fit one, it meets that which was met least so far. */
export function drawn(seed: number, share: number): Choose {
  const random = mulberry(seed);
  const row = new Map<string, number>();
  const met = new Map<Fault, number>();
  return (passing) => {
    const name = `${passing.method} ${passing.url.split('?')[0]!}`;
    const before = row.get(name) ?? 0;
    const isSpared = random() >= share || before === MOST_IN_A_ROW;
    row.set(name, isSpared ? 0 : before + 1);
    if (isSpared) return undefined;
    const [fault] = FAULTS.filter((each) => fits(each, passing)).sort((a, b) => (met.get(a) ?? 0) - (met.get(b) ?? 0));
    met.set(fault!, (met.get(fault!) ?? 0) + 1);
    return fault;
  };
}

/** The first so many requests that match. */
export function first(count: number, fault: Fault, matches: (passing: Passing) => boolean): Choose {
  let left = count;
  return (passing) => (matches(passing) && left-- > 0 ? fault : undefined);
}

export class FaultProxy {
  /** How often each fault was met. */
  readonly counts = new Map<Fault, number>();
  /** `METHOD url` of each request. */
  readonly requests: string[] = [];
  choose: Choose = () => undefined;
  /** Changes what is passed on. */
  change: (passing: Passing) => Passing | Promise<Passing> = (passing) => passing;
  /** Answers in the server's stead. */
  instead: (passing: Passing) => Answer | undefined = () => undefined;
  readonly #target: URL;
  readonly #server: Server;

  private constructor(target: URL, server: Server) {
    this.#target = target;
    this.#server = server;
  }

  static async start(target: string): Promise<FaultProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new FaultProxy(new URL(target), server);
    server.on('request', (request, response) => {
      // A connection that either side has cut is what this is about.
      proxy.#pass(request, response).catch(() => request.socket.destroy());
    });
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    const { method = '', url = '', headers } = request;
    const passing = { method, url, headers, body: await buffer(request) };
    this.requests.push(`${method} ${url}`);
    const fault = this.choose(passing);
    if (fault !== undefined) this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1);
    if (fault === 'stall') return;
    if (fault === 'error 500' || fault === 'slow down') {
      response.writeHead(fault === 'slow down' ? 503 : 500, { 'retry-after': '0' });
      response.end(`<Error><Code>${fault === 'slow down' ? 'SlowDown' : 'InternalError'}</Code></Error>`);
      return;
    }
    const answer = this.instead(passing) ?? (await this.#send(await this.change(passing), fault));
    if (fault === 'lost answer' || (fault === 'cut answer' && answer.body.length === 0)) {
      request.socket.destroy();
      return;
    }
    const half = answer.body.subarray(0, answer.body.length >> 1);
    const body = fault === 'flipped answer' ? flipped(answer.body) : fault === 'short answer' ? half : answer.body;
    const length = method === 'HEAD' ? answer.headers['content-length'] : body.length;
    response.writeHead(answer.status, { ...without(answer.headers), 'content-length': length });
    if (fault !== 'cut answer') response.end(body);
    else response.write(half, () => request.socket.destroy());
  }

  async #send({ method, url, headers, body }: Passing, fault: Fault | undefined): Promise<Answer> {
    const { hostname, port } = this.#target;
    const sent = httpRequest({ hostname, port, method, path: url, headers: { ...headers, connection: 'close' } });
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    if (fault === 'cut request') {
      answered.catch(() => undefined);
      sent.write(body.subarray(0, body.length >> 1), () => sent.destroy());
      throw new Error('cut');
    }
    sent.end(fault === 'flipped request' ? flipped(body) : body);
    const [answer] = await answered;
    return { status: answer.statusCode!, headers: answer.headers, body: await buffer(answer) };
  }
}

function fits(fault: Fault, { method, url, body }: Passing): boolean {
  if (fault === 'cut request' || fault === 'flipped request') return body.length > 1;
  // That bytes are missing is seen where their number is known.
  if (fault === 'short answer') return method === 'GET' && url.includes('/objects/');
  return fault !== 'cut answer' || method === 'GET';
}

function flipped(body: Buffer): Buffer {
  const other = Buffer.from(body);
  const at = other.length >> 1;
  if (other.length > 0) other[at] = other[at]! ^ 1;
  return other;
}

/** Those that are about the connection are of each connection. */
function without(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const ofConnection = ['connection', 'transfer-encoding', 'keep-alive'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ofConnection.includes(name)));
}

/** Numbers from 0 to 1 that are the same for the same seed. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
