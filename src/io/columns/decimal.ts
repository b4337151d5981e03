/**
 * Numbers in text: from the bytes of a decimal literal to the double that `Number` gives for it, to the last bit. It
 * does not know about files or tables.
 */

/**
 * The value of the decimal literal in `bytes[start, end)`, or NaN where this fast path does not apply.
 *
 * A mantissa below 2^53 and a power of ten up to 10^22 are both exact doubles, so one division or multiplication rounds
 * once, and correctly (W. D. Clinger, "How to read floating point numbers accurately", PLDI 1990). Everything else
 * (more digits, larger exponents, spaces, anything but a number) is for `parseNumber`.
 */
export function parseShortDecimal(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  const sign = bytes[at];
  if (sign === MINUS || sign === PLUS) at++;
  let mantissa = 0;
  let digits = 0;
  for (; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) break;
    mantissa = mantissa * 10 + digit;
    digits++;
  }
  let exponent = 0;
  if (at < end && bytes[at] === POINT) {
    const point = ++at;
    for (; at < end; at++) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) break;
      mantissa = mantissa * 10 + digit;
    }
    exponent = point - at;
    digits -= exponent;
  }
  // Once past 2^53 a mantissa stays there, so that one comparison at the end does for all of its digits.
  if (digits === 0 || mantissa > Number.MAX_SAFE_INTEGER) return Number.NaN;
  if (at < end) {
    if ((bytes[at]! | LOWER) !== E) return Number.NaN;
    const written = parseExponent(bytes, at + 1, end);
    if (Number.isNaN(written)) return Number.NaN;
    exponent += written;
  }
  if (exponent < -22 || exponent > 22) return Number.NaN;
  const size = exponent < 0 ? mantissa / POWERS_OF_TEN[-exponent]! : mantissa * POWERS_OF_TEN[exponent]!;
  return sign === MINUS ? -size : size;
}

/**
 * The number in `text`, or undefined if there is none. Decimal literals with spaces around them, and `nan`, `inf`
 * and `infinity` in any case, as Python and C write them; no hexadecimal, no empty text.
 */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (DECIMAL.test(trimmed)) return Number(trimmed);
  const special = NOT_FINITE.exec(trimmed);
  if (special === null) return undefined;
  if (special[2]!.toLowerCase() === 'nan') return Number.NaN;
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

const ZERO = 0x30;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const E = 0x65;
const LOWER = 0x20;
/** Those that are exact doubles, from 10^0 to 10^22. */
export const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, n) => Number(`1e${n}`));
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NOT_FINITE = /^([+-]?)(nan|inf|infinity)$/i;

/** The signed integer in `bytes[at, end)`, or NaN; at most three digits, more is not for the fast path. */
function parseExponent(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  const sign = bytes[at];
  if (sign === MINUS || sign === PLUS) at++;
  if (at >= end || end - at > 3) return Number.NaN;
  let value = 0;
  for (; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return sign === MINUS ? -value : value;
}
