/** Errors that the pipeline's own code throws while it is imported or built, as one sentence with its place. */
import { errorSentence, isError, memberOf, shown } from '../../core/diagnostics/thrown.ts';
import { DefinitionError, isRestageError } from '../../errors.ts';
import type { Project } from '../request/project.ts';

/**
 * Calls code of the pipeline's author. An error that is not restage's is the author's. @throws DefinitionError
 */
export function byAuthor<T>(project: Project, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (isRestageError(error)) throw error;
    const what = isError(error) ? named(errorSentence(error)) : shown(error);
    const file = isError(error)
      ? /^\s+at .*?([^\s(]+:\d+):\d+\)?$/m.exec(String(memberOf(error, 'stack')))?.[1]
      : undefined;
    const place = file === undefined ? '' : ` (${file.replace(/^file:\/\//, '')})`;
    throw new DefinitionError(
      `The pipeline ${project.source} cannot be built, since its own code throws ${what}${place}.`,
      { cause: error },
    );
  }
}

/** `Error: it went wrong`: the sentence of a plain error has no name of its own. */
function named(sentence: string): string {
  return /^\w*Error\b/.test(sentence) ? sentence : `Error: ${sentence}`;
}
