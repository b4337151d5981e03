/**
 * NDJSON: each event as one line when it happens, and the report, of type `run-report`, as the last line. docs/json.md
 * describes them.
 */
import type { Reporter } from './reporter.ts';

/** Version of all that restage prints as JSON. */
export const JSON_FORMAT = 1;

export function jsonReporter(write: (text: string) => void): Reporter {
  const line = (value: object): void => write(`${JSON.stringify({ format: JSON_FORMAT, ...value })}\n`);
  return {
    event: line,
    finish: (report) => line({ type: 'run-report', ...report }),
  };
}
