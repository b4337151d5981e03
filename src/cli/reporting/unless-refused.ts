/** What a command ends with if its output could not be written. An error of the command itself counts more. */
import type { StandardOutputError } from '../../errors.ts';

/** @throws StandardOutputError where there is one */
export function unlessRefused(code: number, refusal: StandardOutputError | undefined): number {
  if (refusal !== undefined) throw refusal;
  return code;
}
