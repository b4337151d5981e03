/**
 * The mark of a secret: it stands where the value would be, and says where the value is. Parameters, graphs, plans,
 * keys' previews and the record hold marks. The value is read where it is needed, and nothing keeps it.
 */
import type { CanonicalValue } from '../identity/canonical.ts';

export interface SecretMark {
  /** `env:NAME` or `file:PATH`. */
  readonly $secret: string;
}

export const SOURCE_FORMS = 'env:NAME, the name of an environment variable, or file:PATH';

const MEMBER = '$secret';
/** What JSON with a mark has in it. */
const IN_JSON = `{"${MEMBER}":`;
const SOURCE = /^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:[^\0]+)$/;

export function isSource(text: unknown): text is string {
  return typeof text === 'string' && SOURCE.test(text);
}

export function isSecretMark(value: unknown): value is SecretMark {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, MEMBER)) return false;
  return Object.keys(value).length === 1 && isSource((value as SecretMark).$secret);
}

/** Whether this JSON may have a mark in it: one search, so that what has none is not parsed. */
export function mayHaveMark(json: string): boolean {
  return json.includes(IN_JSON);
}

/** The sources of all secrets in a value, each with where it stands, such as `token` or `tokens.0`. */
export function* sourcesIn(
  value: unknown,
  path: readonly string[] = [],
): Generator<{ readonly source: string; readonly path: string }> {
  if (typeof value !== 'object' || value === null) return;
  if (isSecretMark(value)) yield { source: value.$secret, path: path.join('.') };
  else for (const [name, member] of Object.entries(value)) yield* sourcesIn(member, [...path, name]);
}

/** A copy in which something else stands for each mark. */
export function withoutMarks(value: CanonicalValue, stands: (source: string) => CanonicalValue): CanonicalValue {
  if (typeof value !== 'object' || value === null) return value;
  if (isSecretMark(value)) return stands(value.$secret);
  if (Array.isArray(value)) return (value as readonly CanonicalValue[]).map((item) => withoutMarks(item, stands));
  const copy: Record<string, CanonicalValue> = {};
  for (const [name, member] of Object.entries(value as Readonly<Record<string, CanonicalValue>>))
    // A plain assignment to __proto__ would set the prototype and lose the member.
    Object.defineProperty(copy, name, {
      value: withoutMarks(member, stands),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  return copy;
}
