/** Several calls at once, and no more after one of them failed. */
import { setMaxListeners } from 'node:events';

/**
 * Does the work for each item, `width` of them at a time. After a failure no other item is begun, and the signal asks
 * those under way to stop.
 * @throws what the first failure threw, once all calls have come to an end
 */
export async function inLanes<T>(
  items: Iterable<T>,
  width: number,
  work: (item: T, signal: AbortSignal) => Promise<void>,
  outer?: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const signal = outer === undefined ? failed.signal : AbortSignal.any([failed.signal, outer]);
  // Each lane listens, and Node takes more than ten listeners for a mistake.
  setMaxListeners(0, signal);
  let failure: { readonly error: unknown } | undefined;
  const rest = items[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (let next = rest.next(); next.done !== true && !signal.aborted; next = rest.next()) {
      try {
        await work(next.value, signal);
      } catch (error) {
        failure ??= { error };
        failed.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, width) }, lane));
  if (failure !== undefined) throw failure.error;
  outer?.throwIfAborted();
}
