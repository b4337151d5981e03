import { expect, test } from 'vitest';
import { fileSystemKind } from '../../../src/store/files/file-system.ts';

test.each([
  [0xef53, 'linux', 'ext4', 'no'],
  [0x6969, 'linux', 'NFS', 'yes'],
  // As a signed number, which some builds of Node give.
  [0xff534d42 | 0, 'linux', 'CIFS', 'yes'],
  [0x65735546, 'linux', 'FUSE', 'maybe'],
  [0x1234, 'linux', '0x1234', 'no'],
  // Linux's number of NFS is some other system's on a Mac.
  [0x6969, 'darwin', 'unknown', 'maybe'],
  [26, 'darwin', 'unknown', 'maybe'],
] as const)('the type %d on %s is %s; a network file system: %s', (type, platform, name, network) => {
  expect(fileSystemKind(type, platform)).toEqual({ name, network });
});
