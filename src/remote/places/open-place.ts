/** From an address to the place that it names. What reaches a kind of place is loaded when one is opened. */
import { isAbsolute } from 'node:path';
import { UsageError } from '../../errors.ts';
import type { Place } from './contract.ts';

export type AddressKind = 'directory';

/** @throws UsageError for an address of no kind that restage knows */
export function addressKind(address: string): AddressKind {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(address)?.[0];
  if (scheme !== undefined)
    throw new UsageError(`No place of a remote has an address that begins with ${scheme}; give a directory.`);
  return 'directory';
}

/** @param address of a directory, absolute. @throws UsageError, RemoteError */
export async function openPlace(address: string): Promise<Place> {
  switch (addressKind(address)) {
    case 'directory': {
      if (!isAbsolute(address)) throw new Error(`internal error: the directory ${address} of a remote is relative`);
      const { DirectoryPlace } = await import('./directory-place.ts');
      return new DirectoryPlace(address);
    }
  }
}
