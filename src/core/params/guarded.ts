/**
 * What a sentence may show of what was given: nothing where the schema takes a secret, which somebody may have typed.
 */
import { type Path } from './path.ts';
import { memberSchema, type Schema, wrapped } from './schema.ts';

/** Deeper schemas contain themselves. */
const DEEPEST = 12;

/** Whether a secret may be at this path, or below it. */
export function mayBeSecret(schema: Schema, at: Path): boolean {
  return reached(schema, at, 0).some((each) => holdsSecret(each, 0));
}

function reached(schema: Schema, at: Path, depth: number): readonly Schema[] {
  if (at.length === 0 || depth > DEEPEST) return [schema];
  const { def } = schema._zod;
  const [step, ...rest] = at;
  const inner = wrapped(schema);
  if (inner !== undefined) return reached(inner, at, depth + 1);
  const choices = [...(def.options ?? []), ...[def.left, def.right].filter((part) => part !== undefined)];
  if (choices.length > 0) return choices.flatMap((choice) => reached(choice, at, depth + 1));
  const member =
    memberSchema(schema, String(step)) ?? def.valueType ?? def.element ?? def.items?.[Number(step)] ?? def.rest;
  // A schema that takes anything takes the rest of the path as well.
  return member === undefined || member === null ? [schema] : reached(member, rest, depth + 1);
}

function holdsSecret(schema: Schema, depth: number): boolean {
  if (depth > DEEPEST) return false;
  const { def } = schema._zod;
  if (def.secret === true) return true;
  const parts = [
    wrapped(schema),
    def.catchall,
    def.valueType,
    def.element,
    def.rest,
    def.left,
    def.right,
    ...Object.values(def.shape ?? {}),
    ...(def.options ?? []),
    ...(def.items ?? []),
  ];
  return parts.some((part) => part !== undefined && part !== null && holdsSecret(part, depth + 1));
}
