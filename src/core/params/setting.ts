/**
 * Settings: what is given for parameters, before a schema says what it means. Plain JSON, so that a request with its
 * settings names a memo.
 *
 * A layer is all that one source gives: a file, a run, a caller, or the command line. Later layers win.
 */
import { ParamError } from '../../errors.ts';
import type { CanonicalValue } from '../identity/canonical.ts';
import { isSecretMark } from '../secret/mark.ts';

export type Given =
  /**
   * As typed: the schema says whether it is text, a number or a list. A file's own reading of it is the second choice.
   */
  | { readonly text: string; readonly or?: CanonicalValue }
  /** A value that needs no reading. */
  | { readonly value: CanonicalValue }
  | { readonly list: readonly Setting[] }
  /** A value that a schema gave once: it is taken as it is where the schema transforms what it takes. */
  | { readonly recorded: CanonicalValue };

/**
 * What is given at one place. With `own` and `below`, `below` refines `own`. `below: []` is an object without members.
 */
export interface Setting {
  readonly own?: Given;
  readonly below?: readonly (readonly [name: string, setting: Setting])[];
  /** What was there before is removed first: values of lower layers, and the default. Never at the root. */
  readonly isCleared?: true;
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

/**
 * The setting of a value that a caller gives, which may hold anything. Without `canonical`, which a run in which
 * nothing changed does not load.
 * @throws ParamError for what is not JSON-like, with its path
 */
export function settingOfUnknown(value: unknown, path: string): Setting {
  if (Array.isArray(value)) return { own: { list: value.map((item, at) => settingOfUnknown(item, `${path}[${at}]`)) } };
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return { own: { value } };
  if (Number.isFinite(value)) return { own: { value: value === 0 ? 0 : (value as number) } };
  if (isSecretMark(value)) return { own: { value: { $secret: value.$secret } } };
  if (typeof value !== 'object' || !isPlain(value)) throw new ParamError(`${path} is ${kindOf(value)}; ${ALLOWED}`);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return { below: members.map(([name, member]) => [name, settingOfUnknown(member, `${path}.${name}`)] as const) };
}

const ALLOWED = 'parameters are null, booleans, finite numbers, texts, lists and plain objects.';

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function kindOf(value: unknown): string {
  if (typeof value === 'object') return 'an instance of a class';
  return typeof value === 'number' ? String(value) : `a ${typeof value}`;
}

/** Whether it is an object with members of its own. The mark of a secret stands for one value. */
export function isMembers(value: unknown): value is { readonly [name: string]: CanonicalValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isSecretMark(value);
}
