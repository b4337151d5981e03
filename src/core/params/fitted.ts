/** What goes into fitting and comes out of it. */
import type { Path } from './path.ts';
import type { Reading } from './scalar.ts';
import { Kept, Prepared, type Schema } from './schema.ts';
import type { Setting } from './setting.ts';
import type { Issue } from './misfit.ts';

/**
 * What was there before: nothing, nothing that even a default may fill, something that the schema takes, or that it
 * gave.
 */
export type Base =
  | { readonly kind: 'none' }
  | { readonly kind: 'cleared' }
  | { readonly kind: 'input'; readonly value: unknown }
  | { readonly kind: 'output'; readonly value: unknown };

export const NOTHING: Base = { kind: 'none' };

/** Whether it has a value. */
export function isValue(base: Base): base is Extract<Base, { readonly value: unknown }> {
  return base.kind === 'input' || base.kind === 'output';
}

export interface Fitted {
  readonly schema: Schema;
  readonly input: unknown;
}

/**
 * Fits what is given for one place into its schema. Schemas are nested, so each kind of them calls this for its
 * members.
 */
export type Fit = (schema: Schema, layers: readonly Setting[], base: Base, at: Path, reading?: Reading) => Fitted;

/** zod's answer: what the schema gives, or what is wrong. */
export type Answer = { readonly data: unknown } | Refusal;

/** The first thing that is wrong, and the value there. */
export interface Refusal {
  readonly issue: Issue;
  readonly value: unknown;
}

interface SafeParse {
  safeParse(
    input: unknown,
  ):
    | { readonly success: true; readonly data: unknown }
    | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } };
}

export function parse({ schema, input }: Fitted): Answer {
  if (input instanceof Kept) return { data: input.value };
  const result = (schema as Schema & SafeParse).safeParse(input);
  if (result.success) return { data: result.data };
  const issue = result.error.issues[0]!;
  // The input lacks the defaults, so an issue may be deeper than it goes.
  const value = issue.path.reduce<unknown>(
    (inner, step) => (unwrapped(inner) as Record<PropertyKey, unknown> | null | undefined)?.[step],
    input,
  );
  return { issue, value: unwrapped(value) };
}

/** Whether a member of this schema may be left out, and stays out: neither is it needed nor has it a default. */
export function mayBeAbsent(schema: Schema): boolean {
  const answer = parse({ schema, input: undefined });
  return 'data' in answer && answer.data === undefined;
}

function unwrapped(input: unknown): unknown {
  if (input instanceof Kept) return input.value;
  if (input instanceof Prepared) return unwrapped(input.input);
  if (Array.isArray(input)) return input.map(unwrapped);
  if (typeof input !== 'object' || input === null || Object.getPrototypeOf(input) !== Object.prototype) return input;
  return Object.fromEntries(Object.entries(input).map(([name, member]) => [name, unwrapped(member)]));
}
