/** ZIP archives of restage's one form: what is written is read, and anything else is refused. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { unzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { ZipReader } from '../../src/bundle/archive/read-zip.ts';
import { ZipWriter } from '../../src/bundle/archive/write-zip.ts';
import {
  centralHeader,
  endOfArchive,
  localHeader,
  METHOD,
  type ZipEntry,
} from '../../src/bundle/archive/zip-format.ts';
import { disposableDirectory } from '../helpers/disposable.ts';

const directory = disposableDirectory('restage-zip-');
const path = join(directory, 'a.zip');

type Files = readonly (readonly [name: string, content: Uint8Array])[];

function archive(files: Files): Buffer {
  const chunks: Uint8Array[] = [];
  const zip = new ZipWriter((chunk) => chunks.push(Buffer.from(chunk)));
  for (const [name, content] of files) zip.add(name, content);
  zip.finish();
  return Buffer.concat(chunks);
}

function contents(bytes: Uint8Array): Files {
  writeFileSync(path, bytes);
  const zip = ZipReader.open(path);
  try {
    return zip.names.map((name) => [name, new Uint8Array(zip.read(name))]);
  } finally {
    zip.close();
  }
}

const SOME: Files = [
  ['bundle.json', Buffer.from('{"kind":"restage-bundle"}'.repeat(9))],
  ['objects/ab', Buffer.from([1, 2, 3])],
  ['lineage/001-a/state.json', Buffer.from('')],
];

/** An archive of one entry that says whatever it likes. */
function forged(change: Partial<ZipEntry>, stored: Uint8Array = Buffer.from('abc')): Buffer {
  const entry: ZipEntry = {
    ...{ name: 'a', crc: 0x352441c2, bytes: stored.length, stored: stored.length, method: METHOD.store, offset: 0 },
    ...change,
  };
  const local = Buffer.concat([localHeader(entry), stored]);
  const central = centralHeader(entry);
  return Buffer.concat([local, central, endOfArchive(1, { bytes: central.length, offset: local.length })]);
}

describe('archives', () => {
  test('give back any files, in their order, and are read by another program', () => {
    const name = fc
      .stringMatching(/^[a-z][a-z0-9]{0,8}(\/[a-z][a-z0-9]{0,8})?$/)
      .filter((each) => !/^(con|prn|aux|nul)/.test(each));
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(4000).map((length) => new Uint8Array(length)),
    );
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, content), { selector: ([each]) => each, maxLength: 6 }), (files) => {
        const bytes = archive(files);
        expect(contents(bytes)).toEqual(files.map(([each, bytesOf]) => [each, bytesOf]));
        if (files.length > 0) expect(Object.keys(unzipSync(bytes))).toEqual(files.map(([each]) => each));
      }),
      { numRuns: 60 },
    );
  });

  test('have the same bytes for the same files', () => {
    expect(archive(SOME).equals(archive(SOME))).toBe(true);
  });

  test('are refused or read the same whichever byte is changed, and wherever they are truncated', () => {
    const whole = archive(SOME);
    const before = JSON.stringify(SOME.map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')]));
    const told = (bytes: Uint8Array): string => {
      try {
        return JSON.stringify(contents(bytes).map(([name, each]) => [name, Buffer.from(each).toString('hex')]));
      } catch (error) {
        expect((error as { readonly code?: string }).code).toBe('BUNDLE');
        return before;
      }
    };
    for (let at = 0; at < whole.length; at++) {
      for (const mask of [1, 0x20, 0xff]) {
        const altered = Buffer.from(whole);
        altered[at]! ^= mask;
        expect(told(altered)).toBe(before);
      }
    }
    for (let length = 0; length < whole.length; length += 7)
      expect(() => contents(whole.subarray(0, length))).toThrow(/not a ZIP archive, or it is truncated|is not/);
  });

  test.for([
    ['a name that leads up', { name: '../a' }],
    ['a name that leads up further down', { name: 'x/../../a' }],
    ['an absolute name', { name: '/etc/passwd' }],
    ['a drive', { name: 'C:a' }],
    ['a backslash', { name: '..\\a' }],
    ['a folder', { name: 'a/' }],
    ['a device of Windows', { name: 'nul.txt' }],
    ['a name that ends with a dot', { name: 'a.' }],
    ['a hidden file', { name: '.npmrc' }],
    ['more content than it has', { bytes: 4 }],
    ['more bytes than it has', { stored: 4, bytes: 4 }],
    ['a method that nobody knows', { method: 12 as never }],
    ['another checksum', { crc: 1 }],
    ['another place', { offset: 1 }],
    ['ten megabytes out of three bytes', { bytes: 10_000_000, method: METHOD.deflate }],
  ] as const)('with %s are refused in one sentence', ([, change]) => {
    expect(() => contents(forged(change))).toThrow(
      /^\S+a\.zip is not a bundle as restage writes it, or it was changed: [^.]+(?:\.[^.]+)*; get it again from where it was made\.$/,
    );
  });

  test('with two files of one name, or of names that differ in case alone, are refused', () => {
    const files: Files = [
      ['a', Buffer.from('1')],
      ['b', Buffer.from('2')],
    ];
    for (const name of ['a', 'A']) {
      const bytes = archive(files);
      // The second name is in two headers.
      for (let at = bytes.indexOf('b2', 30, 'latin1'); at >= 0; at = -1) bytes.write(name, at, 'latin1');
      const second = bytes.lastIndexOf('b', undefined, 'latin1');
      bytes.write(name, second, 'latin1');
      expect(() => contents(bytes)).toThrow('two of its files are called');
    }
  });

  test('are refused with a link, a comment, an extra field or bytes behind their end', () => {
    const whole = forged({});
    const link = Buffer.from(whole);
    // External attributes of the only entry: a symbolic link.
    link.writeUInt32LE((0o120777 << 16) >>> 0, whole.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 38);
    const comment = Buffer.concat([whole.subarray(0, -2), Buffer.from([1, 0, 65])]);
    for (const bytes of [
      link,
      comment,
      Buffer.concat([whole, Buffer.from('more')]),
      Buffer.concat([Buffer.from('#!'), whole]),
    ])
      expect(() => contents(bytes)).toThrow('is not a bundle as restage writes it');
  });

  test('what shrinks too far is stored as it is, so that a reader need not trust it', () => {
    const zeros = new Uint8Array(100_000);
    expect(archive([['a', zeros]]).length).toBeGreaterThan(zeros.length);
    expect(Buffer.from(contents(archive([['a', zeros]]))[0]![1]).equals(zeros)).toBe(true);
  });
});

test('a folder and a file that is not there are no archives', () => {
  expect(() => ZipReader.open(directory)).toThrow('is not a file; name a bundle that restage made.');
  expect(() => ZipReader.open(join(directory, 'none.zip'))).toThrow(
    'none.zip cannot be read: it does not exist; check the path.',
  );
  expect(readFileSync(path).length).toBeGreaterThan(0);
});
