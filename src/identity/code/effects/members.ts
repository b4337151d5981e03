/** Reading and writing members of values. */
import { ancestryOf, beginsWithField, hasAccessor, methodOf } from './class-members.ts';
import { PRIMITIVE_MEMBERS, PROCESS_MEMBERS } from './known-names.ts';
import type { EffectMachine } from './machine.ts';
import { type FunctionValue, join, PRIMITIVE, type Shape, UNKNOWN, type Value } from './value.ts';

export function putInto(machine: EffectMachine, object: Value, value: Value, name: string | undefined): void {
  if (object.kind === 'function') {
    for (const it of object.functions) putIntoClass(machine, it, value, name);
    return;
  }
  if (object.kind !== 'object') return machine.stop('a change of an object that was made elsewhere');
  for (const it of object.shapes) {
    const isIndexed = it.type === 'array' || it.type === 'typed';
    if (it.hasAccessors || (it.class !== undefined && hasAccessor(it.class, name)))
      machine.stop('a write that may call a setter');
    if (!isIndexed && it.type !== 'plain' && it.type !== 'instance') machine.stop('a change of a built-in object');
    if (isIndexed && name !== undefined && name !== 'length') machine.stop('a change of a built-in object');
    machine.write(it, value);
  }
}

/** A static member that a class gets in its static block. */
function putIntoClass(machine: EffectMachine, it: FunctionValue, value: Value, name: string | undefined): void {
  const { statics } = it;
  if (statics === undefined || name === undefined) return machine.stop('a change of a function');
  // Of what extends something else, nobody knows the setters.
  const isKnown = ancestryOf(it).every(
    ({ parent }) =>
      parent === undefined ||
      parent.kind === 'function' ||
      (parent.kind === 'global' && /^(?:Object|\w*Error|Array|Map|Set)$/.test(parent.path)),
  );
  if (!isKnown || hasAccessor(it, name, true)) return machine.stop('a write that may call a setter');
  if (methodOf(it, name, true) !== undefined) return machine.stop('a change of a method');
  machine.write(statics, value);
}

/** All that can be read from an object. */
export function contentOf(machine: EffectMachine, value: Value): Value {
  switch (value.kind) {
    case 'primitive':
    case 'zod':
    case 'made-by-restage':
      return value;
    case 'object':
      return value.shapes.map((it) => contentOfShape(machine, it, undefined)).reduce(join);
    case 'global':
      // The members of Math and its like are not enumerable.
      return value.path.startsWith('process') ? machine.stop('a look into the process') : PRIMITIVE;
    case 'function':
    case 'namespace':
    case 'restage':
    case 'package':
    case 'unknown':
      return machine.stop('a look into an unknown value');
  }
}

function contentOfShape(machine: EffectMachine, it: Shape, name: string | undefined): Value {
  machine.read(it);
  if (it.hasAccessors || (it.class !== undefined && hasAccessor(it.class, name)))
    return machine.stop('a read that may call a getter');
  // Another unit's object may have got other functions since.
  if (it.owner !== machine.owner && it.content.kind === 'function') return UNKNOWN;
  return it.content;
}

/** `value.name`, or `value[...]` without a name. */
export function memberOf(machine: EffectMachine, value: Value, name: string | undefined): Value {
  switch (value.kind) {
    case 'primitive':
      return PRIMITIVE;
    case 'zod':
    case 'made-by-restage':
      return value;
    case 'object':
      return value.shapes.map((it) => shapeMember(machine, it, name)).reduce(join);
    case 'global':
      return globalMember(machine, value.path, name);
    case 'function':
      return value.functions.map((it) => staticMember(machine, it, name)).reduce(join);
    case 'namespace':
      return name === undefined
        ? machine.stop('a computed member of a module')
        : machine.world.exportOf(value.file, name);
    case 'restage':
      return value.name === '' && name !== undefined ? { kind: 'restage', name } : UNKNOWN;
    case 'package':
    case 'unknown':
      return machine.stop('a look into an unknown value');
  }
}

function shapeMember(machine: EffectMachine, it: Shape, name: string | undefined): Value {
  const method = name === undefined || it.class === undefined ? undefined : methodOf(it.class, name);
  return method === undefined ? contentOfShape(machine, it, name) : { kind: 'function', functions: [method] };
}

function staticMember(machine: EffectMachine, it: FunctionValue, name: string | undefined): Value {
  if (name === 'prototype') return UNKNOWN;
  if (it.statics === undefined) return name === 'name' || name === 'length' ? PRIMITIVE : UNKNOWN;
  const method = name === undefined ? undefined : methodOf(it, name, true);
  if (method !== undefined) return { kind: 'function', functions: [method] };
  if (hasAccessor(it, name, true)) return machine.stop('a read that may call a getter');
  if (name !== undefined && beginsWithField(it, name)) return contentOfShape(machine, it.statics, name);
  const inherited = ancestryOf(it).flatMap(({ statics, parent }) => [
    statics === undefined ? PRIMITIVE : contentOfShape(machine, statics, name),
    parent === undefined || parent.kind === 'function' || parent.kind === 'global' ? PRIMITIVE : UNKNOWN,
  ]);
  return inherited.reduce(join);
}

function globalMember(machine: EffectMachine, path: string, name: string | undefined): Value {
  if (name === undefined) return machine.stop(`a look into ${path}`);
  const whole = `${path}.${name}`;
  if (PROCESS_MEMBERS.test(whole)) machine.readsState = true;
  return PRIMITIVE_MEMBERS.test(whole) ? PRIMITIVE : { kind: 'global', path: whole };
}
