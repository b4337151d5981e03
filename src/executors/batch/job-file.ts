/** A file that a batch system's command reads when it takes a job, in the directory of the job's unit. */
import { writeFileSync } from 'node:fs';
import { messageOf } from '../../core/diagnostics/thrown.ts';
import { storageError } from '../../store/files/storage-error.ts';
import type { JobRequest, Submission } from './contract.ts';

/** Undefined once it is written, and else the answer to the request. */
export function writeJobFile(
  { directory }: JobRequest,
  path: string,
  text: string,
  mode: number,
): Submission | undefined {
  try {
    writeFileSync(path, text, { mode });
    return undefined;
  } catch (error) {
    return { type: 'refused', reason: messageOf(storageError(error, 'What a job is to do', directory) as Error) };
  }
}
