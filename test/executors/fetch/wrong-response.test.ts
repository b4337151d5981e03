/** Servers that give something else than the pinned file. */
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteFile } from '../../../src/core/authoring/file-ref.ts';
import { answering, serving } from '../../helpers/file-server.ts';
import { bytesOf, CONTENT, DownloadLab, PACKED } from './download-lab.ts';

let lab: DownloadLab;
beforeEach(async () => {
  lab = await DownloadLab.start();
});
afterEach(() => lab.server.stop());

describe('a response that is not the file', () => {
  const cases: [string, () => void, RegExp, Partial<RemoteFile>?][] = [
    [
      'different bytes',
      () => (lab.server.usual = serving(bytesOf(CONTENT.length, 5))),
      /its digest is [0-9a-f]{8}, but [0-9a-f]{8} is pinned/,
    ],
    [
      'a longer file',
      () => (lab.server.usual = serving(bytesOf(300_001))),
      /it has 300001 bytes, but 300000 are pinned/,
    ],
    [
      'a shorter file',
      () => (lab.server.usual = serving(bytesOf(299_999))),
      /it has 299999 bytes, but 300000 are pinned/,
    ],
    [
      'an endless response without a length',
      () =>
        (lab.server.usual = (_, response) => {
          const more = (): boolean => !response.destroyed && response.write(bytesOf(70_000), more);
          more();
        }),
      /it has more than the pinned 300000 bytes/,
    ],
    [
      'a shorter response without a length',
      () => (lab.server.usual = (_, response) => void (response.write(CONTENT.subarray(0, 9)), response.end())),
      /it has 9 bytes, but 300000 are pinned/,
    ],
    ['an empty response', () => (lab.server.usual = serving(Buffer.alloc(0))), /it has 0 bytes, but 300000 are pinned/],
    [
      'a login page',
      () => (lab.server.usual = answering(200, '\n<!DOCTYPE html><title>Sign in</title>')),
      /it is a web page \(HTML\)/,
    ],
    [
      'a login page with its length',
      () => (lab.server.usual = serving(Buffer.from('<html><body>Sign in</body></html>'))),
      /it is a web page \(HTML\), perhaps one to log in/,
    ],
    [
      'a login page instead of gzip',
      () => (lab.server.usual = serving(Buffer.from('<html></html>'))),
      /web page/,
      { encoding: 'gzip' },
    ],
    [
      'gzip of different bytes',
      () => (lab.server.usual = serving(gzipSync(bytesOf(300_000, 3)))),
      /its digest is/,
      { encoding: 'gzip' },
    ],
    [
      'gzip of fewer bytes',
      () => (lab.server.usual = serving(gzipSync(bytesOf(3)))),
      /it has 3 bytes/,
      { encoding: 'gzip' },
    ],
    [
      'gzip of far more',
      () => (lab.server.usual = serving(gzipSync(Buffer.alloc(1e7)))),
      /it has more than/,
      { encoding: 'gzip' },
    ],
    [
      'truncated gzip',
      () => (lab.server.usual = serving(PACKED.subarray(0, 90_000))),
      /its gzip data end too early/,
      { encoding: 'gzip' },
    ],
    [
      'damaged gzip',
      () =>
        (lab.server.usual = serving(
          Buffer.concat([PACKED.subarray(0, 500), Buffer.alloc(500, 0xff), PACKED.subarray(1000)]),
        )),
      /its gzip data are damaged|its digest is/,
      { encoding: 'gzip' },
    ],
    [
      'something that is not gzip',
      () => (lab.server.usual = serving(bytesOf(99))),
      /it has 99 bytes/,
      { encoding: 'gzip' },
    ],
  ];
  test.each(cases)('%s is refused, with nothing kept and no second try', async (_, prepare, expected, changes) => {
    prepare();
    const sentence = await lab.failure(lab.pinned(changes));
    expect(sentence).toMatch(expected);
    expect(sentence).toMatch(
      /^http:\S+ does not give the pinned file: .*, and no byte of it was kept; give it by hand\.$/,
    );
    expect(lab.leftovers()).toEqual([]);
    expect(lab.server.requests).toHaveLength(1);
  });

  test('a response longer than its declared length is cut to that length, and refused', async () => {
    lab.server.usual = (_, response) => {
      response.socket!.end(`HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n${CONTENT.toString('latin1')}`, 'latin1');
    };
    expect(await lab.failure()).toMatch(/it has 100 bytes, but 300000 are pinned/);
  });

  test('a response that is always shorter than its declared length fails', async () => {
    lab.server.usual = (_, response) => {
      response.writeHead(200, { 'content-length': CONTENT.length });
      response.write(CONTENT.subarray(0, 10), () => response.destroy());
    };
    expect(await lab.failure()).toMatch(/the connection was lost \(the 10 bytes that came are kept/);
    expect(lab.server.requests).toHaveLength(6);
  });

  test.each([
    [404, 'the server has no such file (404 Not Found)'],
    [410, 'the server has no such file (410 Gone)'],
    [403, 'the server does not let it be read (403 Forbidden)'],
    [401, 'the server does not let it be read (401 Unauthorized)'],
    [204, 'the server answers 204 No Content'],
    [304, 'the server answers 304 Not Modified'],
  ])('a refusal (%i) fails at once', async (status, clause) => {
    lab.server.usual = answering(status);
    expect(await lab.failure()).toBe(
      `${lab.server.url()} could not be fetched: ${clause}; check the address, or give it by hand.`,
    );
    expect(lab.server.requests).toHaveLength(1);
  });

  test('a response that is compressed although the request forbids it is reported', async () => {
    lab.server.usual = answering(200, PACKED, { 'content-encoding': 'gzip' });
    expect(await lab.failure()).toMatch(/the server sends it compressed \(gzip\) although it was asked not to/);
  });
});
