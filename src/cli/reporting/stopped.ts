/** Work that an interrupt ends by an error of the signal, as an exit code. */
import { EXIT } from '../../errors.ts';

export async function stopped(signal: AbortSignal, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted && (error === signal.reason || (error as Error).name === 'AbortError')) return EXIT.interrupted;
    throw error;
  }
}
