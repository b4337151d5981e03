/** Whether two hosts that make the same file at the same time make it once. */
import { messageOf } from '../../../core/diagnostics/thrown.ts';
import { systemErrorMeaning } from '../../../core/diagnostics/errno.ts';
import { writeOnce } from '../../../store/files/shared-file.ts';
import { probeFile, RACES } from './probe-directory.ts';

export interface Raced {
  readonly won: readonly number[];
  readonly noLinks: string | null;
}

/** @param order the other side takes the other one, so that both meet somewhere, and each finds files of the other */
export async function race(directory: string, who: string, order: 'up' | 'down'): Promise<Raced> {
  const won: number[] = [];
  for (let step = 0; step < RACES; step++) {
    const at = order === 'up' ? step : RACES - 1 - step;
    try {
      if (writeOnce(probeFile(directory, `${at}.race`), Buffer.from(who))) won.push(at);
    } catch (error) {
      return { won, noLinks: causeOf(error) };
    }
    // The other side has its turn, also where both are processes of one processor.
    await new Promise(setImmediate);
  }
  return { won, noLinks: null };
}

/** Why something could not be done to a file, in a clause. */
export function causeOf(error: unknown): string {
  return systemErrorMeaning(error)?.cause ?? messageOf(error as Error);
}
