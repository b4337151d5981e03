/** The kind of file system that a directory lies on, as statfs(2) tells it on Linux. */
import { statfsSync } from 'node:fs';

interface FileSystem {
  /** Such as `ext4`; its number in hexadecimal where it is none of the usual ones. */
  readonly name: string;
  /** SQLite's write-ahead log does not work on it between hosts. */
  readonly network: boolean;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** @throws the file system's own error */
export function fileSystemOf(directory: string): FileSystem {
  const { type, bsize, bavail, blocks } = statfsSync(directory);
  const magic = type >>> 0;
  const network = NETWORK.get(magic);
  return {
    name: network ?? LOCAL.get(magic) ?? `0x${magic.toString(16)}`,
    network: network !== undefined,
    freeBytes: bavail * bsize,
    totalBytes: blocks * bsize,
  };
}

/** True where the directory lies on a file system on which SQLite's write-ahead log does not work between hosts. */
export function isNetworkFileSystem(directory: string): boolean {
  return fileSystemOf(directory).network;
}

const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB2'],
  [0xff534d42, 'CIFS'],
  [0x5346414f, 'AFS'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x00c36400, 'Ceph'],
]);

const LOCAL: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'XFS'],
  [0x9123683e, 'Btrfs'],
  [0x2fc12fc1, 'ZFS'],
  [0x794c7630, 'overlayfs'],
  [0x01021994, 'tmpfs'],
  [0x65735546, 'FUSE'],
]);
