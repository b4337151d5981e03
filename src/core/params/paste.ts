/** Parameters as a command line takes them back: words that any schema reads as the value that they were made from. */
import { type CanonicalValue, canonical } from '../identity/canonical.ts';
import { isSecretMark } from '../secret/mark.ts';
import { type Path, pathText } from './path.ts';
import { mayBeRead } from './scalar.ts';
import { isMembers } from './setting.ts';

/** One parameter by its path: a value without members, or a list. */
export interface Leaf {
  readonly path: string;
  readonly value: CanonicalValue;
}

/** The leaves of parameters; a list is one. */
export function leavesOf(params: CanonicalValue): readonly Leaf[] {
  const walk = (value: CanonicalValue, path: Path): readonly Leaf[] => {
    if (!isMembers(value) || (path.length > 0 && Object.keys(value).length === 0))
      return [{ path: pathText(path), value }];
    return Object.entries(value).flatMap(([name, member]) => walk(member, [...path, name]));
  };
  return walk(params, []);
}

/**
 * `train.rate=0.1`; `name:="5"` where the text could be read as something else. What `-S` takes, without quotes of a
 * shell.
 */
export function overrideText({ path, value }: Leaf): string {
  if (isSecretMark(value)) return `${path}=${value.$secret}`;
  if (typeof value === 'string') return mayBeRead(value) ? `${path}:=${JSON.stringify(value)}` : `${path}=${value}`;
  // A list in which a word could be read in two ways is complete JSON.
  return `${path}${typeof value === 'object' && value !== null ? ':' : ''}=${JSON.stringify(value)}`;
}

export interface Change {
  readonly path: string;
  /** Undefined where the parameter is not there. */
  readonly before: CanonicalValue | undefined;
  readonly after: CanonicalValue | undefined;
}

/**
 * The leaves in which two sets of parameters differ. An object without members that gets some is not a leaf of its own.
 */
export function changesOf(before: CanonicalValue, after: CanonicalValue): readonly Change[] {
  const [first, second] = [before, after].map(
    (params) => new Map(leavesOf(canonical(params)).map(({ path, value }) => [path, value])),
  ) as [Map<string, CanonicalValue>, Map<string, CanonicalValue>];
  return [...new Set([...first.keys(), ...second.keys()])]
    .map((path) => ({ path, before: first.get(path), after: second.get(path) }))
    .filter(
      ({ path, before: old, after: now }) =>
        JSON.stringify(old) !== JSON.stringify(now) &&
        !(isEmpty(old) && now === undefined && hasBelow(second, path)) &&
        !(isEmpty(now) && old === undefined && hasBelow(first, path)),
    );
}

function isEmpty(value: CanonicalValue | undefined): boolean {
  return isMembers(value) && Object.keys(value).length === 0;
}

function hasBelow(leaves: ReadonlyMap<string, CanonicalValue>, path: string): boolean {
  return [...leaves.keys()].some((other) => other.startsWith(`${path}.`));
}
