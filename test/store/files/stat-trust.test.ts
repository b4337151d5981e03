import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { StatTrust } from '../../../src/store/files/stat-trust.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

const SECOND = 1_700_000_000_000_000_000n;
const stat = (ctimeNs: bigint, dev = 1n) => ({ ctimeNs, dev });
const trustOn = (type: number, platform: NodeJS.Platform = 'linux') => new StatTrust(() => type, platform);

describe("a file's stat tells its changes", () => {
  test.each([
    ['ext4', 0xef53, true],
    ['overlayfs', 0x794c7630, true],
    ['NFS', 0x6969, true],
    ['tmpfs', 0x01021994, true],
    ['squashfs', 0x73717368, false],
    ['erofs', 0xe0f5e1e2, false],
    // As a signed number, which some builds of Node give.
    ['erofs', 0xe0f5e1e2 | 0, false],
    ['iso9660', 0x9660, false],
    ['cramfs', 0x28cd3d45, false],
    ['UDF', 0x15013346, false],
    ['FUSE', 0x65735546, false],
  ])('on %s (%d): %s', (_, type, tells) => {
    expect(trustOn(type).tellsChanges('/data/file', stat(SECOND + 123n))).toBe(tells);
  });

  test('nowhere by a time in whole seconds', () => {
    for (const type of [0xef53, 0x794c7630, 0x6969])
      expect(trustOn(type).tellsChanges('/data/file', stat(SECOND))).toBe(false);
    expect(trustOn(26, 'darwin').tellsChanges('/data/file', stat(SECOND))).toBe(false);
  });

  test('on another system than Linux, where types have other numbers', () => {
    expect(trustOn(0x73717368, 'darwin').tellsChanges('/data/file', stat(SECOND + 123n))).toBe(true);
  });

  test('by the device that it lies on, which is asked once', () => {
    const asked: string[] = [];
    const trust = new StatTrust((path) => {
      asked.push(path);
      return path.startsWith('/image') ? 0x73717368 : 0xef53;
    }, 'linux');
    for (let i = 0; i < 3; i++) {
      expect(trust.tellsChanges('/image/a', stat(SECOND + 1n, 7n))).toBe(false);
      expect(trust.tellsChanges('/disk/a', stat(SECOND + 1n, 8n))).toBe(true);
    }
    expect(asked).toEqual(['/image/a', '/disk/a']);
  });

  test('not where the system does not say what it lies on', () => {
    const trust = new StatTrust(() => {
      throw new Error('ENOSYS');
    }, 'linux');
    expect(trust.tellsChanges('/data/file', stat(SECOND + 123n))).toBe(false);
  });

  test('where these tests run', () => {
    const path = join(temporaryDirectory(), 'file');
    writeFileSync(path, '1');
    expect(new StatTrust().tellsChanges(path, statSync(path, { bigint: true }))).toBe(true);
  });
});
