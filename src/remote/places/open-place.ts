/** From an address to the place that it names. What reaches a kind of place is loaded when one is opened. */
import { resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import type { Place } from './contract.ts';
import { s3Address } from './s3/address.ts';

interface AddressKind {
  readonly pattern: RegExp;
  /** As the settings keep it. @param cwd where a relative path starts */
  readonly absolute: (address: string, cwd: string) => string;
  /** @throws RemoteError */
  readonly open: (address: string) => Promise<Place>;
}

/** The first whose pattern fits. To add a kind of place, add its address here. */
const KINDS: readonly AddressKind[] = [
  {
    pattern: /^ssh:\/\//i,
    absolute: (address) => address,
    open: async (address) => new (await import('./ssh-place.ts')).SshPlace(address),
  },
  {
    pattern: /^s3:\/\//i,
    absolute: (address) => s3Address(address).text,
    open: async (address) => new (await import('./s3/s3-place.ts')).S3Place(address, process.env),
  },
  {
    // Anything without a scheme.
    pattern: /^(?![a-z][a-z0-9+.-]*:\/\/)/i,
    absolute: (address, cwd) => resolve(cwd, unambiguous(address)),
    open: async (address) => new (await import('./directory-place.ts')).DirectoryPlace(address),
  },
];

/** The address from wherever the command is given. @throws UsageError for one of no kind that restage has */
export function absoluteAddress(address: string, cwd: string): string {
  return kindOf(address).absolute(address, cwd);
}

/** @param address an absolute one. @throws UsageError, RemoteError */
export async function openPlace(address: string): Promise<Place> {
  return kindOf(address).open(address);
}

/** Other tools take `host:path` for a directory behind ssh; a drive of Windows has one letter. @throws UsageError */
function unambiguous(directory: string): string {
  if (!/^[^/\\:]{2,}:/.test(directory)) return directory;
  throw new UsageError(
    'The address can mean a directory behind ssh or one of this machine; write ssh://user@host/path with the path from the root, or begin it with ./ for a directory here.',
  );
}

function kindOf(address: string): AddressKind {
  // It goes into sentences, and a URL loses some of these without a word.
  if (/\p{Cc}/u.test(address))
    throw new UsageError('The address holds a line break or another character that cannot be seen; write it without.');
  const kind = KINDS.find(({ pattern }) => pattern.test(address));
  if (kind !== undefined) return kind;
  const scheme = address.slice(0, address.indexOf('://') + 3);
  throw new UsageError(
    `No place of a remote has an address that begins with ${scheme}; give a directory, ssh://user@host/path or s3://bucket/folder.`,
  );
}
