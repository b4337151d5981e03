/** Downloads that are interrupted, and what is kept of them. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteFile } from '../../../src/core/authoring/file-ref.ts';
import { unpack } from '../../../src/executors/fetch/download-check.ts';
import { partPath } from '../../../src/store/coordination/downloads.ts';
import { answering, type Handler, serving, stoppingAfter } from '../../helpers/file-server.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { bytesOf, CONTENT, DownloadLab, PACKED } from './download-lab.ts';

let lab: DownloadLab;
beforeEach(async () => {
  lab = await DownloadLab.start();
});
afterEach(() => lab.server.stop());

describe('a download that is interrupted', () => {
  test('resumes where it was interrupted', async () => {
    lab.server.next.push(stoppingAfter(100_000, serving(CONTENT)), stoppingAfter(50_000, serving(CONTENT)));
    const { content, notes } = await lab.fetch();
    expect(content.equals(CONTENT)).toBe(true);
    expect(lab.server.ranges).toEqual([undefined, 'bytes=100000-', 'bytes=150000-']);
    expect(lab.server.requests[1]!.headers['if-range']).toBe('"one"');
    expect(notes[0]).toMatch(/the connection was lost; trying again in 0\.0 s\.$/);
  });

  test('resumes within compressed bytes', async () => {
    lab.server.usual = serving(PACKED);
    lab.server.next.push(stoppingAfter(100_001, serving(PACKED)));
    expect((await lab.fetch(lab.pinned({ encoding: 'gzip' }))).content.equals(CONTENT)).toBe(true);
    expect(lab.server.ranges).toEqual([undefined, 'bytes=100001-']);
  });

  test('resumes after a silence', async () => {
    lab.server.next.push(stoppingAfter(100_000, serving(CONTENT), 'stall'));
    const { content, notes } = await lab.fetch(lab.pinned(), { stallMs: 500 });
    expect(content.equals(CONTENT)).toBe(true);
    expect(notes[0]).toContain('no bytes came for 0.5 s');
  });

  test('retries after errors of the server, and when the server asks to wait', async () => {
    lab.server.next.push(answering(503), answering(500), answering(429, '', { 'retry-after': '0' }));
    const { content, notes } = await lab.fetch();
    expect(content.equals(CONTENT)).toBe(true);
    expect(notes.map((note) => /answers (.*);/.exec(note)?.[1])).toEqual([
      '503 Service Unavailable',
      '500 Internal Server Error',
      '429 Too Many Requests',
    ]);
  });

  test('starts over if the server does not support ranges, or has a different version by now', async () => {
    lab.server.next.push(stoppingAfter(100_000, serving(CONTENT)), answering(200, CONTENT));
    expect((await lab.fetch()).content.equals(CONTENT)).toBe(true);
    lab.cache = temporaryDirectory();
    lab.server.next.push(stoppingAfter(100_000, serving(bytesOf(CONTENT.length, 2), '"old"')));
    expect((await lab.fetch()).content.equals(CONTENT)).toBe(true);
  });

  test('is fetched completely once more if the resumed bytes do not fit', async () => {
    const other = bytesOf(CONTENT.length, 7);
    lab.server.next.push(stoppingAfter(100_000, serving(CONTENT)), serving(other));
    const { content, notes } = await lab.fetch();
    expect(content.equals(CONTENT)).toBe(true);
    expect(lab.server.ranges).toEqual([undefined, 'bytes=100000-', undefined]);
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
      lab.cache = temporaryDirectory();
      lab.server.next.push(
        stoppingAfter(100_000, serving(CONTENT)),
        answering(206, CONTENT.subarray(100_000), headers),
      );
      expect((await lab.fetch()).content.equals(CONTENT)).toBe(true);
    }
  });

  test('is not requested again when all bytes had arrived, and starts over when the server has fewer by now', async () => {
    const remote = lab.pinned();
    mkdirSync(dirname(lab.place(remote)), { recursive: true });
    const note = { url: remote.url, etag: '"one"', lastModified: null };
    writeFileSync(partPath(lab.place(remote)), CONTENT);
    writeFileSync(`${partPath(lab.place(remote))}.json`, JSON.stringify({ ...note, total: CONTENT.length }));
    expect((await lab.fetch()).content.equals(CONTENT)).toBe(true);
    expect(lab.server.requests).toHaveLength(0);

    for (const [extra, expected] of [
      [0, 'bytes=300000-'],
      [9, 'bytes=300009-'],
    ] as const) {
      lab.cache = temporaryDirectory();
      mkdirSync(dirname(lab.place(remote)), { recursive: true });
      writeFileSync(partPath(lab.place(remote)), Buffer.concat([CONTENT, Buffer.alloc(extra)]));
      writeFileSync(`${partPath(lab.place(remote))}.json`, JSON.stringify({ ...note, total: null }));
      expect((await lab.fetch()).content.equals(CONTENT)).toBe(true);
      expect(lab.server.ranges).toContain(expected);
    }
  });

  test('does not resume bytes that came from another address', async () => {
    lab.server.next.push(stoppingAfter(100_000, serving(CONTENT)), ...Array.from({ length: 9 }, () => answering(503)));
    expect(await lab.failure()).toContain('503');
    await lab.fetch(lab.pinned({ url: lab.server.url('/mirror') }));
    expect(lab.server.ranges.at(-1)).toBeUndefined();
  });

  test('fails after several tries in a row, and the next download resumes the bytes that arrived', async () => {
    lab.server.next.push(stoppingAfter(100_000, serving(CONTENT)), ...Array.from({ length: 6 }, () => answering(503)));
    expect(await lab.failure()).toMatch(
      /^http:\S+ could not be fetched: the server answers 503 Service Unavailable \(the 100000 bytes that came are kept, and the next run resumes from there\); run again when the network is available, or give it by hand\.$/,
    );
    expect(lab.leftovers()).toEqual(['.part', '.part.json']);
    lab.server.next.length = 0;
    expect((await lab.fetch()).content.equals(CONTENT)).toBe(true);
    expect(lab.server.ranges.at(-1)).toBe('bytes=100000-');
  });

  test('keeps trying while each try brings a good share of the file, and fails if each brings only a few bytes', async () => {
    lab.server.usual = stoppingAfter(20_000, serving(CONTENT));
    expect((await lab.fetch()).content.equals(CONTENT)).toBe(true);
    expect(lab.server.requests).toHaveLength(15);
    lab.cache = temporaryDirectory();
    lab.server.usual = stoppingAfter(10, serving(CONTENT));
    expect(await lab.failure()).toContain('the connection was lost');
    expect(lab.server.requests).toHaveLength(21);
  });

  test('stops at any point when it is aborted', async () => {
    const reason = new Error('enough');
    for (const handler of [
      stoppingAfter(100_000, serving(CONTENT), 'stall'),
      stoppingAfter(0, () => undefined, 'stall'),
      answering(503),
    ]) {
      lab.cache = temporaryDirectory();
      const abort = new AbortController();
      const asked = new Promise<void>((resolve) => {
        lab.server.usual = (request, response) => {
          handler(request, response);
          setImmediate(resolve);
        };
      });
      const ended = lab.fetch(lab.pinned(), { signal: abort.signal, pauseMs: 1e6 }).catch((error: unknown) => error);
      await asked;
      abort.abort(reason);
      expect([reason.message, 'The operation was aborted']).toContain(((await ended) as Error).message);
      expect(lab.leftovers().filter((name) => name.endsWith('.claim'))).toEqual([]);
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
    const remote = lab.pinned(changes);
    const right = serving(remote.encoding === 'gzip' ? PACKED : CONTENT);
    lab.server.next.push(stoppingAfter(kept, right), handler);
    expect(await lab.failure(remote)).toMatch(sentence);
    expect(statSync(partPath(lab.place(remote))).size).toBe(kept);
    lab.server.usual = right;
    expect((await lab.fetch(remote)).content.equals(CONTENT)).toBe(true);
    expect(lab.server.ranges).toEqual([undefined, `bytes=${kept}-`, `bytes=${kept}-`]);
  });

  test('is discarded if the resuming response shows that it was of the wrong file', async () => {
    const remote = lab.pinned();
    mkdirSync(dirname(lab.place(remote)), { recursive: true });
    const other = bytesOf(299_999);
    writeFileSync(partPath(lab.place(remote)), other.subarray(0, kept));
    const note = { url: remote.url, etag: '"one"', lastModified: null, total: other.length };
    writeFileSync(`${partPath(lab.place(remote))}.json`, JSON.stringify(note));
    lab.server.usual = serving(other);
    expect(await lab.failure()).toMatch(/it has 299999 bytes, but 300000 are pinned/);
    expect(lab.leftovers()).toEqual([]);
  });

  test('can be resumed whenever its process dies: only the final file is made read-only', async () => {
    const part = join(lab.cache, 'x.part');
    const target = join(lab.cache, 'x');
    writeFileSync(part, CONTENT);
    // Blocks the renaming, so that the download gets no further than that.
    mkdirSync(join(target, 'y'), { recursive: true });
    await expect(unpack(lab.pinned(), part, target, new AbortController().signal)).rejects.toThrow();
    expect(statSync(part).mode & 0o200).toBe(0o200);
  });
});
