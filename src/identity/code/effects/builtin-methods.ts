/** What calling a method of an array, a string or another object of the language does. */
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
    const method = METHODS[it.type]?.[name];
    if (method === undefined) return machine.stop(`a call of ${name}(), which is not known to be without effects`);
    machine.read(it);
    return method(machine, [it], args);
  });
  return results.reduce(join, PRIMITIVE);
}

/** A method of a string, a number or another primitive. */
export function callPrimitiveMethod(machine: EffectMachine, args: readonly Value[]): Value {
  for (const argument of args) {
    if (argument.kind === 'function') machine.call(argument, [PRIMITIVE, PRIMITIVE, PRIMITIVE], PRIMITIVE);
    else machine.convert(argument);
  }
  // split() gives an array, replace() a string.
  return machine.data;
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

const fresh = (machine: EffectMachine, content: Value): Value => machine.make('array', content);

const copy = reading((machine, shapes, args) => fresh(machine, [contentOf(shapes), ...args].reduce(join)));
const typedCopy = reading((machine) => machine.make('typed', PRIMITIVE));
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

const joined = reading((machine, shapes) => {
  machine.convert(contentOf(shapes));
  return PRIMITIVE;
});

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
  at: member,
  includes: primitive,
  indexOf: primitive,
  lastIndexOf: primitive,
  join: joined,
  toString: joined,
  fill: writing(itself),
  reverse: writing(itself),
  copyWithin: writing(itself),
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
    flat: reading((machine, shapes) => fresh(machine, flattened(flattened(contentOf(shapes))))),
    toReversed: copy,
    toSorted: sorted,
    with: copy,
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
    subarray: reading((_, shapes) => objectOf(...shapes)),
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
    has: primitive,
    add: writing(itself),
    delete: writing(() => PRIMITIVE),
    clear: writing(() => PRIMITIVE),
  },
  plain: { hasOwnProperty: primitive, propertyIsEnumerable: primitive },
  other: { toString: primitive, toISOString: primitive, getTime: primitive, test: primitive, valueOf: primitive },
};

/** The members of an array, or the value itself. */
export function flattened(value: Value): Value {
  if (value.kind !== 'object') return value;
  return value.shapes.map((it) => (it.type === 'array' ? it.content : objectOf(it))).reduce(join, PRIMITIVE);
}
