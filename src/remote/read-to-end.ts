/** Reads a blob to its end, though the place may break off on the way. */
import { setTimeout } from 'node:timers/promises';
import { RemoteError } from '../errors.ts';
import type { Place } from './places/contract.ts';

/**
 * So often in a row without a new byte, of a place that does not repeat calls by itself or of a stream that breaks off.
 */
const MOST_TRIES = 4;
const FIRST_PAUSE_MS = 100;

/**
 * @param bytes how many it should have; undefined if only the place knows, which then throws if some are missing
 * @param isOptional nothing is given of a blob that is not there
 * @throws RemoteError if the blob is not there, or breaks off again and again
 */
export async function* readToEnd(
  place: Place,
  key: string,
  bytes: number | undefined,
  signal?: AbortSignal,
  isOptional = false,
): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (let tries = 1; ; tries++) {
    let hasBegun = false;
    try {
      const chunks = await place.read(key, { from, ...(signal && { signal }) });
      hasBegun = true;
      if (chunks === undefined && isOptional) return;
      if (chunks === undefined)
        throw new RemoteError(
          'damaged',
          `${place.address} lacks ${key}, which an entry names; push again from a cache that has it.`,
        );
      for await (const chunk of chunks) {
        from += chunk.byteLength;
        if (chunk.byteLength > 0) tries = 1;
        yield chunk;
      }
      if (bytes === undefined || from >= bytes) return;
      throw new RemoteError('unreachable', `${place.address} broke off ${key} after ${from} of ${bytes} bytes.`);
    } catch (error) {
      const isPassing = error instanceof RemoteError && (error.failure === 'unreachable' || error.failure === 'busy');
      const wasRepeated = place.repeats && !hasBegun;
      if (!isPassing || wasRepeated || tries >= MOST_TRIES) throw error;
      await setTimeout(FIRST_PAUSE_MS * 2 ** (tries - 1), undefined, signal && { signal });
    }
  }
}
