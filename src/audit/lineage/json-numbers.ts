/** The numbers in a JSON value, by the paths that people write: `ams.value`, `folds[3].loss`. */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { type Path, pathText, readPath } from '../../core/params/path.ts';

export interface JsonNumber {
  readonly path: string;
  readonly value: number;
}

export function* numbersIn(value: CanonicalValue, path: Path = []): Generator<JsonNumber> {
  if (typeof value === 'number') yield { path: pathText(path), value };
  else if (typeof value === 'object' && value !== null)
    for (const [name, member] of membersOf(value)) yield* numbersIn(member, [...path, name]);
}

/** What is at this path; undefined if there is nothing. */
export function valueAt(value: CanonicalValue, path: string): CanonicalValue | undefined {
  const read = readPath(path);
  if ('wrong' in read || read.rest !== '') return undefined;
  let at: CanonicalValue | undefined = value;
  for (const step of read.path)
    at =
      typeof at === 'object' && at !== null && Object.hasOwn(at, step)
        ? (at as Readonly<Record<string | number, CanonicalValue>>)[step]
        : undefined;
  return at;
}

function membersOf(value: object): readonly (readonly [string | number, CanonicalValue])[] {
  return Array.isArray(value)
    ? (value as readonly CanonicalValue[]).map((member, index) => [index, member] as const)
    : Object.entries(value as Readonly<Record<string, CanonicalValue>>);
}
