/** Errors that the pipeline's own code throws while it is imported or built, as one sentence with its place. */
import { inspect } from 'node:util';
import { DefinitionError } from '../../errors.ts';
import type { Project } from '../request/project.ts';

/**
 * Calls code of the pipeline's author. An error without one of restage's codes is the author's. @throws DefinitionError
 */
export function byAuthor<T>(project: Project, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && 'exitCode' in error) throw error;
    const what = error instanceof Error ? `${error.name}: ${error.message.split('\n', 1)[0]!}` : inspect(error);
    const file = error instanceof Error ? /^\s+at .*?([^\s(]+:\d+):\d+\)?$/m.exec(error.stack ?? '')?.[1] : undefined;
    const place = file === undefined ? '' : ` (${file.replace(/^file:\/\//, '')})`;
    throw new DefinitionError(
      `The pipeline ${project.source} cannot be built, since its own code throws ${what}${place}.`,
      { cause: error },
    );
  }
}
