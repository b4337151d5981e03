/** A directory behind ssh as a place of a remote. It needs the system's `ssh` here and a POSIX shell there. */
import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { startRefusal } from '../../core/diagnostics/system-refusal.ts';
import { RemoteError, UsageError } from '../../errors.ts';
import { OWN_GROUP } from '../../own-process.ts';
import { temporaryFolder } from '../../store/files/temporary-folder.ts';
import type { Blob, BlobSource, CallOptions, Place, ReadOptions } from './contract.ts';
import { checkedKey, isKey } from './key.ts';
import { FIND, HOLD, INSERT, LIST, READ, shellCommand } from './ssh-script.ts';
import { GONE, NO_HOME } from './gone.ts';
import { sshFailure } from './ssh-failure.ts';

const LINE = /^ *(\d+) \.\/(.+)$/;
const OPTIONS = ['BatchMode=yes', 'ConnectTimeout=20', 'ServerAliveInterval=15', 'ServerAliveCountMax=4'];

export class SshPlace implements Place {
  readonly address: string;
  /** A server takes ten sessions a connection by default; one of them holds the connection. */
  readonly parallel = 8;
  readonly repeats = false;
  readonly #target: readonly string[];
  readonly #root: string;
  readonly #options: readonly string[];
  /** The root was seen, so it is not made again when it is gone. */
  #wasThere = false;
  /** The ssh that holds the connection, or makes it. */
  #holder: ChildProcess | undefined;
  #isConnected = false;
  #connection: Promise<{ readonly directory: string; readonly holder: ChildProcess }> | undefined;

  /**
   * @param address `ssh://[user@]host[:port]/path`
   * @param options more arguments of `ssh`
   * @throws UsageError
   */
  constructor(address: string, options: readonly string[] = []) {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    const [root, user] = [decoded(url?.pathname), decoded(url?.username)];
    if (
      url?.protocol !== 'ssh:' ||
      !/^[\w.[\]:][\w.[\]:-]*$/.test(url.hostname) ||
      root === undefined ||
      root.length < 2 ||
      user === undefined
    ) {
      throw new UsageError('The address of a directory behind ssh is not complete; write ssh://user@host/path.');
    }
    if (url.password !== '' || user.startsWith('-')) {
      throw new UsageError('The address of a directory behind ssh holds no password; use a key or an agent of ssh.');
    }
    this.address = address;
    this.#root = root;
    this.#options = options;
    this.#target = [
      ...(user === '' ? [] : ['-l', user]),
      ...(url.port === '' ? [] : ['-p', url.port]),
      '--',
      url.hostname.replaceAll(/[[\]]/g, ''),
    ];
  }

  async read(key: string, options: ReadOptions = {}): Promise<AsyncIterable<Uint8Array> | undefined> {
    const from = options.from ?? 0;
    const child = await this.#start(READ, [this.#root, checkedKey(key), String(from)], options.signal);
    child.stdin.end();
    const end = this.#end(child);
    end.catch(() => undefined);
    const chunks = (child.stdout as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    let head = Buffer.alloc(0);
    while (!head.includes(10) && head.length < 4096) {
      const next = await chunks.next();
      if (next.done === true) break;
      head = Buffer.concat([head, next.value]);
    }
    const line = head.subarray(0, Math.max(0, head.indexOf(10))).toString();
    if (line === 'restage absent' || line === 'restage nowhere') {
      await end;
      if (line === 'restage nowhere') this.#requireNew('read');
      else this.#wasThere = true;
      return undefined;
    }
    const size = /^restage (\d+)$/.exec(line)?.[1];
    if (size === undefined) {
      child.kill();
      await end.catch((error: unknown) => {
        if (line === '') throw error;
      });
      throw this.#unexpected(line);
    }
    this.#wasThere = true;
    const rest = head.subarray(head.indexOf(10) + 1);
    return this.#bytes(child, end, rest, chunks, Math.max(0, Number(size) - from));
  }

  async insert(key: string, source: BlobSource, options: CallOptions = {}): Promise<'stored' | 'there'> {
    const seen = this.#wasThere ? 'yes' : 'no';
    const args = [this.#root, checkedKey(key), `${key}~${randomUUID()}`, String(source.bytes), seen];
    const answer = await this.#ask(INSERT, args, source.open(), options.signal);
    if (answer === 'restage nowhere\n') this.#requireNew('written');
    if (answer === 'restage homeless\n')
      throw new RemoteError('unreachable', `${this.address} cannot be written: ${NO_HOME}.`);
    this.#wasThere = true;
    if (answer === 'restage stored\n') return 'stored';
    if (answer === 'restage there\n') return 'there';
    if (answer === 'restage cut\n') throw new RemoteError('unreachable', `${this.address}: an upload ended too early.`);
    throw this.#unexpected(answer);
  }

  async find(keys: readonly string[], options: CallOptions = {}): Promise<ReadonlyMap<string, number>> {
    if (keys.length === 0) return new Map();
    const input = [Buffer.from(keys.map((key) => `${checkedKey(key)}\n`).join(''))];
    const answer = await this.#ask(FIND, [this.#root], input, options.signal);
    return new Map(this.#blobs(answer).map(({ key, bytes }) => [key, bytes]));
  }

  async *list(prefix: string, options: CallOptions = {}): AsyncIterable<Blob> {
    const directory = prefix.slice(0, prefix.lastIndexOf('/') + 1).replace(/\/$/, '');
    if (directory !== '') checkedKey(directory);
    const answer = await this.#ask(LIST, [this.#root, directory === '' ? '.' : `./${directory}`], [], options.signal);
    for (const blob of this.#blobs(answer)) if (blob.key.startsWith(prefix)) yield blob;
  }

  async close(): Promise<void> {
    const connecting = this.#connection;
    this.#connection = undefined;
    // Who gives up does not wait for a host that does not answer.
    if (!this.#isConnected) this.#holder?.kill();
    const connection = await connecting?.catch(() => undefined);
    if (connection === undefined) return;
    connection.holder.stdin?.end();
    if (connection.holder.exitCode === null && connection.holder.signalCode === null)
      await once(connection.holder, 'exit');
    await rm(connection.directory, { recursive: true, force: true });
  }

  async *#bytes(
    child: ChildProcess,
    end: Promise<void>,
    first: Uint8Array,
    rest: AsyncIterator<Uint8Array>,
    expected: number,
  ): AsyncIterable<Uint8Array> {
    let seen = first.length;
    try {
      if (first.length > 0) yield first;
      for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
        seen += next.value.length;
        yield next.value;
      }
      await end;
      if (seen !== expected) throw new RemoteError('unreachable', `${this.address}: a download ended too early.`);
    } finally {
      child.kill();
    }
  }

  /** Nothing is there, not even the root. @throws RemoteError if it was seen */
  #requireNew(what: 'read' | 'written'): void {
    if (this.#wasThere) throw new RemoteError('unreachable', `${this.address} cannot be ${what}: ${GONE}.`);
  }

  #blobs(answer: string): Blob[] {
    if (answer === 'restage nowhere\n') {
      this.#requireNew('read');
      return [];
    }
    if (!answer.endsWith('restage end\n')) throw this.#unexpected(answer);
    this.#wasThere = true;
    return answer.split('\n').flatMap((line) => {
      const [, bytes, key] = LINE.exec(line) ?? [];
      return bytes !== undefined && key !== undefined && isKey(key) ? [{ key, bytes: Number(bytes) }] : [];
    });
  }

  async #ask(
    script: string,
    args: readonly string[],
    input: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<string> {
    const child = await this.#start(script, args, signal);
    const end = this.#end(child);
    let failed: unknown;
    // The far side may answer before it has read all: then the pipe breaks, and the answer counts.
    const sent = pipeline(Readable.from(input), child.stdin).catch((error: unknown) => {
      if (!isBrokenPipe(error)) failed = error;
    });
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    const [ended] = await Promise.allSettled([end, sent]);
    signal?.throwIfAborted();
    if (failed !== undefined) throw failed as Error;
    if (ended.status === 'rejected') throw ended.reason as Error;
    return Buffer.concat(parts).toString();
  }

  async #start(script: string, args: readonly string[], signal?: AbortSignal): Promise<ChildProcessWithoutNullStreams> {
    signal?.throwIfAborted();
    const { directory } = await unlessAborted((this.#connection ??= this.#connect()), signal);
    const child = this.#ssh(['-o', 'ControlMaster=no', '-S', join(directory, 's')], shellCommand(script, args), signal);
    child.stdin.on('error', () => undefined);
    return child;
  }

  async #connect(): Promise<{ readonly directory: string; readonly holder: ChildProcess }> {
    // Short, since the path of a socket is at most about 100 bytes long.
    const directory = temporaryFolder('rs-');
    const holder = this.#ssh(['-M', '-S', join(directory, 's'), '-o', 'ControlPersist=no'], shellCommand(HOLD, []));
    this.#holder = holder;
    this.#isConnected = false;
    const end = this.#end(holder);
    try {
      await Promise.race([once(holder.stdout, 'data'), end]);
    } catch (error) {
      this.#connection = undefined;
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
    end.catch(() => undefined);
    this.#isConnected = true;
    return { directory, holder };
  }

  #ssh(options: readonly string[], command: string, signal?: AbortSignal): ChildProcessWithoutNullStreams {
    const settings = OPTIONS.flatMap((option) => ['-o', option]);
    const words = [...this.#options, '-T', ...settings, ...options, ...this.#target, command];
    // What an interrupted run has finished is still to be pushed.
    return spawn('ssh', words, { signal, ...OWN_GROUP });
  }

  async #end(child: ChildProcessWithoutNullStreams): Promise<void> {
    let said = '';
    child.stderr.on('data', (part: Buffer) => (said = `${said}${part.toString()}`.slice(-2000)));
    const code = await new Promise<number | null>((fulfil, reject) => {
      child.once('error', (error) => {
        reject(
          new RemoteError('unreachable', `${this.address}: ssh does not start: ${startRefusal(error)}.`, {
            cause: error,
          }),
        );
      });
      child.once('close', fulfil);
    });
    if (code !== 0) throw sshFailure(this.address, code, said);
  }

  #unexpected(answer: string): RemoteError {
    const start = JSON.stringify(answer.slice(0, 60));
    return new RemoteError(
      'refused',
      `${this.address}: an answer is not restage's: ${start}. The login there must print nothing.`,
    );
  }
}

/** What was begun goes on, for others that wait for it. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  work.catch(() => undefined);
  const settled = new AbortController();
  const aborted = once(signal, 'abort', { signal: settled.signal }).then(() => signal.throwIfAborted());
  aborted.catch(() => undefined);
  try {
    await Promise.race([work, aborted]);
    return await work;
  } finally {
    settled.abort();
  }
}

/** A part of an address as it is meant; undefined where its escapes are malformed or hide what cannot be seen. */
function decoded(part = ''): string | undefined {
  try {
    const text = decodeURIComponent(part);
    return /\p{Cc}/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function isBrokenPipe(error: unknown): boolean {
  return ['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET'].includes((error as NodeJS.ErrnoException).code ?? '');
}
