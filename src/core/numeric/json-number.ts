/** Numbers in JSON, which has no NaN and no infinities: they are written as texts. */

export type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity';

/** The number, or `NaN`, `Infinity` or `-Infinity` as text. */
export function jsonNumber(value: number): JsonNumber {
  return Number.isFinite(value) ? value : (String(value) as JsonNumber);
}

/** The number that `jsonNumber` wrote. */
export function numberOf(written: JsonNumber): number {
  return Number(written);
}
