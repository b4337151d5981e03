/**
 * Settings: what is given for parameters, before a schema says what it means. Plain JSON, so that a request with its
 * settings names a memo.
 *
 * A layer is all that one source gives: a file, a run, a caller, or the command line. Later layers win.
 */
import type { CanonicalValue } from '../identity/canonical.ts';

export type Given =
  /** As typed: the schema says whether it is text, a number or a list. A file's own reading of it is the second choice. */
  | { readonly text: string; readonly or?: CanonicalValue }
  /** A value that needs no reading. */
  | { readonly value: CanonicalValue }
  | { readonly list: readonly Setting[] }
  /** A value that a schema gave once: it is taken as it is where the schema transforms what it takes. */
  | { readonly recorded: CanonicalValue };

/** What is given at one place. With `own` and `below`, `below` refines `own`. `below: []` is an object without members. */
export interface Setting {
  readonly own?: Given;
  readonly below?: readonly (readonly [name: string, setting: Setting])[];
  /** Where it stands, for errors: `params.yaml:3`. */
  readonly place?: string;
}

export interface Layer {
  /** What errors call it: `params.yaml`, `run 3`; undefined for the command line. */
  readonly source?: string;
  readonly setting: Setting;
}

/** The setting of a plain value, member by member. */
export function settingOf(value: CanonicalValue, place?: string): Setting {
  const at = place === undefined ? {} : { place };
  if (Array.isArray(value))
    return { own: { list: (value as CanonicalValue[]).map((item) => settingOf(item, place)) }, ...at };
  if (!isMembers(value)) return { own: { value }, ...at };
  return { below: Object.entries(value).map(([name, member]) => [name, settingOf(member, place)] as const), ...at };
}

export function isMembers(value: unknown): value is { readonly [name: string]: CanonicalValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
