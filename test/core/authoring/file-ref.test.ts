import { describe, expect, test } from 'vitest';
import { remoteFile, type RemoteFileOptions } from '../../../src/core/authoring/file-ref.ts';
import { DefinitionError } from '../../../src/errors.ts';

const GOOD: RemoteFileOptions = { url: 'https://example.org/a.csv', sha256: 'ab'.repeat(32), bytes: 5 };

describe('a remote file', () => {
  test('is its address with the pinned digest and length of its content', () => {
    const { file, remote } = remoteFile({ ...GOOD, sha256: GOOD.sha256.toUpperCase() });
    expect(file).toBe(GOOD.url);
    expect(remote).toMatchObject({ sha256: GOOD.sha256, bytes: 5, encoding: 'identity' });
  });

  test.each([
    [{ url: 'example.org/a.csv' }, /has no valid address/],
    [{ url: 'ftp://example.org/a.csv' }, /cannot be fetched over ftp/],
    [{ url: 'https://me:secret@example.org/a' }, /at example\.org contains a user name or password/],
    [{ sha256: 'abc' }, /has no valid sha256; give the 64 hexadecimal digits/],
    [{ bytes: -1 }, /has -1 as its length/],
    [{ bytes: 1.5 }, /has 1\.5 as its length/],
  ])('with %j is refused', (change, expected) => {
    const declare = (): unknown => remoteFile({ ...GOOD, ...change });
    expect(declare).toThrow(DefinitionError);
    expect(declare).toThrow(expected);
    expect(declare).not.toThrow(/secret/);
  });
});
