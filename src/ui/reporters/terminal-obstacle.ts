/** Whether the terminal view can be shown, and whether it should be where the user did not ask for it. */
import { SMALLEST } from '../ink/layout.ts';
import { isInBackground } from '../terminal/background.ts';
import type { Size } from '../terminal/size.ts';

/**
 * Why the view cannot be shown, in one clause; undefined if it can. A view that is `asked` for by name is shown in any
 * terminal, however small, and in continuous integration.
 * @param terminal undefined if the output is not a terminal
 */
export function terminalObstacle(
  terminal: Size | undefined,
  env: Readonly<Record<string, string | undefined>>,
  asked: boolean,
): string | undefined {
  if (terminal === undefined) return 'the output is not a terminal';
  if (env['TERM'] === 'dumb') return 'the terminal is dumb (TERM=dumb)';
  if (isInBackground()) return 'the command runs in the background of its terminal';
  if (asked) return undefined;
  if (isSet(env['CI']) || isSet(env['CONTINUOUS_INTEGRATION'])) return 'this is continuous integration';
  const { columns, rows } = terminal;
  return columns < SMALLEST.columns || rows < SMALLEST.rows
    ? `the terminal has only ${columns}x${rows} cells`
    : undefined;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}
