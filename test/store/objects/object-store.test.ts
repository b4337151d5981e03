import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { ArtifactCorruptError, CacheError } from '../../../src/errors.ts';
import { storageError } from '../../../src/store/files/storage-error.ts';
import { ObjectStore, objectsInWriting } from '../../../src/store/objects/object-store.ts';
import { unwritableDirectory, WRITABLE } from '../../helpers/unwritable.ts';
import { sample } from './sample.ts';

let directory: string;
let store: ObjectStore;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'restage-objects-'));
  store = new ObjectStore(directory);
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function flipBit(path: string): void {
  const bytes = readFileSync(path);
  bytes[1000]! ^= 1;
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
}

describe('put and read', () => {
  test('the bytes of all chunks are stored under the digest of the whole, read-only', () => {
    const bytes = sample();
    const stored = store.put([bytes.subarray(0, 10), new Uint8Array(0), bytes.subarray(10)]);
    expect(stored).toEqual({ digest: sha256(bytes), bytes: bytes.length });
    const path = store.path(stored.digest);
    expect(path).toBe(join(directory, 'objects', stored.digest.slice(0, 2), stored.digest.slice(2)));
    expect(statSync(path).mode & 0o222).toBe(0);
    expect(Buffer.compare(store.read(stored.digest, stored.bytes, { verify: true }), bytes)).toBe(0);
    expect(readdirSync(objectsInWriting(directory))).toEqual([]);
  });

  test('what is read starts its own buffer, so that doubles can share it', () => {
    const { digest, bytes } = store.put([new Uint8Array(new Float64Array([1.5, -2]).buffer)]);
    const read = store.read(digest, bytes);
    expect(new Float64Array(read.buffer, read.byteOffset, 2)).toEqual(new Float64Array([1.5, -2]));
  });

  test('an empty value is an object like any other', () => {
    const { digest, bytes } = store.put([]);
    expect(bytes).toBe(0);
    expect(store.read(digest, 0, { verify: true })).toHaveLength(0);
  });

  test('storing the same bytes again leaves the file that is there alone', () => {
    const { digest } = store.put([sample()]);
    const whenWritten = () => {
      const { ino, mtimeNs, ctimeNs } = statSync(store.path(digest), { bigint: true });
      return { ino, mtimeNs, ctimeNs };
    };
    const before = whenWritten();
    store.put([sample()]);
    expect(whenWritten()).toEqual(before);
  });

  test('a shard that somebody deleted is made again', () => {
    const { digest } = store.put([sample()]);
    rmSync(join(directory, 'objects'), { recursive: true });
    expect(store.put([sample()]).digest).toBe(digest);
    expect(store.isIntact(digest, 1 << 20)).toBe(true);
  });
});

describe('damage', () => {
  test('a truncated object counts as missing, is refused with one sentence, and is healed by the next put', () => {
    const { digest, bytes } = store.put([sample()]);
    chmodSync(store.path(digest), 0o644);
    truncateSync(store.path(digest), 777);
    expect(store.has(digest, bytes)).toBe(false);
    expect(() => store.read(digest, bytes)).toThrow(ArtifactCorruptError);
    expect(() => store.read(digest, bytes)).toThrow(/ has 777 bytes where 1048576 were stored; run again/);
    store.put([sample()]);
    expect(store.isIntact(digest, bytes)).toBe(true);
  });

  test('a longer object is as damaged as a shorter one', () => {
    const { digest, bytes } = store.put([sample()]);
    chmodSync(store.path(digest), 0o644);
    appendFileSync(store.path(digest), 'x');
    expect(() => store.read(digest, bytes)).toThrow(ArtifactCorruptError);
    store.put([sample()]);
    expect(store.isIntact(digest, bytes)).toBe(true);
  });

  test('a flipped bit is found by its digest, removed as damage, and healed by the next put', () => {
    const { digest, bytes } = store.put([sample()]);
    expect(store.removeDamaged(digest)).toBe(false);
    flipBit(store.path(digest));
    expect(store.has(digest, bytes)).toBe(true);
    expect(store.isIntact(digest, bytes)).toBe(false);
    expect(() => store.read(digest, bytes, { verify: true })).toThrow(/does not hold what was stored/);
    expect(store.removeDamaged(digest)).toBe(true);
    expect(store.has(digest, bytes)).toBe(false);
    store.put([sample()]);
    expect(store.isIntact(digest, bytes)).toBe(true);
  });

  test('a missing object is refused with one sentence that names it', () => {
    const digest = sha256('nothing');
    expect(() => store.read(digest, 7)).toThrow(new RegExp(`artifact ${digest.slice(0, 8)} at .* is missing`));
    expect(store.isIntact(digest, 7)).toBe(false);
  });
});

describe('a damaged object', () => {
  test('of the right length is replaced by the next put of its bytes', () => {
    const { digest, bytes } = store.put([sample()]);
    const path = store.path(digest);
    chmodSync(path, 0o644);
    const damaged = Buffer.from(readFileSync(path));
    damaged[7]! ^= 1;
    writeFileSync(path, damaged);
    expect(store.isIntact(digest, bytes)).toBe(false);
    store.put([sample()]);
    expect(store.isIntact(digest, bytes)).toBe(true);
  });
});

describe('a directory of objects on another disk', () => {
  const other = '/dev/shm';
  const isOther = existsSync(other) && statSync(other).dev !== statSync(tmpdir()).dev;

  test.skipIf(!isOther)(
    'that the cache links to works like one of its own (needs /dev/shm on a disk of its own)',
    () => {
      const elsewhere = mkdtempSync(join(other, 'restage-objects-'));
      try {
        symlinkSync(elsewhere, join(directory, 'objects'));
        const { digest, bytes } = store.put([sample()]);
        expect(store.isIntact(digest, bytes)).toBe(true);
        expect(readdirSync(elsewhere).sort()).toEqual(['CACHEDIR.TAG', digest.slice(0, 2), 'tmp'].sort());
      } finally {
        rmSync(elsewhere, { recursive: true });
      }
    },
  );
});

describe('housekeeping', () => {
  test('list tells every object and nothing else', () => {
    const digests = [1, 2, 3].map((seed) => store.put([sample(seed)]).digest);
    const shard = join(directory, 'objects', digests[0]!.slice(0, 2));
    writeFileSync(join(shard, 'README'), '');
    mkdirSync(join(directory, 'objects', 'zz'));
    expect([...store.list()].map(({ digest }) => digest).sort()).toEqual([...digests].sort());
    for (const { bytes } of store.list()) expect(bytes).toBe(1 << 20);
    store.remove(digests[0]!);
    store.remove(digests[0]!);
    expect([...store.list()]).toHaveLength(2);
    expect([...new ObjectStore(join(directory, 'none')).list()]).toEqual([]);
  });

  test('sync accepts what is there, in any number, and names what is not', async () => {
    const digests = Array.from({ length: 20 }, (_, seed) => store.put([sample(seed).subarray(0, 5000)]).digest);
    await store.sync([...digests, ...digests]);
    await store.sync([]);
    await expect(store.sync([sha256('nothing')])).rejects.toThrow(/artifact .* is missing/);
  });

  test('backup tools are told to leave the objects out, but not the record beside them', () => {
    store.put([sample()]);
    expect(readFileSync(join(directory, 'objects', 'CACHEDIR.TAG'), 'latin1')).toMatch(
      /^Signature: 8a477f597d28d172789f06886806bc55/,
    );
    expect(existsSync(join(directory, 'CACHEDIR.TAG'))).toBe(false);
  });
});

describe('trouble with the file system is one sentence', () => {
  test('where the directory is not writable', ({ skip }) => {
    const locked = unwritableDirectory(directory);
    if (locked === undefined) skip(WRITABLE);
    else {
      const failing = (): unknown => new ObjectStore(locked.directory).put([sample()]);
      expect(failing).toThrow(CacheError);
      expect(failing).toThrow(
        new RegExp(
          `^An artifact of 1048576 bytes could not be written to the cache .*: ${locked.why}; [^.]* \\(E\\w+\\)\\.$`,
        ),
      );
      locked.unlock();
    }
  });

  test('where a file stands in the way', () => {
    writeFileSync(join(directory, 'objects'), '');
    expect(() => store.put([sample()])).toThrow(/a file stands where a directory should/);
  });

  test('where the disk is full', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const error = storageError(full, 'An artifact of 7 bytes', '/cache');
    expect(error).toBeInstanceOf(CacheError);
    expect((error as Error).message).toBe(
      'An artifact of 7 bytes could not be written to the cache /cache: there is no space left; free some, or use another cache directory (ENOSPC).',
    );
  });
});
