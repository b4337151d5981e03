/** Whether the terminal view can be shown, and should be where nobody asked for it. */
import { isInBackground } from './background.ts';
import { SMALLEST, type Size } from '../ink/layout.ts';

/**
 * Why not, in one clause; undefined if nothing stands in the way. What is `asked` for by name is shown in the smallest
 * terminal, and under continuous integration.
 * @param terminal undefined if the output is none
 */
export function terminalObstacle(
  terminal: Size | undefined,
  env: Readonly<Record<string, string | undefined>>,
  asked: boolean,
): string | undefined {
  if (terminal === undefined) return 'the output is no terminal';
  if (env['TERM'] === 'dumb') return 'the terminal is a dumb one (TERM=dumb)';
  if (isInBackground()) return 'the command runs in the background, where it may not take the terminal';
  if (asked) return undefined;
  if (isSet(env['CI']) || isSet(env['CONTINUOUS_INTEGRATION'])) return 'this is continuous integration';
  const { columns, rows } = terminal;
  return columns < SMALLEST.columns || rows < SMALLEST.rows ? `the terminal has ${columns}x${rows} only` : undefined;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}
