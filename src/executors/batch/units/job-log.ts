/** What a job said before and after its tasks, and what its system says of it. */
import { readIfThere } from '../../../store/files/shared-file.ts';
import type { UnitDirectory } from './unit-directory.ts';

/** Empty if the job has said nothing, or what it said cannot be read. */
export function lastLineOf({ log }: UnitDirectory): string {
  let text: string;
  try {
    text = readIfThere(log)?.toString() ?? '';
  } catch {
    return '';
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.at(-1)?.trim() ?? '';
}
