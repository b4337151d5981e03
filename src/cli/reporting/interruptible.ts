/** Ctrl-C of a verb that works for long: the first one asks it to end, the second leaves at once. */
import { EXIT } from '../../errors.ts';
import type { Io } from '../io/io.ts';

/** @param sentence what is done about the first interrupt */
export async function interruptible(
  io: Io,
  sentence: string,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const controller = new AbortController();
  let leave: (code: number) => void = () => undefined;
  const left = new Promise<number>((resolve) => (leave = resolve));
  const stopListening = io.onInterrupt(() => {
    if (controller.signal.aborted) leave(EXIT.interrupted);
    else io.writeError(`restage: ${sentence}; press Ctrl-C again to leave at once.\n`);
    controller.abort();
  });
  try {
    return await Promise.race([work(controller.signal), left]);
  } finally {
    stopListening();
  }
}
