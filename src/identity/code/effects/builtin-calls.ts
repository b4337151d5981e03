/** What calling or constructing a thing of the language, of Node, of zod or of restage does. */
import { callBuiltinMethod, callPrimitiveMethod, flattened } from './builtin-methods.ts';
import {
  OPAQUE_CONSTRUCTORS,
  PRIMITIVE_FUNCTIONS,
  RESTAGE_DECLARATIONS,
  TYPED_ARRAYS,
  ZOD_BUILDERS,
  ZOD_PARSERS,
} from './known-names.ts';
import type { EffectMachine } from './machine.ts';
import { isData, join, MADE_BY_RESTAGE, mayRun, PRIMITIVE, type Shape, type Value } from './value.ts';

/** `receiver.name(...args)`, where the project did not make the receiver. */
export function callMember(machine: EffectMachine, receiver: Value, name: string, args: readonly Value[]): Value {
  switch (receiver.kind) {
    case 'primitive':
      return callPrimitiveMethod(machine, name, args);
    case 'object':
      return callBuiltinMethod(machine, receiver.shapes, name, args);
    case 'global':
      return callGlobal(machine, `${receiver.path}.${name}`, args);
    case 'zod':
      return callZod(machine, receiver.runsCode, name, args);
    case 'restage':
    case 'made-by-restage':
    case 'function':
    case 'namespace':
    case 'package':
    case 'unknown':
      return machine.stop(`a call of ${name}(), whose effects are not known`);
  }
}

export function callGlobal(machine: EffectMachine, path: string, args: readonly Value[]): Value {
  if (PRIMITIVE_FUNCTIONS.has(path)) {
    for (const argument of args) machine.convert(argument);
    return PRIMITIVE;
  }
  const special = Object.hasOwn(FUNCTIONS, path) ? FUNCTIONS[path] : undefined;
  return special === undefined ? machine.stop(`a call of ${path}()`) : special(machine, args);
}

export function constructGlobal(machine: EffectMachine, name: string, args: readonly Value[]): Value {
  const { owner } = machine;
  const [first] = args;
  if (name === 'Map' || name === 'Set') {
    const content = first === undefined ? PRIMITIVE : elementsOf(machine, first);
    const inside = name === 'Map' ? flattened(content) : content;
    return machine.make(name === 'Map' ? 'map' : 'set', inside);
  }
  if (TYPED_ARRAYS.has(name)) {
    for (const argument of args) machine.convert(argument);
    // Over a buffer it is a view of it; over anything else it is a copy.
    const shapes = first?.kind === 'object' ? first.shapes.filter(({ type }) => type === 'other') : [];
    if (shapes.some((it) => it.owner !== owner)) machine.stop('a view of a buffer');
    return machine.make('typed', PRIMITIVE);
  }
  if (name === 'Array') return machine.make('array', args.reduce(join, PRIMITIVE));
  if (name === 'Object' && first === undefined) return machine.make('plain', PRIMITIVE);
  if (name === 'Date' && first === undefined) return machine.stop('a reading of the clock');
  if (!OPAQUE_CONSTRUCTORS.has(name)) return machine.stop(`a construction of ${name}`);
  for (const argument of args) machine.convert(argument);
  return machine.make(name === 'RegExp' ? 'search' : 'other', PRIMITIVE);
}

export function callRestage(machine: EffectMachine, name: string): Value {
  return RESTAGE_DECLARATIONS.has(name) ? MADE_BY_RESTAGE : machine.stop(`a call of ${name}()`);
}

/** What an iteration gives; stops if it could call code. */
export function elementsOf(machine: EffectMachine, value: Value): Value {
  if (value.kind === 'primitive') return PRIMITIVE;
  if (value.kind === 'zod' || value.kind === 'made-by-restage') return value;
  if (value.kind !== 'object') return machine.stop('an iteration over an unknown value');
  return value.shapes
    .map((it) => {
      if (it.type === 'instance' || it.type === 'plain' || it.type === 'other')
        return machine.stop('an iteration over an object with code of its own');
      machine.read(it);
      if (it.type !== 'map') return it.content;
      return machine.make('array', join(it.content, PRIMITIVE));
    })
    .reduce(join, PRIMITIVE);
}

function callZod(machine: EffectMachine, runsCode: boolean, name: string, args: readonly Value[]): Value {
  if (ZOD_PARSERS.has(name)) {
    if (runsCode || args.some((it) => mayRun(it)))
      return machine.stop(`a call of ${name}(), which runs the schema's code`);
    return machine.data;
  }
  // A schema with an id is known to all.
  if (!ZOD_BUILDERS.has(name)) return machine.stop(`a call of zod's ${name}()`);
  for (const argument of args)
    if (argument.kind === 'unknown') machine.stop(`a call of ${name}() with an unknown value`);
  return { kind: 'zod', runsCode: runsCode || args.some((it) => mayRun(it)) };
}

type Special = (machine: EffectMachine, args: readonly Value[]) => Value;

const newArray = (machine: EffectMachine, content: Value): Value => machine.make('array', content);

const read = (machine: EffectMachine, value: Value | undefined): Value => {
  if (value === undefined || value.kind === 'primitive') return PRIMITIVE;
  if (value.kind === 'zod' || value.kind === 'made-by-restage') return value;
  if (value.kind !== 'object' || value.shapes.some(({ hasAccessors }) => hasAccessors))
    return machine.stop('a look into an unknown value');
  for (const it of value.shapes) machine.read(it);
  return value.shapes.map(({ content }) => content).reduce(join);
};

const fixed: Special = (machine, [value = PRIMITIVE]) => {
  const shapes =
    value.kind === 'object'
      ? value.shapes
      : value.kind === 'function'
        ? value.functions.map(({ statics }) => statics ?? machine.stop('a change of a function'))
        : [];
  for (const it of shapes) machine.write(it, PRIMITIVE);
  if (value.kind !== 'primitive' && shapes.length === 0) machine.stop('a change of an unknown value');
  return value;
};

const looked: Special = (machine, [value, key = PRIMITIVE]) => {
  machine.convert(key);
  read(machine, value);
  return PRIMITIVE;
};

const grouped =
  (type: Shape['type']): Special =>
  (machine, [source = PRIMITIVE, callee = PRIMITIVE]) => {
    const content = elementsOf(machine, source);
    const key = machine.call(callee, [content, PRIMITIVE], PRIMITIVE);
    if (type === 'plain') machine.convert(key);
    return machine.make(type, join(key, newArray(machine, content)));
  };

/** A copy, but of a buffer a view. */
const bytes: Special = (machine, args) => {
  for (const argument of args) {
    machine.convert(argument);
    if (argument.kind === 'object' && argument.shapes.some(({ type }) => type === 'other'))
      machine.stop('a view of a buffer');
  }
  return machine.make('typed', PRIMITIVE);
};

const FUNCTIONS: Readonly<Record<string, Special>> = {
  'JSON.parse': (machine, [text, reviver]) => {
    if (reviver !== undefined) return machine.stop('a call of JSON.parse() with a function');
    machine.convert(text ?? PRIMITIVE);
    return machine.data;
  },
  structuredClone: (machine, [value]) => {
    machine.convert(value ?? PRIMITIVE);
    return machine.data;
  },
  'Object.keys': (machine, [value]) => {
    read(machine, value);
    return newArray(machine, PRIMITIVE);
  },
  'Object.getOwnPropertyNames': (machine, [value]) => {
    read(machine, value);
    return newArray(machine, PRIMITIVE);
  },
  'Object.values': (machine, [value]) => newArray(machine, read(machine, value)),
  'Object.entries': (machine, [value]) => newArray(machine, newArray(machine, join(read(machine, value), PRIMITIVE))),
  'Object.fromEntries': (machine, [entries]) =>
    machine.make('plain', flattened(elementsOf(machine, entries ?? PRIMITIVE))),
  'Object.freeze': fixed,
  'Object.seal': fixed,
  'Object.preventExtensions': fixed,
  'Object.isFrozen': looked,
  'Object.isSealed': looked,
  'Object.isExtensible': looked,
  'Reflect.has': looked,
  'Reflect.ownKeys': (machine, [value]) => {
    read(machine, value);
    return newArray(machine, PRIMITIVE);
  },
  'Object.defineProperty': (machine, [target = PRIMITIVE, key = PRIMITIVE, descriptor = PRIMITIVE]) => {
    machine.convert(key);
    // A function in it may be a getter.
    if (!isData(descriptor)) return machine.stop('a definition of a property');
    machine.put(target, read(machine, descriptor), undefined);
    return target;
  },
  'Object.groupBy': grouped('plain'),
  'Map.groupBy': grouped('map'),
  'Buffer.from': bytes,
  'Buffer.alloc': bytes,
  'Object.assign': (machine, [target = PRIMITIVE, ...sources]) => {
    if (target.kind !== 'object') return machine.stop('a call of Object.assign() on an unknown value');
    for (const source of sources) {
      const content = read(machine, source);
      machine.put(target, content, undefined);
    }
    return target;
  },
  'Object.create': (machine, [prototype, members]) => {
    if (prototype?.kind !== 'primitive' || members !== undefined) return machine.stop('a call of Object.create()');
    return machine.make('plain', PRIMITIVE);
  },
  'Array.of': (machine, args) => newArray(machine, args.reduce(join, PRIMITIVE)),
  'Array.from': (machine, [source = PRIMITIVE, callee]) => {
    const content = isData(source) ? read(machine, source) : elementsOf(machine, source);
    return newArray(machine, callee === undefined ? content : machine.call(callee, [content, PRIMITIVE], PRIMITIVE));
  },
  Array: (machine, args) => newArray(machine, args.reduce(join, PRIMITIVE)),
  'node:url.pathToFileURL': (machine, args) => {
    for (const argument of args) machine.convert(argument);
    return machine.make('other', PRIMITIVE);
  },
  ...Object.fromEntries(
    [...TYPED_ARRAYS].flatMap((name): readonly (readonly [string, Special])[] => [
      [`${name}.of`, (machine) => machine.make('typed', PRIMITIVE)],
      [
        `${name}.from`,
        (machine, [source = PRIMITIVE, callee]) => {
          const content = elementsOf(machine, source);
          machine.convert(callee === undefined ? content : machine.call(callee, [content, PRIMITIVE], PRIMITIVE));
          return machine.make('typed', PRIMITIVE);
        },
      ],
    ]),
  ),
};
