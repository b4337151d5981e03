/** The JSON that verbs print with `--json`. */
import type { Call } from '../verbs.ts';

/** Indented, for people and programs alike. */
export function writeJson({ io }: Call, value: unknown): void {
  io.writeOut(`${JSON.stringify(value, null, 2)}\n`);
}
