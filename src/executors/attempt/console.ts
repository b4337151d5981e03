/**
 * Console lines of stages that execute in this process. They go to the attempt's log, as a worker's lines do.
 *
 * Only `console` is intercepted, not the standard streams: those belong to the terminal view. Lines from any other code
 * pass through unchanged.
 */
import { format } from 'node:util';
import { currentRun } from './current-run.ts';

const METHODS = { log: 'stdout', info: 'stdout', debug: 'stdout', warn: 'stderr', error: 'stderr' } as const;
let isCaptured = false;

export function captureConsole(): void {
  if (isCaptured) return;
  isCaptured = true;
  for (const [method, stream] of Object.entries(METHODS)) {
    const name = method as keyof typeof METHODS;
    const original = console[name].bind(console);
    console[name] = (...values: unknown[]) => {
      const run = currentRun.getStore();
      if (run === undefined) original(...values);
      else for (const line of format(...values).split('\n')) run.log(stream, line);
    };
  }
}
