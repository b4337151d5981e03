/** Fetches remote files from a real server. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { DownloadClaim } from '../../../src/store/coordination/downloads.ts';
import { answering, FileServer, serving } from '../../helpers/file-server.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { unwritableDirectory, WRITABLE } from '../../helpers/unwritable.ts';
import { CONTENT, DownloadLab, PACKED } from './download-lab.ts';

let lab: DownloadLab;
beforeEach(async () => {
  lab = await DownloadLab.start();
});
afterEach(() => lab.server.stop());

describe('a download', () => {
  test('arrives complete, read-only, with progress to its end, and leaves nothing beside it', async () => {
    const { content, progress } = await lab.fetch();
    expect(content.equals(CONTENT)).toBe(true);
    expect(statSync(lab.place(lab.pinned())).mode & 0o777).toBe(0o444);
    expect(lab.leftovers()).toEqual(['']);
    const [done, total, note] = progress.at(-1)!;
    expect([done, total]).toEqual([CONTENT.length, CONTENT.length]);
    expect(note).toMatch(/^downloading: 0\.3 of 0\.3 MB/);
    expect(lab.server.requests[0]!.headers).toMatchObject({ 'accept-encoding': 'identity' });
  });

  test('that exists is not fetched again', async () => {
    await lab.fetch();
    await lab.fetch();
    expect(lab.server.requests).toHaveLength(1);
  });

  test('is stored decoded if it is sent compressed, also if the server declares an encoding or decodes it', async () => {
    const remote = lab.pinned({ encoding: 'gzip' });
    const encoded = answering(200, PACKED, { 'content-encoding': 'gzip' });
    for (const handler of [serving(PACKED), encoded, serving(CONTENT)]) {
      lab.cache = temporaryDirectory();
      lab.server.usual = handler;
      expect((await lab.fetch(remote)).content.equals(CONTENT)).toBe(true);
      expect(lab.leftovers()).toEqual(['']);
    }
  });

  test('whose pin is of the compressed content is not decoded', async () => {
    lab.server.usual = serving(PACKED);
    const remote = lab.pinned({ sha256: sha256(PACKED), bytes: PACKED.length });
    expect((await lab.fetch(remote)).content.equals(PACKED)).toBe(true);
  });

  test('of an empty file works', async () => {
    lab.server.usual = serving(Buffer.alloc(0));
    const remote = lab.pinned({ sha256: sha256(''), bytes: 0 });
    expect((await lab.fetch(remote)).content).toHaveLength(0);
  });

  test('follows redirects, and fails on a redirect loop or an address that is not http', async () => {
    lab.server.next.push(
      answering(302, '', { location: '/elsewhere' }),
      answering(301, '', { location: lab.server.url('/x') }),
    );
    expect((await lab.fetch()).content.equals(CONTENT)).toBe(true);
    expect(lab.server.requests.map(({ url }) => url)).toEqual(['/file.bin', '/elsewhere', '/x']);
    lab.cache = temporaryDirectory();
    lab.server.usual = answering(302, '', { location: '/file.bin' });
    expect(await lab.failure()).toMatch(
      /could not be fetched: it redirects more than 10 times; check the address, or give it by hand\.$/,
    );
    lab.server.usual = answering(302, '', { location: 'ftp://example.org/x' });
    expect(await lab.failure()).toMatch(/it redirects to ftp:\/\/example\.org\/x, which is not http or https/);
  });
});

describe('without a server', () => {
  test('a refused connection and an unknown host are reported in a sentence', async () => {
    const remote = lab.pinned();
    await lab.server.stop();
    expect(await lab.failure(remote)).toMatch(/127\.0\.0\.1 refuses the connection; .*, or give it by hand\.$/);
    // A name that is reserved for having no address (RFC 2606); some networks cannot even look it up.
    expect(await lab.failure({ ...remote, url: 'http://nowhere.invalid/x' })).toMatch(
      /the network is unavailable|looked up/,
    );
    lab.server = await FileServer.start(serving(CONTENT));
  });
});

describe('several downloads at once', () => {
  test('within one process fetch the file once: one fetches and the others wait', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => lab.fetch()));
    for (const { content } of all) expect(content.equals(CONTENT)).toBe(true);
    expect(lab.server.requests).toHaveLength(1);
  });

  test('a claim is refused to others while its owner lives, and void once the owner is dead', () => {
    const path = lab.place(lab.pinned());
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
    expect(lab.leftovers()).toEqual([]);
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
    const locked = unwritableDirectory(lab.cache);
    if (locked === undefined) skip(WRITABLE);
    else {
      lab.cache = locked.directory;
      expect(await lab.failure()).toMatch(new RegExp(`could not be written to the cache .*: ${locked.why}`));
      locked.unlock();
    }
  });

  test('because a file is in the way is reported in a sentence', async () => {
    writeFileSync(join(lab.cache, 'downloads'), '');
    expect(await lab.failure()).toMatch(
      new RegExp(`^The download of http:\\S+ could not be written to the cache ${lab.cache}: a file stands where`),
    );
  });
});
