/** Parameters: a zod schema, values given as `path=value`, and errors that say which path is wrong. */
import type { z } from 'zod';
import { ParamError } from '../../errors.ts';
import { didYouMean } from '../diagnostics/did-you-mean.ts';
import type { Override } from './override.ts';

/**
 * Parses `overrides` over `base` with the schema. A value is read as JSON if it is JSON and the schema accepts it,
 * otherwise as plain text; so `-S folds=5` is a number and `-S data=5` a string where the schema wants one.
 * @throws ParamError naming the path, with a suggestion where a name is unknown
 */
export function parseParams<T>(
  owner: string,
  schema: z.ZodType<T>,
  base: unknown,
  overrides: readonly Override[] = [],
): T {
  const asText = new Set<Override>();
  for (;;) {
    const given = assemble(owner, base, overrides, asText);
    const parsed = schema.safeParse(given);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0]!;
    const at = issue.path.join('.');
    const culprit = mayWantText(issue)
      ? overrides.find((o) => !asText.has(o) && isJson(o.text) && covers(o.path, at))
      : undefined;
    if (culprit === undefined) throw new ParamError(describe(owner, schema, issue, given));
    asText.add(culprit);
  }
}

/** Every path of the schema that can be set, `train.folds` and so on, for help and suggestions. */
export function paramPaths(schema: z.ZodType): readonly string[] {
  const paths: string[] = [];
  const walk = (node: JsonSchema, prefix: string): void => {
    for (const [name, child] of Object.entries(node.properties ?? {})) {
      paths.push(prefix + name);
      walk(child, `${prefix}${name}.`);
    }
  };
  // By the schema's own zod, which is loaded; one of before 4.2 cannot tell.
  const { toJSONSchema } = schema as { toJSONSchema?: (options: object) => JsonSchema };
  walk(toJSONSchema?.({ io: 'input', unrepresentable: 'any' }) ?? {}, '');
  return paths;
}

/** Next to a suggestion, a list longer than this would only hide it. */
const LISTED_PARAMS = 12;

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

function assemble(
  owner: string,
  base: unknown,
  overrides: readonly Override[],
  asText: ReadonlySet<Override>,
): unknown {
  // The schema and `canonical` judge values. A deep copy would refuse functions with its own message, and turn
  // instances into plain objects.
  if (overrides.length === 0) return base ?? {};
  const root = copyOf(base ?? {});
  for (const override of overrides) {
    const names = override.path.split('.');
    let target = root;
    for (const name of names.slice(0, -1)) {
      const child = Object.hasOwn(target, name) ? target[name] : undefined;
      if (child === undefined) {
        const fresh: Record<string, unknown> = {};
        define(target, name, fresh);
        target = fresh;
      } else if (typeof child === 'object' && child !== null && !Array.isArray(child)) {
        const copy = copyOf(child);
        define(target, name, copy);
        target = copy;
      } else {
        throw new ParamError(`${owner}: ${override.path} goes below ${name}, which is not an object.`);
      }
    }
    const json = !asText.has(override) && isJson(override.text);
    define(target, names.at(-1)!, json ? JSON.parse(override.text) : override.text);
  }
  return root;
}

/** One level deep: an override must not change the object that it was applied to. */
function copyOf(value: object): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) define(copy, name, member);
  return copy;
}

/** Whether the schema could accept a text whose JSON value it refused. */
function mayWantText(issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'invalid_type') return issue.expected === 'string';
  return issue.code === 'invalid_union' || issue.code === 'invalid_value' || issue.code === 'invalid_format';
}

/** Sets an own member, also one called __proto__. */
function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function covers(path: string, issue: string): boolean {
  return path === issue || issue.startsWith(`${path}.`) || path.startsWith(`${issue}.`) || issue === '';
}

function describe(owner: string, schema: z.ZodType, issue: z.core.$ZodIssue, given: unknown): string {
  const at = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const path = [...issue.path, issue.keys[0]!].join('.');
    const known = paramPaths(schema);
    const hint = didYouMean(path, known);
    const leaves = known.filter((name) => !known.some((other) => other.startsWith(`${name}.`)));
    if (hint !== '' && leaves.length > LISTED_PARAMS) return `${owner} has no parameter ${path}${hint}.`;
    const rest = leaves.length - LISTED_PARAMS;
    const shownOf = rest > 0 ? [...leaves.slice(0, LISTED_PARAMS), `and ${rest} more`] : leaves;
    const list = leaves.length === 0 ? 'it has none' : `it has ${shownOf.join(', ')}`;
    return `${owner} has no parameter ${path}${hint}; ${list}${rest > 0 ? ', which "restage show <pipeline>" lists' : ''}.`;
  }
  const parameter = `Parameter ${at === '' ? '(all)' : at} of ${owner.charAt(0).toLowerCase()}${owner.slice(1)}`;
  if (issue.code === 'custom') return `${parameter} is wrong: ${issue.message.replace(/\.$/, '')}.`;
  // The given value lacks the defaults, so an issue may be deeper than the value goes.
  const value = issue.path.reduce<unknown>(
    (inner, name) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[name],
    given,
  );
  const text = shown(value);
  if (issue.code === 'invalid_type') {
    const wanted = KINDS[issue.expected] ?? issue.expected;
    return value === undefined
      ? `${parameter} is missing, and has no default; it takes ${wanted}.`
      : `${parameter} cannot be ${text}; it takes ${wanted}.`;
  }
  if (issue.code === 'invalid_value') {
    const choices = issue.values.map(String);
    return `${parameter} cannot be ${text}${didYouMean(String(value), choices)}; it takes ${alternatives(choices)}.`;
  }
  const [first = '', ...rest] = issue.message.replace(': ', ', ');
  const trouble = value === undefined ? 'is wrong' : `cannot be ${text}`;
  return `${parameter} ${trouble}: ${first.toLowerCase()}${rest.join('')}.`;
}

/** What zod expects, in words. */
const KINDS: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list, such as [1,2]',
  object: 'an object: set its members by path, with a dot',
};
const MOST_SHOWN = 60;

function shown(value: unknown): string {
  const text = (JSON.stringify(value) as string | undefined) ?? String(value);
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}...`;
}

function alternatives(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)!}`;
}
