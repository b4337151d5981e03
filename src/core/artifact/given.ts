/** What a stage handed to a codec, in words and in parts. A codec writes only what it has looked at here. */
import { DataError } from '../../errors.ts';
import { isPlainObject } from '../identity/canonical.ts';

/** A value by what it is: `an instance of Map`, `the text "abc"`, `an array`, `null`. */
export function describeGiven(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `the text ${JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}...` : value)}`;
    case 'number':
      return `the number ${value}`;
    case 'object':
      return value === null ? 'null' : describeObject(value);
    case 'function':
      return 'a function';
    case 'undefined':
      return 'undefined';
    case 'bigint':
    case 'boolean':
    case 'symbol':
      return `a ${typeof value}`;
  }
}

/**
 * The named members of a plain object, each read once.
 * @param called such as `columns`
 * @throws DataError for anything else, such as a Map or an object that inherits its members: their members would be
 * lost
 */
export function membersOf(value: unknown, where: string, called: string): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null || !isPlainObject(value))
    throw new DataError(`${where} has ${describeGiven(value)} as its ${called}; give a plain object, by name.`);
  if (Object.getOwnPropertySymbols(value).length > 0)
    throw new DataError(`${where} has a symbol among the names of its ${called}; give names as text.`);
  const members = Object.entries(value);
  for (const [name] of members)
    if (!isWellFormed(name))
      throw new DataError(
        `${where} has half a surrogate pair in the name ${JSON.stringify(name)} of its ${called}; give names that UTF-8 can hold.`,
      );
  return members;
}

/** The UTF-16 index of the first half of a surrogate pair that has no other half, or -1. */
export function loneSurrogate(text: string): number {
  return isWellFormed(text) ? -1 : text.search(LONE);
}

const LONGEST = 40;
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

function isWellFormed(text: string): boolean {
  // In every Node that restage runs on, and not yet in TypeScript's library of that year.
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

function describeObject(value: object): string {
  if (Array.isArray(value)) return 'an array';
  if (isPlainObject(value)) return 'a plain object';
  const prototype = Object.getPrototypeOf(value) as { readonly constructor?: { readonly name?: unknown } };
  const name = prototype.constructor?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object'
    ? `an instance of ${name}`
    : 'an object with a prototype of its own';
}
