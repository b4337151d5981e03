/**
 * Standard output is restage's own, and programs read what `--json` prints there. So whatever a pipeline's file prints
 * while it loads goes to standard error, and so does what a stage in this process writes to the stream. What stages
 * print with `console` goes to their logs before it comes here. On a terminal the stream stays, for the view.
 */
import { isatty } from 'node:tty';
import { format, inspect, type InspectOptions } from 'node:util';
import type { Io } from './io.ts';

export function consoleToStandardError({ writeError }: Pick<Io, 'writeError'>): void {
  const say = (...values: readonly unknown[]): void => writeError(`${format(...values)}\n`);
  // The other methods, such as table and group, call these.
  for (const method of ['log', 'info', 'debug', 'warn', 'error'] as const) console[method] = say;
  console.dir = (value: unknown, options?: InspectOptions) => say(inspect(value, options));
  // Restage itself writes to the descriptor: see `processIo`.
  if (!isatty(1)) process.stdout.write = process.stderr.write.bind(process.stderr);
}
