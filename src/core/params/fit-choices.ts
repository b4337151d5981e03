/**
 * Fits settings into unions and intersections.
 *
 * All that is given for a union is tried as one set, so the order in which it is given has no meaning. The first member
 * that takes the set is chosen: first with what was there before, if it belongs to that member, so that a part of a
 * variant can be changed; then from the member's own defaults.
 */
import { type Base, type Fit, type Fitted, isValue, NOTHING, parse } from './fitted.ts';
import { flatten, layersOf } from './flatten.ts';
import { ParameterMisfit } from './misfit.ts';
import type { Path } from './path.ts';
import { type Rank, rankOf, type Reading, objectOf } from './scalar.ts';
import { bare, cloned, fixed, knows, type Schema, through } from './schema.ts';
import { isMembers, type Setting } from './setting.ts';

const RANKS: readonly Rank[] = ['read', 'text', 'anything'];

/** @throws ParameterMisfit */
export function fitUnion(
  schema: Schema,
  layers: readonly Setting[],
  base: Base,
  at: Path,
  reading: Reading,
  fit: Fit,
): Fitted {
  const { options = [], discriminator } = schema._zod.def;
  const ordered = RANKS.flatMap((rank) => options.filter((option) => rankOf(option) === rank));
  const orText = reading.orText || options.some((option) => rankOf(option) === 'text');
  const misfits: ParameterMisfit[] = [];
  const choose = (starts: (option: Schema) => Base | undefined): Fitted | undefined => {
    for (const option of ordered) {
      const start = starts(option);
      if (start === undefined) continue;
      try {
        const fitted = fit(option, layers, start, at, { orText });
        const answer = parse(fitted);
        if ('data' in answer) return { schema: through(schema, fitted.schema), input: fitted.input };
        misfits.push(new ParameterMisfit([...at, ...(answer.issue.path as Path)], { kind: 'issue', ...answer }));
      } catch (error) {
        if (!(error instanceof ParameterMisfit)) throw error;
        misfits.push(error);
      }
    }
    return undefined;
  };
  const found =
    (isValue(base) ? choose((option) => (takes(option, base) ? base : undefined)) : undefined) ??
    choose(() => (isValue(base) ? NOTHING : base)) ??
    // Without a discriminator, members say by their names which variant they are of.
    (discriminator === undefined ? choose((option) => partFor(option, base)) : undefined);
  if (found !== undefined) return found;
  throw nearest(misfits, layers, at, discriminator, options);
}

/** Whether what was there before belongs to this member of a union. */
function takes(option: Schema, base: Extract<Base, { readonly value: unknown }>): boolean {
  if ('data' in parse({ schema: option, input: base.value })) return true;
  // What a transform gave is not what it takes: then the names tell.
  const inner = bare(option);
  const shape = inner._zod.def.shape;
  if (base.kind === 'input' || shape === undefined || !isMembers(base.value)) return false;
  const { value } = base;
  return (
    Object.keys(value).every((name) => knows(inner, name)) &&
    Object.entries(shape).every(([name, child]) => {
      const { type } = child._zod.def;
      return type !== 'literal' || 'data' in parse({ schema: child, input: value[name] });
    })
  );
}

function partFor(option: Schema, base: Base): Base | undefined {
  if (!isValue(base) || !isMembers(base.value)) return undefined;
  const part = Object.entries(base.value).filter(([name]) => knows(option, name));
  return part.length === 0 ? undefined : { ...base, value: objectOf(part) };
}

/** The misfit that says most: of the variant that is meant, and as deep as possible. */
function nearest(
  misfits: readonly ParameterMisfit[],
  layers: readonly Setting[],
  at: Path,
  discriminator: string | undefined,
  options: readonly Schema[],
): ParameterMisfit {
  const given = flatten(layers, at);
  if (given.kind === 'scalar' && misfits.every((misfit) => misfit.at.length === at.length)) {
    const digits = misfits.find(({ reason }) => reason.kind === 'digits');
    if (digits !== undefined) return digits;
    const value = 'text' in given.given ? given.given.text : 'value' in given.given ? given.given.value : undefined;
    return new ParameterMisfit(at, { kind: 'none', value, wanted: options.flatMap(wantedBy) });
  }
  // No variant has this name: all of them together say what it may be.
  const named = misfits.filter((misfit) => misfit.at.length === at.length + 1 && misfit.at.at(-1) === discriminator);
  const [first] = named;
  if (first?.reason.kind === 'issue' && named.length === misfits.length) {
    const values = named.flatMap(({ reason }) => (reason.kind === 'issue' ? (reason.issue.values ?? []) : []));
    return new ParameterMisfit(first.at, {
      ...first.reason,
      issue: { ...first.reason.issue, values: [...new Set(values)] },
    });
  }
  // A name that some variant has is not unknown.
  const known = [...new Set(misfits.flatMap(({ reason }) => (reason.kind === 'unknown' ? reason.known : [])))];
  const score = ({ at: where, reason }: ParameterMisfit): number => {
    const isOther = where.length === at.length + 1 && where.at(-1) === discriminator;
    if (reason.kind !== 'unknown') return isOther ? 0 : 2 + where.length;
    return options.some((option) => knows(option, String(where[at.length]))) ? 1 : 1000;
  };
  const best = misfits.reduce((first, second) => (score(second) > score(first) ? second : first));
  return best.reason.kind === 'unknown' ? new ParameterMisfit(best.at, { kind: 'unknown', known }) : best;
}

function wantedBy(option: Schema): readonly string[] {
  const { type, values, entries, options } = bare(option)._zod.def;
  if (type === 'union') return options!.flatMap(wantedBy);
  if (type === 'literal') return values!.map(String);
  return type === 'enum' ? Object.values(entries!).map(String) : [type];
}

/** Each side gets the members that it knows; zod merges what they give. @throws ParameterMisfit */
export function fitIntersection(schema: Schema, layers: readonly Setting[], base: Base, at: Path, fit: Fit): Fitted {
  const { left, right } = schema._zod.def as { readonly left: Schema; readonly right: Schema };
  const given = flatten(layers, at);
  if (given.kind !== 'members') {
    const [first, second] = [fit(left, layers, base, at), fit(right, layers, base, at)];
    return both(schema, first, second, first.input);
  }
  const unknown = [...given.members.keys()].find((name) => !knows(schema, name));
  if (unknown !== undefined)
    throw new ParameterMisfit([...at, unknown], { kind: 'unknown', known: [...namesOf(left), ...namesOf(right)] });
  const side = (part: Schema): Fitted => {
    const members = new Map([...given.members].filter(([name]) => knows(part, name)));
    const start =
      !isValue(base) || !isMembers(base.value)
        ? base
        : { ...base, value: objectOf(Object.entries(base.value).filter(([name]) => knows(part, name))) };
    return fit(part, layersOf(members), start, at);
  };
  const [first, second] = [side(left), side(right)];
  return both(schema, first, second, { ...(second.input as object), ...(first.input as object) });
}

function both(schema: Schema, left: Fitted, right: Fitted, input: unknown): Fitted {
  const changes = { left: fixed(left.schema, left.input), right: fixed(right.schema, right.input) };
  return { schema: cloned(schema, changes), input };
}

function namesOf(schema: Schema): readonly string[] {
  const { def } = bare(schema)._zod;
  return def.type === 'intersection' ? [...namesOf(def.left!), ...namesOf(def.right!)] : Object.keys(def.shape ?? {});
}
