/** Parameters as given on the command line. This file is separate from params.ts because it needs no schema. */
import { UsageError } from '../../errors.ts';

/** One `-S path=value`. */
export interface Override {
  readonly path: string;
  readonly text: string;
}

/** Reads `path=value`. @throws UsageError */
export function parseOverride(argument: string): Override {
  const at = argument.indexOf('=');
  if (at <= 0)
    throw new UsageError(
      `-S ${argument} is not of the form path=value; write for example -S ${at === 0 ? `points${argument}` : `${argument}=10`}`,
    );
  return { path: argument.slice(0, at), text: argument.slice(at + 1) };
}
