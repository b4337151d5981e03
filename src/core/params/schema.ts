/**
 * What this room uses of a zod schema: its definition as data, and `run`, which zod offers to libraries. By shape,
 * since a pipeline's zod is another copy than restage's, or zod/mini.
 */

export interface Schema {
  readonly _zod: Internals;
}

interface Internals {
  readonly def: Definition;
  /** Of a lazy schema. */
  readonly innerType?: Schema;
  readonly constr: new (def: object) => Schema;
  run(payload: Payload, context: object): Payload | Promise<Payload>;
  parse(payload: Payload, context: object): Payload | Promise<Payload>;
}

interface Payload {
  value: unknown;
}

/** The members of all kinds of definitions, as far as they are used. */
export interface Definition {
  readonly type: string;
  readonly checks?: readonly Check[];
  readonly innerType?: Schema;
  readonly defaultValue?: unknown;
  readonly getter?: () => Schema;
  readonly in?: Schema;
  readonly out?: Schema;
  readonly left?: Schema;
  readonly right?: Schema;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly catchall?: Schema;
  readonly valueType?: Schema;
  readonly keyType?: Schema;
  readonly element?: Schema;
  readonly items?: readonly Schema[];
  readonly rest?: Schema | null;
  readonly options?: readonly Schema[];
  readonly discriminator?: string;
  readonly entries?: Readonly<Record<string, string | number>>;
  readonly values?: readonly unknown[];
  readonly format?: string;
  readonly coerce?: boolean;
  /** Of the schema that `secret()` makes. */
  readonly secret?: true;
}

/** A rule about a value, such as `greater_than`. */
export interface Check {
  readonly _zod: {
    readonly def: {
      readonly check: string;
      readonly value?: unknown;
      readonly inclusive?: boolean;
      readonly minimum?: number;
      readonly maximum?: number;
      readonly length?: number;
      readonly format?: string;
    };
  };
}

/** A value that a schema has given already: it is taken as it is. */
export class Kept {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** An input with a schema of its own, which a shared schema (of a list's items) would not be. */
export class Prepared {
  readonly schema: Schema;
  readonly input: unknown;

  constructor(schema: Schema, input: unknown) {
    this.schema = schema;
    this.input = input;
  }
}

/** The schema that also takes what is kept and what is prepared. */
export function keeping(schema: Schema): Schema {
  return derived(schema, (payload, context) => {
    const { value } = payload;
    if (value instanceof Kept) {
      payload.value = value.value;
      return payload;
    }
    if (!(value instanceof Prepared)) return schema._zod.run(payload, context);
    payload.value = value.input;
    return value.schema._zod.run(payload, context);
  });
}

/** The schema that parses this input, whatever it is given. */
export function fixed(schema: Schema, input: unknown): Schema {
  const run = keeping(schema);
  return derived(schema, (payload, context) => {
    payload.value = input;
    return run._zod.run(payload, context);
  });
}

function derived(schema: Schema, run: Internals['run']): Schema {
  const internals = Object.create(schema._zod, { run: { value: run } }) as Internals;
  return Object.create(schema, { _zod: { value: internals } }) as Schema;
}

/** A schema of the same kind with the same checks, and parts of its definition changed. */
export function cloned(schema: Schema, changes: Partial<Definition>): Schema {
  return new schema._zod.constr({ ...schema._zod.def, ...changes });
}

/** The checks of one schema behind another: for a wrapper that is not needed any more. */
export function through(schema: Schema, inner: Schema): Schema {
  if ((schema._zod.def.checks ?? []).length === 0) return inner;
  const clone = cloned(schema, {});
  clone._zod.parse = (payload, context) => inner._zod.run(payload, context);
  return clone;
}

/** The schema below wrappers and references: the one that says what kind of value it takes. */
export function bare(schema: Schema): Schema {
  let inner = schema;
  for (let depth = 0; depth < MOST_WRAPPERS; depth++) {
    const next = wrapped(inner);
    if (next === undefined) return inner;
    inner = next;
  }
  return inner;
}

/** A lazy schema that only leads back to itself would never end. */
const MOST_WRAPPERS = 100;

/**
 * The schema that this one wraps: it takes the same values, or nearly. Undefined for a schema that stands for itself.
 */
export function wrapped({ _zod: { def, innerType } }: Schema): Schema | undefined {
  switch (def.type) {
    case 'lazy':
      // zod calls the getter once, which may make a new schema each time.
      return innerType ?? def.getter!();
    case 'pipe':
      // In z.preprocess, what transforms comes first.
      return def.in!._zod.def.type === 'transform' ? def.out : def.in;
    default:
      return def.innerType;
  }
}

/** What a schema says of a member of this name. */
export function memberSchema({ _zod: { def } }: Schema, name: string): Schema | undefined {
  if (def.shape !== undefined && Object.hasOwn(def.shape, name)) return def.shape[name];
  return def.catchall?._zod.def.type === 'never' ? undefined : def.catchall;
}

/** Whether a member of this name can be given; also true where nobody can tell. */
export function knows(schema: Schema, name: string): boolean {
  const inner = bare(schema);
  const { def } = inner._zod;
  switch (def.type) {
    case 'object':
      return memberSchema(inner, name) !== undefined;
    case 'intersection':
      return knows(def.left!, name) || knows(def.right!, name);
    case 'union':
      return def.options!.some((option) => knows(option, name));
    default:
      return true;
  }
}
