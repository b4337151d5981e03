/** What calling a method of an array, a string or another object of the language does. */
import { PRIMITIVE_METHODS } from './known-names.ts';
import type { EffectMachine } from './machine.ts';
import { isData, join, objectOf, PRIMITIVE, type Shape, type Value } from './value.ts';

type Method = (machine: EffectMachine, receiver: readonly Shape[], args: readonly Value[]) => Value;

/** A method of ordinary objects. Ends in an effect if it is not known. */
export function callBuiltinMethod(
  machine: EffectMachine,
  receiver: readonly Shape[],
  name: string,
  args: readonly Value[],
): Value {
  const results = receiver.map((it) => {
    const methods = METHODS[it.type] ?? {};
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    // What is data may be a text, and an object has no such method.
    if (method === undefined && PRIMITIVE_METHODS.has(name)) {
      machine.convert(objectOf(it));
      return callPrimitiveMethod(machine, name, args);
    }
    if (method === undefined) return machine.stop(`a call of ${name}(), which is not known to be without effects`);
    machine.read(it);
    return method(machine, [it], args);
  });
  return results.reduce(join, PRIMITIVE);
}

/** A method of a string, a number or another primitive. */
export function callPrimitiveMethod(machine: EffectMachine, name: string, args: readonly Value[]): Value {
  for (const argument of args) {
    if (argument.kind === 'function') machine.call(argument, [PRIMITIVE, PRIMITIVE, PRIMITIVE], PRIMITIVE);
    else machine.convert(argument);
    if (argument.kind === 'object') for (const it of argument.shapes) if (it.type === 'search') search(machine, it);
  }
  // split() gives an array, replace() a string.
  return PRIMITIVE_METHODS.has(name) ? PRIMITIVE : machine.data;
}

/** A search with a regular expression that remembers where it was. */
function search(machine: EffectMachine, it: Shape): void {
  machine.write(it, PRIMITIVE);
}

const contentOf = (shapes: readonly Shape[]): Value => shapes.map(({ content }) => content).reduce(join);

/** Calls back with each member. */
const callback =
  (result: (machine: EffectMachine, shapes: readonly Shape[], returned: Value) => Value): Method =>
  (machine, shapes, [callee = PRIMITIVE, ...rest]) => {
    const content = contentOf(shapes);
    const self = objectOf(...shapes);
    for (const argument of rest) if (argument.kind === 'unknown') machine.stop('a call with an unknown value');
    return result(machine, shapes, machine.call(callee, [content, PRIMITIVE, self], rest[0] ?? PRIMITIVE));
  };

const reading =
  (result: (machine: EffectMachine, shapes: readonly Shape[], args: readonly Value[]) => Value): Method =>
  (machine, shapes, args) =>
    result(machine, shapes, args);

/** From the one at this place on, arguments are converted to numbers or texts. */
const converting =
  (first: number, method: Method): Method =>
  (machine, shapes, args) => {
    for (const argument of args.slice(first)) machine.convert(argument);
    return method(machine, shapes, args);
  };

const fresh = (machine: EffectMachine, content: Value): Value => machine.make('array', content);

const copy = converting(
  0,
  reading((machine, shapes) => fresh(machine, contentOf(shapes))),
);
const typedCopy = converting(
  0,
  reading((machine) => machine.make('typed', PRIMITIVE)),
);
const member = reading((_, shapes) => join(contentOf(shapes), PRIMITIVE));
const primitive = reading(() => PRIMITIVE);

/** Adds to the object, which must be the caller's own. */
const writing =
  (result: (machine: EffectMachine, shapes: readonly Shape[]) => Value): Method =>
  (machine, shapes, args) => {
    for (const it of shapes) for (const value of args) machine.write(it, value);
    if (args.length === 0) for (const it of shapes) machine.write(it, PRIMITIVE);
    return result(machine, shapes);
  };

const itself = (_: EffectMachine, shapes: readonly Shape[]): Value => objectOf(...shapes);

const sorting: Method = (machine, shapes, [compare]) => {
  for (const it of shapes) machine.write(it, PRIMITIVE);
  const content = contentOf(shapes);
  if (compare === undefined) machine.convert(content);
  else machine.call(compare, [content, content], PRIMITIVE);
  return objectOf(...shapes);
};

const sorted: Method = (machine, shapes, [compare]) => {
  const content = contentOf(shapes);
  if (compare === undefined) machine.convert(content);
  else machine.call(compare, [content, content], PRIMITIVE);
  return fresh(machine, content);
};

const reduce: Method = (machine, shapes, [callee = PRIMITIVE, initial]) => {
  const content = contentOf(shapes);
  let result = initial ?? content;
  for (let round = 0; round < 3; round++)
    result = join(result, machine.call(callee, [result, content, PRIMITIVE, objectOf(...shapes)], PRIMITIVE));
  return result;
};

const joined = converting(
  0,
  reading((machine, shapes) => {
    machine.convert(contentOf(shapes));
    return PRIMITIVE;
  }),
);

/** Takes texts, numbers or bytes. */
const withText =
  (result: (machine: EffectMachine) => Value): Method =>
  (machine, _, args) => {
    for (const argument of args) machine.convert(argument);
    return result(machine);
  };

const setOfBoth: Method = (machine, shapes, [other = PRIMITIVE]) => {
  if (other.kind !== 'object' || other.shapes.some(({ type }) => type !== 'set' && type !== 'map'))
    return machine.stop('a call with an unknown value');
  for (const it of other.shapes) machine.read(it);
  return machine.make('set', join(contentOf(shapes), contentOf(other.shapes)));
};

const ITERATION: Readonly<Record<string, Method>> = {
  forEach: callback(() => PRIMITIVE),
  entries: reading((machine, shapes) => fresh(machine, fresh(machine, join(contentOf(shapes), PRIMITIVE)))),
  keys: copy,
  values: copy,
};

const SEQUENCE: Readonly<Record<string, Method>> = {
  ...ITERATION,
  every: callback(() => PRIMITIVE),
  some: callback(() => PRIMITIVE),
  find: callback((_, shapes) => join(contentOf(shapes), PRIMITIVE)),
  findLast: callback((_, shapes) => join(contentOf(shapes), PRIMITIVE)),
  findIndex: callback(() => PRIMITIVE),
  findLastIndex: callback(() => PRIMITIVE),
  reduce,
  reduceRight: reduce,
  at: converting(0, member),
  includes: converting(1, primitive),
  indexOf: converting(1, primitive),
  lastIndexOf: converting(1, primitive),
  join: joined,
  toString: joined,
  fill: converting(1, writing(itself)),
  reverse: writing(itself),
  copyWithin: converting(0, writing(itself)),
  sort: sorting,
};

const METHODS: Readonly<Partial<Record<Shape['type'], Readonly<Record<string, Method>>>>> = {
  array: {
    ...SEQUENCE,
    map: callback((machine, _, returned) => fresh(machine, returned)),
    flatMap: callback((machine, _, returned) => fresh(machine, flattened(returned))),
    filter: callback((machine, shapes) => fresh(machine, contentOf(shapes))),
    slice: copy,
    concat: reading((machine, shapes, args) =>
      fresh(machine, [contentOf(shapes), ...args.map(flattened)].reduce(join)),
    ),
    flat: converting(
      0,
      reading((machine, shapes) => fresh(machine, flattened(flattened(contentOf(shapes))))),
    ),
    toReversed: copy,
    toSorted: sorted,
    with: reading((machine, shapes, [at = PRIMITIVE, value = PRIMITIVE]) => {
      machine.convert(at);
      return fresh(machine, join(contentOf(shapes), value));
    }),
    push: writing(() => PRIMITIVE),
    unshift: writing(() => PRIMITIVE),
    pop: writing((_, shapes) => join(contentOf(shapes), PRIMITIVE)),
    shift: writing((_, shapes) => join(contentOf(shapes), PRIMITIVE)),
    splice: writing((machine, shapes) => fresh(machine, contentOf(shapes))),
  },
  typed: {
    ...SEQUENCE,
    map: callback((machine) => machine.make('typed', PRIMITIVE)),
    filter: callback((machine) => machine.make('typed', PRIMITIVE)),
    slice: typedCopy,
    toReversed: typedCopy,
    toSorted: typedCopy,
    // A view of the same memory.
    subarray: converting(
      0,
      reading((_, shapes) => objectOf(...shapes)),
    ),
    set: (machine, shapes, args) => {
      for (const argument of args) if (!isData(argument)) machine.stop('a call with an unknown value');
      for (const it of shapes) machine.write(it, PRIMITIVE);
      return PRIMITIVE;
    },
  },
  map: {
    ...ITERATION,
    get: member,
    has: primitive,
    set: writing(itself),
    delete: writing(() => PRIMITIVE),
    clear: writing(() => PRIMITIVE),
  },
  set: {
    ...ITERATION,
    ...Object.fromEntries(
      ['union', 'intersection', 'difference', 'symmetricDifference'].map((name) => [name, setOfBoth]),
    ),
    has: primitive,
    add: writing(itself),
    delete: writing(() => PRIMITIVE),
    clear: writing(() => PRIMITIVE),
  },
  plain: { hasOwnProperty: primitive, propertyIsEnumerable: primitive },
  search: { test: writing(() => PRIMITIVE), exec: writing(() => PRIMITIVE), toString: primitive },
  other: {
    toString: primitive,
    toISOString: primitive,
    getTime: primitive,
    test: withText(() => PRIMITIVE),
    exec: withText(({ data }) => data),
    valueOf: primitive,
    format: withText(() => PRIMITIVE),
    compare: withText(() => PRIMITIVE),
    select: withText(() => PRIMITIVE),
    encode: withText((machine) => machine.make('typed', PRIMITIVE)),
    decode: withText(() => PRIMITIVE),
  },
};

/** The members of an array, or the value itself. */
export function flattened(value: Value): Value {
  if (value.kind !== 'object') return value;
  return value.shapes.map((it) => (it.type === 'array' ? it.content : objectOf(it))).reduce(join, PRIMITIVE);
}
