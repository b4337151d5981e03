/** How long synchronous work stays open to the outside: it pauses between its parts. */

/**
 * Lets messages, timers and signals through, which synchronous work would block.
 *
 * @throws the signal's reason when aborted.
 */
export async function pause(signal?: AbortSignal): Promise<void> {
  await new Promise((resume) => setImmediate(resume));
  signal?.throwIfAborted();
}
