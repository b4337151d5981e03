/** The bounds of a parameter in words, from the checks of its schema. */
import type { Check, Schema } from './schema.ts';

/** `email`, `safeint`, ...; undefined for any text or number. */
export function formatOf({ _zod: { def } }: Schema): string | undefined {
  const formats = [def.format, ...rules(def.checks).map(({ format }) => format)];
  return formats.find((format) => format !== undefined && format !== 'regex');
}

/** `2 to 5`, `> 0`, `at least 1 item`; null without bounds. */
export function rangeOf({ _zod: { def } }: Schema): string | null {
  const checks = rules(def.checks);
  const of = (check: string, inclusive?: boolean): readonly Rule[] =>
    checks.filter((rule) => rule.check === check && (inclusive === undefined || rule.inclusive === inclusive));
  const units = UNITS[def.type];
  if (units !== undefined) {
    const least = last(of('min_length'))?.minimum ?? last(of('length_equals'))?.length;
    const most = last(of('max_length'))?.maximum ?? last(of('length_equals'))?.length;
    return counts(least, most, units);
  }
  const [least, most] = [last(of('greater_than', true))?.value, last(of('less_than', true))?.value];
  const words = [
    ...(least !== undefined && most !== undefined
      ? [`${text(least)} to ${text(most)}`]
      : [...(least === undefined ? [] : [`>= ${text(least)}`]), ...(most === undefined ? [] : [`<= ${text(most)}`])]),
    ...of('greater_than', false).map(({ value }) => `> ${text(value)}`),
    ...of('less_than', false).map(({ value }) => `< ${text(value)}`),
    ...of('multiple_of').map(({ value }) => `a multiple of ${text(value)}`),
  ];
  return words.length === 0 ? null : words.join(', ');
}

type Rule = Check['_zod']['def'];

const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: ['character', 'characters'],
  array: ['item', 'items'],
};

function counts(
  least: number | undefined,
  most: number | undefined,
  [one, many]: readonly [string, string],
): string | null {
  const counted = (count: number): string => `${count} ${count === 1 ? one : many}`;
  if (least !== undefined && most !== undefined)
    return least === most ? counted(least) : `${least} to ${counted(most)}`;
  if (least !== undefined) return `at least ${counted(least)}`;
  return most === undefined ? null : `at most ${counted(most)}`;
}

function rules(checks: readonly Check[] = []): readonly Rule[] {
  return checks.map(({ _zod: { def } }) => def);
}

function last<T>(items: readonly T[]): T | undefined {
  return items.at(-1);
}

/** A number, a bigint or a date. */
function text(value: unknown): string {
  return value instanceof Date ? value.toISOString() : `${value as number}`;
}
