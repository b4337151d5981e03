/** Ctrl-C of a verb that works for long: the first one asks it to end, the second leaves at once. */
import { EXIT } from '../../errors.ts';
import type { Io } from '../io/io.ts';
import { complain } from '../output/lines.ts';

export interface Interruption {
  readonly signal: AbortSignal;
  /** The second Ctrl-C: the process ends when this has been heard. */
  readonly leaving: AbortSignal;
  /** What Ctrl-C does, for keys that mean the same. */
  readonly interrupt: () => void;
  /** Asks the work to end, without a word. */
  readonly stop: () => void;
}

/**
 * @param sentence what is done about the first interrupt; undefined if something else tells it
 * @returns the exit code of the work, or that of an interrupt
 */
export async function interruptible(
  io: Io,
  sentence: () => string | undefined,
  work: (interruption: Interruption) => Promise<number>,
): Promise<number> {
  const controller = new AbortController();
  const { signal } = controller;
  const leaving = new AbortController();
  let leave: (code: number) => void = () => undefined;
  const left = new Promise<number>((resolve) => (leave = resolve));
  const stop = (): void => controller.abort();
  const interrupt = (): void => {
    if (signal.aborted) {
      leaving.abort();
      leave(EXIT.interrupted);
      return;
    }
    const told = sentence();
    if (told !== undefined) complain(io, `${told}; press Ctrl-C again to leave at once.`);
    stop();
  };
  const stopListening = io.onInterrupt(interrupt);
  try {
    return await Promise.race([work({ signal, leaving: leaving.signal, interrupt, stop }), left]);
  } finally {
    stopListening();
  }
}
