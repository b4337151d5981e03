/** The remote that a command line means, opened for as long as its work takes. */
import { openPlace } from '../../remote/places/open-place.ts';
import { Remote } from '../../remote/remote.ts';
import { remoteNamed } from '../../remote/settings.ts';
import type { Place } from '../../remote/places/contract.ts';

/** @param name undefined for the only one. @throws UsageError, RemoteError */
export async function withRemoteToRead<T>(
  cacheDirectory: string,
  name: string | undefined,
  work: (remote: Remote) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return opened(cacheDirectory, name, async (place) => work(await Remote.toRead(place, signal)));
}

/** As `withRemoteToRead`; an empty place becomes a remote. @throws UsageError, RemoteError */
export async function withRemoteToWrite<T>(
  cacheDirectory: string,
  name: string | undefined,
  work: (remote: Remote) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  return opened(cacheDirectory, name, async (place) => work(await Remote.toWrite(place, signal)));
}

async function opened<T>(
  cacheDirectory: string,
  name: string | undefined,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  const place = await openPlace(remoteNamed(cacheDirectory, name).address);
  try {
    return await work(place);
  } finally {
    await place.close();
  }
}
