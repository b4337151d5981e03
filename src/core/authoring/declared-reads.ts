/** The files and folders that a stage declares to read by itself, by path relative to its project. */
import { posix } from 'node:path';
import { DefinitionError } from '../../errors.ts';

/** The paths in one form, sorted. @throws DefinitionError */
export function declaredReads(stage: string, reads: unknown): readonly string[] {
  if (reads === undefined) return [];
  if (!Array.isArray(reads))
    throw new DefinitionError(`Stage ${stage} declares reads that are not a list; ${EXAMPLE}.`);
  return [...new Set(reads.map((path: unknown) => normal(stage, path)))].sort();
}

function normal(stage: string, path: unknown): string {
  if (typeof path !== 'string' || path === '')
    throw new DefinitionError(`Stage ${stage} declares to read something that is not a path; ${EXAMPLE}.`);
  const plain = posix.normalize(path.replaceAll('\\', '/'));
  if (plain.startsWith('/') || /^[A-Za-z]:/.test(plain))
    throw new DefinitionError(
      `Stage ${stage} declares to read ${path}, which is not the same on every machine; give a path relative to the project, or wire the file in as an input.`,
    );
  return plain.replace(/(?<=.)\/$/, '');
}

const EXAMPLE = "name files and folders relative to the project, such as reads: ['calibration.json']";
