/**
 * Standard output is restage's own, and programs read what `--json` prints there. So whatever a pipeline's file prints with
 * `console` while it loads goes to standard error. What stages print goes to their logs before it comes here.
 */
import { format, inspect, type InspectOptions } from 'node:util';
import type { Io } from './io.ts';

export function consoleToStandardError({ writeError }: Pick<Io, 'writeError'>): void {
  const say = (...values: readonly unknown[]): void => writeError(`${format(...values)}\n`);
  // The other methods, such as table and group, call these.
  for (const method of ['log', 'info', 'debug', 'warn', 'error'] as const) console[method] = say;
  console.dir = (value: unknown, options?: InspectOptions) => say(inspect(value, options));
}
