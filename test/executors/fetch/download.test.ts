/** Fetches remote files from a real server that shows every behaviour of real-world servers. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/core/identity/digest.ts';
import type { RemoteFile } from '../../../src/core/authoring/file-ref.ts';
import type { Task } from '../../../src/executors/contract.ts';
import { download, type DownloadOptions } from '../../../src/executors/fetch/download.ts';
import { unpack } from '../../../src/executors/fetch/download-check.ts';
import { fetchFiles } from '../../../src/executors/fetch/fetch-files.ts';
import { VerifiedFiles } from '../../../src/executors/fetch/verified-files.ts';
import { DownloadClaim, downloadPath, partPath } from '../../../src/store/coordination/downloads.ts';
import { hashFile } from '../../../src/store/files/hash-file.ts';
import { answering, FileServer, type Handler, serving, stoppingAfter } from '../../helpers/file-server.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { unwritableDirectory, WRITABLE } from '../../helpers/unwritable.ts';

/** Has no pattern that a shifted or repeated piece would fit into. */
function bytesOf(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

const CONTENT = bytesOf(300_000);
const PACKED = gzipSync(CONTENT);

let server: FileServer;
let cache: string;
beforeEach(async () => {
  server = await FileServer.start(serving(CONTENT));
  cache = temporaryDirectory();
});
afterEach(() => server.stop());

function pinned(changes: Partial<RemoteFile> = {}): RemoteFile {
  const otherwise = 'give it by hand';
  return {
    url: server.url(),
    sha256: sha256(CONTENT),
    bytes: CONTENT.length,
    encoding: 'identity',
    otherwise,
    ...changes,
  };
}

const place = (remote: RemoteFile): string => downloadPath(cache, remote.sha256);

interface Fetched {
  readonly content: Buffer;
  readonly notes: readonly string[];
  readonly progress: readonly (readonly [done: number, total: number, note: string])[];
}

async function fetchIt(remote = pinned(), options: Partial<DownloadOptions> = {}): Promise<Fetched> {
  const notes: string[] = [];
  const progress: [number, number, string][] = [];
  await download(remote, place(remote), {
    signal: new AbortController().signal,
    onProgress: (...told) => progress.push(told),
    onNote: (text) => notes.push(text),
    pauseMs: 1,
    ...options,
  });
  return { content: readFileSync(place(remote)), notes, progress };
}

/** The sentence of the error with which the download fails. */
async function failure(remote = pinned(), options: Partial<DownloadOptions> = {}): Promise<string> {
  const error: unknown = await fetchIt(remote, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: expect.stringMatching(/^(DOWNLOAD|CACHE)$/) as string });
  const { message } = error as Error;
  expect(message.split('\n')).toHaveLength(1);
  expect(message).toMatch(/\.$/);
  return message;
}

/** The files beside the download. */
function leftovers(): readonly string[] {
  const names = readdirSync(join(cache, 'downloads')).filter((name) => name !== 'CACHEDIR.TAG');
  return names.map((name) => name.replace(/^[0-9a-f]{64}/, '')).sort();
}

describe('a download', () => {
  test('arrives complete, read-only, with progress to its end, and leaves nothing beside it', async () => {
    const { content, progress } = await fetchIt();
    expect(content.equals(CONTENT)).toBe(true);
    expect(statSync(place(pinned())).mode & 0o777).toBe(0o444);
    expect(leftovers()).toEqual(['']);
    const [done, total, note] = progress.at(-1)!;
    expect([done, total]).toEqual([CONTENT.length, CONTENT.length]);
    expect(note).toMatch(/^downloading: 0\.3 of 0\.3 MB/);
    expect(server.requests[0]!.headers).toMatchObject({ 'accept-encoding': 'identity' });
  });

  test('that exists is not fetched again', async () => {
    await fetchIt();
    await fetchIt();
    expect(server.requests).toHaveLength(1);
  });

  test('is stored decoded if it is sent compressed, also if the server declares an encoding or decodes it', async () => {
    const remote = pinned({ encoding: 'gzip' });
    const encoded = answering(200, PACKED, { 'content-encoding': 'gzip' });
    for (const handler of [serving(PACKED), encoded, serving(CONTENT)]) {
      cache = temporaryDirectory();
      server.usual = handler;
      expect((await fetchIt(remote)).content.equals(CONTENT)).toBe(true);
      expect(leftovers()).toEqual(['']);
    }
  });

  test('whose pin is of the compressed content is not decoded', async () => {
    server.usual = serving(PACKED);
    const remote = pinned({ sha256: sha256(PACKED), bytes: PACKED.length });
    expect((await fetchIt(remote)).content.equals(PACKED)).toBe(true);
  });

  test('of an empty file works', async () => {
    server.usual = serving(Buffer.alloc(0));
    const remote = pinned({ sha256: sha256(''), bytes: 0 });
    expect((await fetchIt(remote)).content).toHaveLength(0);
  });

  test('follows redirects, and fails on a redirect loop or an address that is not http', async () => {
    server.next.push(
      answering(302, '', { location: '/elsewhere' }),
      answering(301, '', { location: server.url('/x') }),
    );
    expect((await fetchIt()).content.equals(CONTENT)).toBe(true);
    expect(server.requests.map(({ url }) => url)).toEqual(['/file.bin', '/elsewhere', '/x']);
    cache = temporaryDirectory();
    server.usual = answering(302, '', { location: '/file.bin' });
    expect(await failure()).toMatch(
      /could not be fetched: it redirects more than 10 times; check the address, or give it by hand\.$/,
    );
    server.usual = answering(302, '', { location: 'ftp://example.org/x' });
    expect(await failure()).toMatch(/it redirects to ftp:\/\/example\.org\/x, which is not http or https/);
  });
});

describe('a download that is interrupted', () => {
  test('resumes where it was interrupted', async () => {
    server.next.push(stoppingAfter(100_000, serving(CONTENT)), stoppingAfter(50_000, serving(CONTENT)));
    const { content, notes } = await fetchIt();
    expect(content.equals(CONTENT)).toBe(true);
    expect(server.ranges).toEqual([undefined, 'bytes=100000-', 'bytes=150000-']);
    expect(server.requests[1]!.headers['if-range']).toBe('"one"');
    expect(notes[0]).toMatch(/the connection was lost; trying again in 0\.0 s\.$/);
  });

  test('resumes within compressed bytes', async () => {
    server.usual = serving(PACKED);
    server.next.push(stoppingAfter(100_001, serving(PACKED)));
    expect((await fetchIt(pinned({ encoding: 'gzip' }))).content.equals(CONTENT)).toBe(true);
    expect(server.ranges).toEqual([undefined, 'bytes=100001-']);
  });

  test('resumes after a silence', async () => {
    server.next.push(stoppingAfter(100_000, serving(CONTENT), 'stall'));
    const { content, notes } = await fetchIt(pinned(), { stallMs: 500 });
    expect(content.equals(CONTENT)).toBe(true);
    expect(notes[0]).toContain('no bytes came for 0.5 s');
  });

  test('retries after errors of the server, and when the server asks to wait', async () => {
    server.next.push(answering(503), answering(500), answering(429, '', { 'retry-after': '0' }));
    const { content, notes } = await fetchIt();
    expect(content.equals(CONTENT)).toBe(true);
    expect(notes.map((note) => /answers (.*);/.exec(note)?.[1])).toEqual([
      '503 Service Unavailable',
      '500 Internal Server Error',
      '429 Too Many Requests',
    ]);
  });

  test('starts over if the server does not support ranges, or has a different version by now', async () => {
    server.next.push(stoppingAfter(100_000, serving(CONTENT)), answering(200, CONTENT));
    expect((await fetchIt()).content.equals(CONTENT)).toBe(true);
    cache = temporaryDirectory();
    server.next.push(stoppingAfter(100_000, serving(bytesOf(CONTENT.length, 2), '"old"')));
    expect((await fetchIt()).content.equals(CONTENT)).toBe(true);
  });

  test('is fetched completely once more if the resumed bytes do not fit', async () => {
    const other = bytesOf(CONTENT.length, 7);
    server.next.push(stoppingAfter(100_000, serving(CONTENT)), serving(other));
    const { content, notes } = await fetchIt();
    expect(content.equals(CONTENT)).toBe(true);
    expect(server.ranges).toEqual([undefined, 'bytes=100000-', undefined]);
    expect(notes.at(-1)).toMatch(/do not fit the earlier ones; fetching the complete file again\.$/);
  });

  test('starts over if a response has a different offset, length or version than requested', async () => {
    const wrong = [
      { 'content-range': `bytes 5-${CONTENT.length - 1}/${CONTENT.length}` },
      { 'content-range': `bytes 100000-299998/299999` },
      { 'content-range': `bytes 100000-${CONTENT.length - 1}/${CONTENT.length}`, etag: '"two"' },
      {},
    ];
    for (const headers of wrong) {
      cache = temporaryDirectory();
      server.next.push(stoppingAfter(100_000, serving(CONTENT)), answering(206, CONTENT.subarray(100_000), headers));
      expect((await fetchIt()).content.equals(CONTENT)).toBe(true);
    }
  });

  test('is not requested again when all bytes had arrived, and starts over when the server has fewer by now', async () => {
    const remote = pinned();
    mkdirSync(dirname(place(remote)), { recursive: true });
    const note = { url: remote.url, etag: '"one"', lastModified: null };
    writeFileSync(partPath(place(remote)), CONTENT);
    writeFileSync(`${partPath(place(remote))}.json`, JSON.stringify({ ...note, total: CONTENT.length }));
    expect((await fetchIt()).content.equals(CONTENT)).toBe(true);
    expect(server.requests).toHaveLength(0);

    for (const [extra, expected] of [
      [0, 'bytes=300000-'],
      [9, 'bytes=300009-'],
    ] as const) {
      cache = temporaryDirectory();
      mkdirSync(dirname(place(remote)), { recursive: true });
      writeFileSync(partPath(place(remote)), Buffer.concat([CONTENT, Buffer.alloc(extra)]));
      writeFileSync(`${partPath(place(remote))}.json`, JSON.stringify({ ...note, total: null }));
      expect((await fetchIt()).content.equals(CONTENT)).toBe(true);
      expect(server.ranges).toContain(expected);
    }
  });

  test('does not resume bytes that came from another address', async () => {
    server.next.push(stoppingAfter(100_000, serving(CONTENT)), ...Array.from({ length: 9 }, () => answering(503)));
    expect(await failure()).toContain('503');
    await fetchIt(pinned({ url: server.url('/mirror') }));
    expect(server.ranges.at(-1)).toBeUndefined();
  });

  test('fails after several tries in a row, and the next download resumes the bytes that arrived', async () => {
    server.next.push(stoppingAfter(100_000, serving(CONTENT)), ...Array.from({ length: 6 }, () => answering(503)));
    expect(await failure()).toMatch(
      /^http:\S+ could not be fetched: the server answers 503 Service Unavailable \(the 100000 bytes that came are kept, and the next run resumes from there\); run again when the network is available, or give it by hand\.$/,
    );
    expect(leftovers()).toEqual(['.part', '.part.json']);
    server.next.length = 0;
    expect((await fetchIt()).content.equals(CONTENT)).toBe(true);
    expect(server.ranges.at(-1)).toBe('bytes=100000-');
  });

  test('keeps trying while each try brings a good share of the file, and fails if each brings only a few bytes', async () => {
    server.usual = stoppingAfter(20_000, serving(CONTENT));
    expect((await fetchIt()).content.equals(CONTENT)).toBe(true);
    expect(server.requests).toHaveLength(15);
    cache = temporaryDirectory();
    server.usual = stoppingAfter(10, serving(CONTENT));
    expect(await failure()).toContain('the connection was lost');
    expect(server.requests).toHaveLength(21);
  });

  test('stops at any point when it is aborted', async () => {
    const reason = new Error('enough');
    for (const handler of [
      stoppingAfter(100_000, serving(CONTENT), 'stall'),
      stoppingAfter(0, () => undefined, 'stall'),
      answering(503),
    ]) {
      cache = temporaryDirectory();
      const abort = new AbortController();
      const asked = new Promise<void>((resolve) => {
        server.usual = (request, response) => {
          handler(request, response);
          setImmediate(resolve);
        };
      });
      const ended = fetchIt(pinned(), { signal: abort.signal, pauseMs: 1e6 }).catch((error: unknown) => error);
      await asked;
      abort.abort(reason);
      expect([reason.message, 'The operation was aborted']).toContain(((await ended) as Error).message);
      expect(leftovers().filter((name) => name.endsWith('.claim'))).toEqual([]);
    }
  });
});

describe('the received part of a download', () => {
  const kept = 100_000;
  const page = '<!doctype html><title>Sign in</title>';
  const cases: [string, Handler, RegExp, Partial<RemoteFile>?][] = [
    ['a refusal', answering(403), /does not let it be read \(403 Forbidden\); check the address/],
    ['a login page', answering(200, page), /it is a web page/],
    ['a login page with its own length', serving(Buffer.from(page), '"other"'), /it is a web page/],
    ['a login page in place of gzip', answering(200, page), /it is a web page/, { encoding: 'gzip' }],
    [
      'a file of a different length',
      serving(bytesOf(299_999), '"other"'),
      /it has 299999 bytes, but 300000 are pinned/,
    ],
    ['an empty response', serving(Buffer.alloc(0), '"other"'), /it has 0 bytes, but 300000 are pinned/],
    ['an empty response without a length', answering(200), /it has 0 bytes, but 300000 are pinned/],
  ];
  test.each(cases)('is kept after %s, and resumed afterwards', async (_, handler, sentence, changes) => {
    const remote = pinned(changes);
    const right = serving(remote.encoding === 'gzip' ? PACKED : CONTENT);
    server.next.push(stoppingAfter(kept, right), handler);
    expect(await failure(remote)).toMatch(sentence);
    expect(statSync(partPath(place(remote))).size).toBe(kept);
    server.usual = right;
    expect((await fetchIt(remote)).content.equals(CONTENT)).toBe(true);
    expect(server.ranges).toEqual([undefined, `bytes=${kept}-`, `bytes=${kept}-`]);
  });

  test('is discarded if the resuming response shows that it was of the wrong file', async () => {
    const remote = pinned();
    mkdirSync(dirname(place(remote)), { recursive: true });
    const other = bytesOf(299_999);
    writeFileSync(partPath(place(remote)), other.subarray(0, kept));
    const note = { url: remote.url, etag: '"one"', lastModified: null, total: other.length };
    writeFileSync(`${partPath(place(remote))}.json`, JSON.stringify(note));
    server.usual = serving(other);
    expect(await failure()).toMatch(/it has 299999 bytes, but 300000 are pinned/);
    expect(leftovers()).toEqual([]);
  });

  test('can be resumed whenever its process dies: only the final file is made read-only', async () => {
    const part = join(cache, 'x.part');
    const target = join(cache, 'x');
    writeFileSync(part, CONTENT);
    // Blocks the renaming, so that the download gets no further than that.
    mkdirSync(join(target, 'y'), { recursive: true });
    await expect(unpack(pinned(), part, target, new AbortController().signal)).rejects.toThrow();
    expect(statSync(part).mode & 0o200).toBe(0o200);
  });
});

describe('a remote file of a task', () => {
  const task = (remote: RemoteFile): Task =>
    ({
      id: '1',
      node: 'read',
      inputs: [
        {
          slot: 'file',
          index: null,
          source: { type: 'file', path: place(remote), digest: remote.sha256, bytes: remote.bytes, remote },
        },
      ],
    }) as unknown as Task;
  const fetchAll = (given: Task): Promise<void> =>
    fetchFiles(given, { progress: () => undefined, note: () => undefined }, new AbortController().signal);

  test('that is damaged is removed only by the holder of its claim, and fetched again', async () => {
    const remote = pinned();
    mkdirSync(dirname(place(remote)), { recursive: true });
    const damaged = bytesOf(CONTENT.length, 3);
    writeFileSync(place(remote), damaged);
    const claim = DownloadClaim.take(place(remote))!;
    let over = false;
    const done = fetchAll(task(remote)).then(() => (over = true));
    // Long enough to remove the file, if the code were wrong. The test holds however little has happened by then.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect([over, readFileSync(place(remote)).equals(damaged)]).toEqual([false, true]);
    claim.release();
    await done;
    expect(readFileSync(place(remote)).equals(CONTENT)).toBe(true);
    expect(server.requests).toHaveLength(1);
    expect(leftovers()).toEqual(['']);
  });

  test('that cannot be read is not treated as damaged', async ({ skip }) => {
    skip(process.platform !== 'linux', 'there is no /proc/self/mem, a file that gives EIO');
    const remote = pinned({ sha256: sha256(''), bytes: 0 });
    mkdirSync(dirname(place(remote)), { recursive: true });
    // A file of length 0 that gives EIO.
    symlinkSync('/proc/self/mem', place(remote));
    await expect(fetchAll(task(remote))).rejects.toThrow(
      /^The download \S+ could not be read \(EIO: .*\), and was left unchanged; run again, or remove it so that it is fetched again\.$/,
    );
    expect(leftovers()).toEqual(['']);
    expect(server.requests).toHaveLength(0);
  });

  test('is read once by a process, unless its stat changes or it was modified just now', async () => {
    const file = join(cache, 'x');
    writeFileSync(file, CONTENT);
    let [read, later] = [0, 0];
    const hash = (path: string) => (read++, hashFile(path));
    const files = new VerifiedFiles(hash, () => Math.floor(statSync(file).ctimeMs) + later);
    const look = async (content: Buffer) => expect(await files.digest(file)).toBe(sha256(content));
    await look(CONTENT);
    await look(CONTENT);
    expect(read).toBe(2);
    later = 60_000;
    await look(CONTENT);
    await look(CONTENT);
    await look(CONTENT);
    expect(read).toBe(3);
    rmSync(file);
    writeFileSync(file, PACKED);
    await look(PACKED);
    expect(read).toBe(4);
  });
});

describe('a response that is not the file', () => {
  const cases: [string, () => void, RegExp, Partial<RemoteFile>?][] = [
    [
      'different bytes',
      () => (server.usual = serving(bytesOf(CONTENT.length, 5))),
      /its digest is [0-9a-f]{8}, but [0-9a-f]{8} is pinned/,
    ],
    ['a longer file', () => (server.usual = serving(bytesOf(300_001))), /it has 300001 bytes, but 300000 are pinned/],
    ['a shorter file', () => (server.usual = serving(bytesOf(299_999))), /it has 299999 bytes, but 300000 are pinned/],
    [
      'an endless response without a length',
      () =>
        (server.usual = (_, response) => {
          const more = (): boolean => !response.destroyed && response.write(bytesOf(70_000), more);
          more();
        }),
      /it has more than the pinned 300000 bytes/,
    ],
    [
      'a shorter response without a length',
      () => (server.usual = (_, response) => void (response.write(CONTENT.subarray(0, 9)), response.end())),
      /it has 9 bytes, but 300000 are pinned/,
    ],
    ['an empty response', () => (server.usual = serving(Buffer.alloc(0))), /it has 0 bytes, but 300000 are pinned/],
    [
      'a login page',
      () => (server.usual = answering(200, '\n<!DOCTYPE html><title>Sign in</title>')),
      /it is a web page \(HTML\)/,
    ],
    [
      'a login page with its length',
      () => (server.usual = serving(Buffer.from('<html><body>Sign in</body></html>'))),
      /it is a web page \(HTML\), perhaps one to log in/,
    ],
    [
      'a login page instead of gzip',
      () => (server.usual = serving(Buffer.from('<html></html>'))),
      /web page/,
      { encoding: 'gzip' },
    ],
    [
      'gzip of different bytes',
      () => (server.usual = serving(gzipSync(bytesOf(300_000, 3)))),
      /its digest is/,
      { encoding: 'gzip' },
    ],
    [
      'gzip of fewer bytes',
      () => (server.usual = serving(gzipSync(bytesOf(3)))),
      /it has 3 bytes/,
      { encoding: 'gzip' },
    ],
    [
      'gzip of far more',
      () => (server.usual = serving(gzipSync(Buffer.alloc(1e7)))),
      /it has more than/,
      { encoding: 'gzip' },
    ],
    [
      'truncated gzip',
      () => (server.usual = serving(PACKED.subarray(0, 90_000))),
      /its gzip data end too early/,
      { encoding: 'gzip' },
    ],
    [
      'damaged gzip',
      () =>
        (server.usual = serving(
          Buffer.concat([PACKED.subarray(0, 500), Buffer.alloc(500, 0xff), PACKED.subarray(1000)]),
        )),
      /its gzip data are damaged|its digest is/,
      { encoding: 'gzip' },
    ],
    [
      'something that is not gzip',
      () => (server.usual = serving(bytesOf(99))),
      /it has 99 bytes/,
      { encoding: 'gzip' },
    ],
  ];
  test.each(cases)('%s is refused, with nothing kept and no second try', async (_, prepare, expected, changes) => {
    prepare();
    const sentence = await failure(pinned(changes));
    expect(sentence).toMatch(expected);
    expect(sentence).toMatch(
      /^http:\S+ does not give the pinned file: .*, and no byte of it was kept; give it by hand\.$/,
    );
    expect(leftovers()).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  test('a response longer than its declared length is cut to that length, and refused', async () => {
    server.usual = (_, response) => {
      response.socket!.end(`HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n${CONTENT.toString('latin1')}`, 'latin1');
    };
    expect(await failure()).toMatch(/it has 100 bytes, but 300000 are pinned/);
  });

  test('a response that is always shorter than its declared length fails', async () => {
    server.usual = (_, response) => {
      response.writeHead(200, { 'content-length': CONTENT.length });
      response.write(CONTENT.subarray(0, 10), () => response.destroy());
    };
    expect(await failure()).toMatch(/the connection was lost \(the 10 bytes that came are kept/);
    expect(server.requests).toHaveLength(6);
  });

  test.each([
    [404, 'the server has no such file (404 Not Found)'],
    [410, 'the server has no such file (410 Gone)'],
    [403, 'the server does not let it be read (403 Forbidden)'],
    [401, 'the server does not let it be read (401 Unauthorized)'],
    [204, 'the server answers 204 No Content'],
    [304, 'the server answers 304 Not Modified'],
  ])('a refusal (%i) fails at once', async (status, clause) => {
    server.usual = answering(status);
    expect(await failure()).toBe(
      `${server.url()} could not be fetched: ${clause}; check the address, or give it by hand.`,
    );
    expect(server.requests).toHaveLength(1);
  });

  test('a response that is compressed although the request forbids it is reported', async () => {
    server.usual = answering(200, PACKED, { 'content-encoding': 'gzip' });
    expect(await failure()).toMatch(/the server sends it compressed \(gzip\) although it was asked not to/);
  });
});

describe('without a server', () => {
  test('a refused connection and an unknown host are reported in a sentence', async () => {
    const remote = pinned();
    await server.stop();
    expect(await failure(remote)).toMatch(/127\.0\.0\.1 refuses the connection; .*, or give it by hand\.$/);
    // A name that is reserved for having no address (RFC 2606); some networks cannot even look it up.
    expect(await failure({ ...remote, url: 'http://nowhere.invalid/x' })).toMatch(
      /the network is unavailable|looked up/,
    );
    server = await FileServer.start(serving(CONTENT));
  });
});

describe('several downloads at once', () => {
  test('within one process fetch the file once: one fetches and the others wait', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => fetchIt()));
    for (const { content } of all) expect(content.equals(CONTENT)).toBe(true);
    expect(server.requests).toHaveLength(1);
  });

  test('a claim is refused to others while its owner lives, and void once the owner is dead', () => {
    const path = place(pinned());
    const claim = DownloadClaim.take(path)!;
    expect(DownloadClaim.take(path)).toBeUndefined();
    claim.release();
    const dead = `${path}.1-abc.claim`;
    writeFileSync(dead, 'host/boot/1/1');
    // An owner on another host cannot be checked: its claim is valid while its heartbeat continues.
    expect(DownloadClaim.take(path)).toBeUndefined();
    writeFileSync(dead, readOwnIdentity(path).replace(/\d+$/, '1'));
    const next = DownloadClaim.take(path);
    expect(next).toBeDefined();
    expect(existsSync(dead)).toBe(false);
    next!.release();
    expect(leftovers()).toEqual([]);
  });
});

function readOwnIdentity(path: string): string {
  const claim = DownloadClaim.take(`${path}x`)!;
  const [name] = readdirSync(dirname(path)).filter((each) => each.endsWith('.claim') && each.includes('x.'));
  const identity = readFileSync(join(dirname(path), name!), 'utf8');
  claim.release();
  return identity;
}

describe('a cache that cannot be written', () => {
  test('is reported in a sentence', async ({ skip }) => {
    const locked = unwritableDirectory(cache);
    if (locked === undefined) skip(WRITABLE);
    else {
      cache = locked.directory;
      expect(await failure()).toMatch(new RegExp(`could not be written to the cache .*: ${locked.why}`));
      locked.unlock();
    }
  });

  test('because a file is in the way is reported in a sentence', async () => {
    writeFileSync(join(cache, 'downloads'), '');
    expect(await failure()).toMatch(
      new RegExp(`^The download of http:\\S+ could not be written to the cache ${cache}: a file stands where`),
    );
  });
});
