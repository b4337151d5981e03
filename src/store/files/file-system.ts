/**
 * The kind of file system that a directory lies on, as statfs(2) tells it on Linux; elsewhere its numbers mean other
 * things.
 */
import { statfsSync } from 'node:fs';

interface FileSystem {
  /** Such as `ext4`; its number in hexadecimal if it is unusual; `unknown` where the system does not say. */
  readonly name: string;
  /**
   * SQLite's write-ahead log does not work on a network file system between hosts; behind FUSE may be one, or a local
   * one.
   */
  readonly network: 'yes' | 'no' | 'maybe';
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** @throws the file system's own error */
export function fileSystemOf(directory: string): FileSystem {
  const { type, bsize, bavail, blocks } = statfsSync(directory);
  return { ...fileSystemKind(type, process.platform), freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/** What the type's number means on a platform. */
export function fileSystemKind(type: number, platform: NodeJS.Platform): Pick<FileSystem, 'name' | 'network'> {
  if (platform !== 'linux') return { name: 'unknown', network: 'maybe' };
  const magic = type >>> 0;
  const network = NETWORK.get(magic);
  if (network !== undefined) return { name: network, network: 'yes' };
  if (magic === FUSE) return { name: 'FUSE', network: 'maybe' };
  return { name: LOCAL.get(magic) ?? IMAGES.get(magic) ?? `0x${magic.toString(16)}`, network: 'no' };
}

/** True where the directory lies on a file system on which SQLite's write-ahead log does not work between hosts. */
export function isNetworkFileSystem(directory: string): boolean {
  return fileSystemOf(directory).network === 'yes';
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

const FUSE = 0x65735546;

/** Image formats. The times of their files are what was written into the image; the kernel never sets them. */
const IMAGES: ReadonlyMap<number, string> = new Map([
  [0x73717368, 'squashfs'],
  [0xe0f5e1e2, 'erofs'],
  [0x9660, 'iso9660'],
  [0x28cd3d45, 'cramfs'],
  [0x7275, 'romfs'],
  [0x15013346, 'UDF'],
]);

/**
 * Whether the kernel itself stamps each change of a file (`ctime`). It does not in an image, and behind FUSE a program
 * answers what it likes. Where the system does not say, the stamps themselves must tell.
 */
export function stampsChanges(type: number, platform: NodeJS.Platform): boolean {
  if (platform !== 'linux') return true;
  const magic = type >>> 0;
  return magic !== FUSE && !IMAGES.has(magic);
}

const LOCAL: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'XFS'],
  [0x9123683e, 'Btrfs'],
  [0x2fc12fc1, 'ZFS'],
  [0x794c7630, 'overlayfs'],
  [0x01021994, 'tmpfs'],
]);
