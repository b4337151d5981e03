/** A file that a batch system's command reads when it takes a job, in the directory of the job's unit. */
import { writeFileSync } from 'node:fs';
import { CacheError } from '../../errors.ts';
import { storageError } from '../../store/files/storage-error.ts';
import type { JobRequest } from './contract.ts';
import type { Submission } from './submission.ts';

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
    const told = storageError(error, 'What a job is to do', directory);
    if (told instanceof CacheError) return { type: 'unwritten', error: told };
    throw told;
  }
}
