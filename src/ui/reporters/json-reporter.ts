/**
 * NDJSON: each event as one line when it happens, and the report, of type `run-report`, as the last line. docs/json.md
 * describes them.
 */
import { jsonEvent } from '../../run/json-event.ts';
import { harmlessJson } from '../text/harmless.ts';
import type { Reporter } from './reporter.ts';

/** Version of all that restage prints as JSON. */
export const JSON_FORMAT = 1;

/** As it was when this was loaded: a stage in this process may have another one in its place while events are told. */
const { stringify } = JSON;

/** One document of a stream. Its type comes first, for people who look for it in a line. */
export function jsonLine<T extends { readonly type: string }>({ type, ...value }: T): string {
  return `${harmlessJson(stringify({ type, format: JSON_FORMAT, ...value }))}\n`;
}

export function jsonReporter(write: (text: string) => void): Reporter {
  return {
    event: (event) => write(jsonLine(jsonEvent(event))),
    finish: (report) => write(jsonLine({ type: 'run-report', ...report })),
  };
}
