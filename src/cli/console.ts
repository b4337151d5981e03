/**
 * Standard output is restage's own, and what `--json` prints there is read by programs: whatever a pipeline's file says
 * with `console` while it is loaded goes to standard error. What stages say goes to their logs, before it comes here.
 */
import { format, inspect, type InspectOptions } from 'node:util';
import { writeError } from './output.ts';

export function consoleToStandardError(): void {
  const say = (...values: readonly unknown[]): void => writeError(`${format(...values)}\n`);
  // The others, such as table and group, are made of these; a closed standard error is no error here.
  for (const method of ['log', 'info', 'debug', 'warn', 'error'] as const) console[method] = say;
  console.dir = (value: unknown, options?: InspectOptions) => say(inspect(value, options));
}
