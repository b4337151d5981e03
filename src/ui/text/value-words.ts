/**
 * JSON values as a person reads them: numbers with their errors, short lists, the members of an object by their paths.
 */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { cut, plainLine } from './cells.ts';
import { formatMeasurement, formatNumber, plural } from './format.ts';

const MOST_TEXT = 100;
/** How many items of a long list are shown. */
const FIRST_ITEMS = 5;

/** `3.71 ± 0.10` for `{ value, error }`, and any value that one short line can hold; undefined for a larger one. */
export function valueWord(value: CanonicalValue): string | undefined {
  if (typeof value === 'number') return formatNumber(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return cut(plainLine(value.split('\n', 1)[0]!), MOST_TEXT);
  if (isList(value)) return listWord(value);
  const { value: mean, error } = value;
  if (typeof mean === 'number' && typeof error === 'number') return formatMeasurement(mean, error);
  return Object.keys(value).length === 0 ? '{}' : undefined;
}

/** The members of a value that `valueWord` can write, by their dotted paths; objects in it are opened. */
export function memberWords(value: CanonicalValue, path = ''): readonly (readonly [path: string, word: string])[] {
  const word = valueWord(value);
  if (word !== undefined) return [[path, word]];
  return Object.entries(value as Readonly<Record<string, CanonicalValue>>).flatMap(([key, member]) =>
    memberWords(member, path === '' ? key : `${path}.${key}`),
  );
}

export function isList(value: CanonicalValue): value is readonly CanonicalValue[] {
  return Array.isArray(value);
}

function listWord(items: readonly CanonicalValue[]): string {
  const words = items.map((item) => (typeof item === 'object' && item !== null ? undefined : valueWord(item)));
  const simple = words.filter((word) => word !== undefined);
  if (simple.length < words.length) return `a list of ${plural(items.length, 'item')}`;
  const all = `[${simple.join(', ')}]`;
  if (all.length <= MOST_TEXT) return all;
  return cut(`[${simple.slice(0, FIRST_ITEMS).join(', ')}, …] (${plural(items.length, 'item')})`, MOST_TEXT);
}
