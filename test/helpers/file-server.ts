/**
 * A web server of the test's own, on a free port of this machine: it serves one file, or misbehaves as it is told to.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export class FileServer {
  /** What was asked for, in order. */
  readonly requests: IncomingMessage[] = [];
  /** Answers to the next requests; when they are used up, `usual` answers. */
  readonly next: Handler[] = [];
  usual: Handler;
  readonly #server: Server;

  private constructor(server: Server, usual: Handler) {
    this.#server = server;
    this.usual = usual;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.requests.push(request);
      // A client that is killed closes the socket.
      response.on('error', () => undefined);
      (this.next.shift() ?? this.usual)(request, response);
    });
  }

  static async start(usual: Handler): Promise<FileServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FileServer(server, usual);
  }

  url(path = '/file.bin'): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  /** The `Range` header of each request so far. */
  get ranges(): readonly (string | undefined)[] {
    return this.requests.map(({ headers }) => headers.range);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Serves the bytes as a good server does: with ranges, and only of this version. */
export function serving(content: Uint8Array, etag = '"one"'): Handler {
  return (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
    const condition = request.headers['if-range'];
    response.setHeader('etag', etag);
    if (Number.isNaN(from) || (condition !== undefined && condition !== etag)) {
      response.writeHead(200, { 'content-length': content.length });
      response.end(content);
    } else if (from >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` });
      response.end();
    } else {
      const rest = content.subarray(from);
      response.writeHead(206, {
        'content-length': rest.length,
        'content-range': `bytes ${from}-${content.length - 1}/${content.length}`,
      });
      response.end(rest);
    }
  };
}

/** Sends so many bytes of what `handler` would send, then hangs up, or says no more. */
export function stoppingAfter(bytes: number, handler: Handler, how: 'cut' | 'stall' = 'cut'): Handler {
  return (request, response) => {
    response.end = ((body?: Uint8Array) => {
      response.write(body?.subarray(0, bytes) ?? '', () => {
        if (how === 'cut') response.destroy();
      });
      return response;
    }) as typeof response.end;
    handler(request, response);
  };
}

export function answering(
  status: number,
  body: string | Uint8Array = '',
  headers: Readonly<Record<string, string>> = {},
): Handler {
  return (_, response) => {
    response.writeHead(status, headers);
    response.end(body);
  };
}
