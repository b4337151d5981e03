/** Whether a word names a pipeline's file or folder, rather than something on record. */
import { resolve } from 'node:path';
import { entryIn } from '../../planning/request/find-pipelines.ts';
import type { Io } from '../io/io.ts';

export function isPipelinePath({ cwd }: Io, word: string): boolean {
  return entryIn(resolve(cwd, word)) !== undefined || /\.[mc]?[jt]sx?$/.test(word);
}
