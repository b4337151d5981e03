/** NDJSON: each event as one line when it happens, and the report, of type `run-report`, as the last line. */
import type { Reporter } from './reporter.ts';

export function jsonReporter(write: (text: string) => void): Reporter {
  return {
    event: (event) => write(`${JSON.stringify(event)}\n`),
    finish: (report) => write(`${JSON.stringify({ type: 'run-report', ...report })}\n`),
  };
}
