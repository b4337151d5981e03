/**
 * The JSON that verbs print with `--json`, as docs/json.md describes it. Every document says in `format` which version
 * of that description it follows: within a version members are added, and none is renamed or removed.
 */
import { jsonNumber } from '../../core/numeric/json-number.ts';
import { JSON_FORMAT, jsonLine } from '../../ui/reporters/json-reporter.ts';
import { harmlessJson } from '../../ui/text/harmless.ts';
import type { Io } from '../io/io.ts';

/** Indented, for people and programs alike. */
export function writeJson({ io }: { readonly io: Io }, value: object): void {
  io.writeOut(`${harmlessJson(JSON.stringify({ format: JSON_FORMAT, ...value }, withAllNumbers, 2))}\n`);
}

/** A metric may be NaN, which would become null. */
function withAllNumbers(_: string, value: unknown): unknown {
  return typeof value === 'number' ? jsonNumber(value) : value;
}

/** As one line, where the output is a stream of lines. */
export function writeJsonLine<T extends { readonly type: string }>({ io }: { readonly io: Io }, value: T): void {
  io.writeOut(jsonLine(value));
}
