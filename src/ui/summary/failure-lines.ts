/**
 * A failure of a node in lines, the same wherever it is told: the sentence, and where in the author's sources it came
 * from.
 */
import type { Failure } from '../../events.ts';
import { stackFrames, stackLines } from '../model/failure-place.ts';
import { plainLine } from '../text/cells.ts';
import type { Style } from '../text/style.ts';
import { wrapText } from '../text/wrap.ts';

const MOST_FRAMES = 6;
const INDENT = 4;

interface NodeFailure {
  readonly node: string;
  readonly failure: Failure;
}

interface Look {
  readonly style: Style;
  readonly width: number;
  /** Paths below it are written relative to it. */
  readonly directory: string;
}

/** @param most frames of the stack */
export function failureLines({ node, failure }: NodeFailure, look: Look, most = MOST_FRAMES): readonly string[] {
  return lines(node, failure.class, failure, stackFrames(failure, look.directory).slice(0, most), look);
}

/** The same with how its process ended, the whole stack, and the errors that caused it. */
export function wholeFailureLines({ node, failure }: NodeFailure, look: Look): readonly string[] {
  return lines(node, `${failure.class}${endOf(failure)}`, failure, stackLines(failure, look.directory), look);
}

function lines(
  node: string,
  kind: string,
  { message }: Failure,
  places: readonly string[],
  { style, width }: Look,
): readonly string[] {
  const [first = '', ...more] = wrapText(`failed ${node} (${kind}): ${plainLine(message)}`, width, INDENT);
  return [
    first.replace(`failed ${node}`, () => `${style.red('failed')} ${style.bold(node)}`),
    ...more,
    ...places.flatMap((place) =>
      wrapText(`${' '.repeat(INDENT)}${plainLine(place)}`, width, 2 * INDENT).map(style.dim),
    ),
  ];
}

function endOf({ exitCode, signal }: Failure): string {
  if (signal !== null) return `, ${signal}`;
  return exitCode === null ? '' : `, exit code ${exitCode}`;
}
