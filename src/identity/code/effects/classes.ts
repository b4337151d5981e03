/** Evaluating a class, and making an object of it. */
import type { AnyNode, Class } from 'acorn';
import { constructGlobal } from './builtin-calls.ts';
import { constructorOf, isClass } from './class-members.ts';
import type { EffectMachine } from './machine.ts';
import { declaredIn } from './local-names.ts';
import {
  type Environment,
  type FunctionValue,
  join,
  objectOf,
  PRIMITIVE,
  shape,
  type Shape,
  UNKNOWN,
  type Value,
} from './value.ts';

export function evaluateClass(machine: EffectMachine, node: AnyNode & Class, outer: Environment, file: string): Value {
  const name = node.id?.name;
  const names = new Set(name === undefined ? [] : [name]);
  const closure: Environment = machine.at(node.body, outer, () => ({ ...outer, names, variables: new Map(), outer }));
  const parent = node.superClass ? machine.value(node.superClass, closure, file) : undefined;
  if (parent !== undefined && !isExtendable(parent)) machine.stop('a class that extends an unknown value');
  const statics = machine.at(node.body, closure, () => shape(machine.owner, 'plain'));
  const made = machine.at<FunctionValue>(node, outer, () => ({
    node,
    file,
    closure,
    parent,
    statics,
    home: undefined,
  }));
  const value: Value = { kind: 'function', functions: [made] };
  if (name !== undefined) machine.declare(closure, name, value);
  const inside: Environment = machine.at(node, closure, () => ({ ...closure, thisValue: value, home: made }));
  for (const member of node.body.body) {
    if (member.type === 'StaticBlock') {
      const own = new Set(member.body.flatMap((it) => [...declaredIn(it)]));
      const block = machine.at(member, closure, () => ({
        ...inside,
        names: own,
        variables: new Map(),
        outer: closure,
      }));
      machine.statements(member.body, block, file);
      continue;
    }
    if (member.computed) machine.convert(machine.value(member.key, closure, file));
    if (member.type === 'PropertyDefinition' && member.static && member.value)
      machine.write(statics, machine.value(member.value, inside, file));
  }
  return value;
}

export function construct(
  machine: EffectMachine,
  callee: Value,
  args: readonly Value[],
  node: AnyNode,
  at: Environment,
): Value {
  if (callee.kind === 'global') return constructGlobal(machine, callee.path, args);
  if (callee.kind !== 'function') return machine.stop('a construction of something whose effects are not known');
  return callee.functions
    .map((it) => {
      if (!isClass(it)) return machine.stop('a construction by a function');
      const made = machine.at(node, at, () => ({ ...shape(machine.owner, 'instance'), class: it }));
      machine.callsFunctions = true;
      initialise(machine, it, objectOf(made), made, args);
      return objectOf(made);
    })
    .reduce(join);
}

/** What `super(...)` does, and `new` for the class itself. */
export function initialise(
  machine: EffectMachine,
  it: FunctionValue,
  self: Value,
  made: Shape,
  args: readonly Value[],
): void {
  const { node, parent, closure, file } = it;
  if (node.type !== 'ClassDeclaration' && node.type !== 'ClassExpression') return machine.stop('a call of super()');
  const constructor = constructorOf(it);
  if (constructor === undefined && parent !== undefined) initialiseParent(machine, parent, self, made, args);
  const inside: Environment = machine.at(node.body.body, closure, () => ({
    ...closure,
    thisValue: self,
    home: it,
  }));
  machine.joinThis(inside, self);
  for (const member of node.body.body)
    if (member.type === 'PropertyDefinition' && !member.static && member.value)
      machine.write(made, machine.value(member.value, inside, file));
  if (constructor !== undefined) machine.run(constructor, args, self);
}

export function initialiseParent(
  machine: EffectMachine,
  parent: Value,
  self: Value,
  made: Shape,
  args: readonly Value[],
): void {
  if (parent.kind === 'function') for (const it of parent.functions) initialise(machine, it, self, made, args);
  else if (parent.kind === 'global' && /^(?:Object|\w*Error)$/.test(parent.path)) {
    for (const argument of args) machine.write(made, argument);
  } else machine.stop('a call of super() whose effects are not known');
}

function isExtendable(value: Value): boolean {
  if (value === UNKNOWN) return false;
  return (
    value.kind === 'function' ||
    value.kind === 'global' ||
    value.kind === 'package' ||
    value.kind === 'zod' ||
    value === PRIMITIVE
  );
}
