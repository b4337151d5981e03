/**
 * Text to values, as the schema wants it: text stays text, to the letter; numbers, booleans and choices are read. JSON
 * is only guessed at where the schema takes anything.
 */
import type { CanonicalValue } from '../identity/canonical.ts';
import { readLiteral } from './literal.ts';
import { ParameterMisfit } from './misfit.ts';
import type { Path } from './path.ts';
import { bare, type Schema } from './schema.ts';
import type { Given, Setting } from './setting.ts';

/** A union tries its members in this order, and those of one rank in the order in which they are declared. */
export type Rank = 'read' | 'text' | 'anything';

/** Whether the schema reads a text as something, keeps it, or takes anything. */
export function rankOf(schema: Schema): Rank {
  const { type, options, left } = bare(schema)._zod.def;
  switch (type) {
    case 'string':
    case 'template_literal':
      return 'text';
    case 'unknown':
    case 'any':
    case 'custom':
    case 'transform':
      return 'anything';
    case 'union':
      return options!.some((option) => rankOf(option) === 'text') ? 'text' : 'read';
    case 'intersection':
      return rankOf(left!);
    default:
      return 'read';
  }
}

export interface Reading {
  /** Text is a possible answer too: a number is read only if it is written as it would be printed. */
  readonly orText: boolean;
}

/** The value for a schema without members. What the schema cannot take is left as text, for zod to refuse. */
export function scalarOf(schema: Schema, given: Given, { orText }: Reading, at: Path): unknown {
  if ('value' in given) return given.value;
  if ('recorded' in given) return given.recorded;
  if ('list' in given) return given.list.map((item) => plainOf(item, at));
  const { text } = given;
  const otherwise = given.or === undefined ? text : given.or;
  const { def } = schema._zod;
  switch (def.type) {
    case 'number': {
      const value = numberIn(text, at);
      return value === undefined || (orText && String(value) !== text) ? otherwise : value;
    }
    case 'bigint':
      return /^[+-]?\d+n?$/.test(text) ? BigInt(text.replace(/^\+|n$/g, '')) : otherwise;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : otherwise;
    case 'null':
      return text === 'null' ? null : otherwise;
    case 'nan':
      return text === 'NaN' ? Number.NaN : otherwise;
    case 'enum':
      return choiceOf(enumValues(def.entries!), text);
    case 'literal':
      return choiceOf(def.values!, text);
    case 'string':
    case 'template_literal':
    case 'date':
      return text;
    default:
      return anything(text, given.or, at);
  }
}

/** The values of an enum, without the names that TypeScript adds for its numbers. */
export function enumValues(entries: Readonly<Record<string, string | number>>): readonly (string | number)[] {
  const numbers = new Set(Object.values(entries).filter((value) => typeof value === 'number'));
  return Object.entries(entries).flatMap(([name, value]) => (numbers.has(Number(name)) ? [] : [value]));
}

function choiceOf(values: readonly unknown[], text: string): unknown {
  const found = values.findIndex((value) => String(value) === text);
  return found < 0 ? text : values[found];
}

const NUMERAL = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const WHOLE = /^[+-]?\d+$/;

/** @throws ParameterMisfit for a whole number that would lose digits */
function numberIn(text: string, at: Path): number | undefined {
  if (!NUMERAL.test(text)) return undefined;
  const value = Number(text);
  if (losesDigits(text)) throw new ParameterMisfit(at, { kind: 'digits', text });
  return value;
}

/**
 * A whole number that no number equals. JavaScript prints a large one with zeros in place of its last digits: that is
 * one.
 */
function losesDigits(text: string): boolean {
  if (!WHOLE.test(text)) return false;
  const value = Number(text);
  if (Number.isSafeInteger(value) || String(value) === text) return false;
  return !Number.isFinite(value) || BigInt(text.replace('+', '')) !== BigInt(value);
}

/** Whether some schema would read the text as something else than text. */
export function mayBeRead(text: string): boolean {
  return NUMERAL.test(text) || /^\s*[[{"]/.test(text) || /^(true|false|null|NaN|[+-]?\d+n)$/.test(text) || isJson(text);
}

/** For a schema that takes anything: JSON if the text is JSON that keeps its digits, else the text. */
function anything(text: string, or: CanonicalValue | undefined, at: Path): unknown {
  if (losesDigits(text)) return text;
  if (or !== undefined) return or;
  const literal = readLiteral(text, 'words');
  if (literal !== undefined) return plainOf(literal, at);
  return isJson(text) ? (JSON.parse(text) as unknown) : text;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The plain value of a setting, for a schema that takes anything. */
export function plainOf({ own, below }: Setting, at: Path): unknown {
  if (below === undefined) {
    if (own === undefined) return undefined;
    if ('text' in own) return anything(own.text, own.or, at);
    return 'list' in own ? own.list.map((item) => plainOf(item, at)) : 'value' in own ? own.value : own.recorded;
  }
  return objectOf(below.map(([name, member]) => [name, plainOf(member, at)] as const));
}

/** An object with these members, also with one called __proto__. */
export function objectOf(members: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [name, value] of members)
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  return object;
}
