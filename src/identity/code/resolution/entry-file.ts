/** The real path of the pipeline's file, with links resolved. */
import { realpathSync } from 'node:fs';
import { UsageError } from '../../../errors.ts';

/** @throws UsageError */
export function realEntry(entryFile: string): string {
  try {
    return realpathSync(entryFile);
  } catch (cause) {
    throw new UsageError(`There is no file ${entryFile}; name the pipeline's file.`, { cause });
  }
}
