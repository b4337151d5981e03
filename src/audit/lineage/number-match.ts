/**
 * Which numbers on record a person means by one that was printed: the same number, or one that is written so when it is
 * rounded or cut to these digits.
 */

export interface NumberQuery {
  readonly value: number;
  /** Bounds of what may be meant, both included. */
  readonly least: number;
  readonly most: number;
  /** It was written with decimals: a whole number on record is not written so, unless others beside it are rounded. */
  readonly hasDecimals: boolean;
}

const NUMBER = /^([+-]?)(\d+(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?$/;
/** With fewer digits, only the same number is meant: 3 would be found everywhere. */
const LEAST_DIGITS = 3;

/** Undefined for a text that is not a decimal number. Its error, as in `3.32 ± 0.08`, is not looked at. */
export function parseNumber(text: string): NumberQuery | undefined {
  const written = text.replace(/\s*±.*$/, '').trim();
  const [, sign, digits, decimals, bare, exponent] = NUMBER.exec(written) ?? [];
  if (digits === undefined) return undefined;
  const value = Number(written);
  if (!Number.isFinite(value)) return undefined;
  const significant = digits.replace('.', '').replace(/^0+/, '').length;
  const hasDecimals = (decimals ?? bare ?? '') !== '';
  if (significant < LEAST_DIGITS) return { value, least: value, most: value, hasDecimals };
  const unit = 10 ** (Number(exponent ?? 0) - (decimals ?? bare ?? '').length);
  // Rounding moves by half a unit either way; cutting by a whole one towards zero.
  const [low, high] = sign === '-' ? [value - unit, value + unit / 2] : [value - unit / 2, value + unit];
  return { value, least: low, most: high, hasDecimals };
}

/** `exact` for the same number, `rounded` for one that rounds or is cut to the one that was asked for. */
export function matchOf(query: NumberQuery, value: number): 'exact' | 'rounded' | undefined {
  if (value === query.value) return query.hasDecimals && Number.isInteger(value) ? 'rounded' : 'exact';
  // A number that is a whole unit further away from zero is written with other digits.
  const next = query.value < 0 ? query.least : query.most;
  return value >= query.least && value <= query.most && value !== next ? 'rounded' : undefined;
}
