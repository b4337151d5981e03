/** The values of expressions, and what evaluating them does. */
import type { AnyNode, CallExpression, Expression, ObjectExpression, Pattern, Super } from 'acorn';
import { isFunction, literalText } from '../text/syntax.ts';
import { callMember, elementsOf } from './builtin-calls.ts';
import { construct, evaluateClass, initialiseParent } from './classes.ts';
import type { EffectMachine } from './machine.ts';
import {
  type Environment,
  type FunctionValue,
  holderOf,
  join,
  objectOf,
  PRIMITIVE,
  shape,
  UNKNOWN,
  type Value,
} from './value.ts';

export function evaluate(machine: EffectMachine, node: AnyNode, environment: Environment, file: string): Value {
  machine.step();
  const value = (it: AnyNode): Value => machine.value(it, environment, file);
  if (isFunction(node)) {
    const made = machine.at<FunctionValue>(node.body, environment, () => ({
      node,
      file,
      closure: environment,
      parent: undefined,
      statics: undefined,
      home: undefined,
    }));
    return { kind: 'function', functions: [made] };
  }
  switch (node.type) {
    case 'Literal':
      if (node.regex == null) return PRIMITIVE;
      return objectOf(
        machine.at(node, environment, () => shape(machine.owner, /[gy]/.test(node.regex!.flags) ? 'search' : 'other')),
      );
    case 'Identifier':
      return lookUp(machine, node.name, node.start, environment, file);
    case 'TemplateLiteral':
      for (const part of node.expressions) machine.convert(value(part));
      return PRIMITIVE;
    case 'TaggedTemplateExpression': {
      // The texts: a list with another list in it, which nobody can change.
      const given = (): readonly Value[] => [machine.data, ...node.quasi.expressions.map(value)];
      return machine.inPlace(node, environment, () => call(machine, node.tag, given, environment, file));
    }
    case 'ArrayExpression': {
      const parts = node.elements.map((element) => {
        if (element === null) return PRIMITIVE;
        return element.type === 'SpreadElement' ? elementsOf(machine, value(element.argument)) : value(element);
      });
      const made = machine.at(node, environment, () => shape(machine.owner, 'array'));
      for (const part of parts) machine.write(made, part);
      return objectOf(made);
    }
    case 'ObjectExpression':
      return objectLiteral(machine, node, environment, file);
    case 'ClassExpression':
    case 'ClassDeclaration':
      return evaluateClass(machine, node, environment, file);
    case 'UnaryExpression': {
      if (node.operator === 'delete') return remove(machine, node.argument, environment, file);
      const operand = value(node.argument);
      if (/^[-+~]$/.test(node.operator)) machine.convert(operand);
      return PRIMITIVE;
    }
    case 'UpdateExpression':
      machine.convert(value(node.argument));
      machine.bind(node.argument as Pattern, PRIMITIVE, environment, file);
      return PRIMITIVE;
    case 'BinaryExpression': {
      const operands = [node.left, node.right].map((it) => (it.type === 'PrivateIdentifier' ? PRIMITIVE : value(it)));
      if (node.operator === 'instanceof') {
        const right = operands[1]!;
        if (right.kind !== 'global' && right.kind !== 'function') machine.stop('a test by an unknown class');
      } else if (!/^[!=]==$/.test(node.operator) && node.operator !== 'in') {
        for (const operand of operands) machine.convert(operand);
      }
      return PRIMITIVE;
    }
    case 'LogicalExpression':
      return join(value(node.left), value(node.right));
    case 'ConditionalExpression':
      value(node.test);
      return join(value(node.consequent), value(node.alternate));
    case 'SequenceExpression':
      return node.expressions.map(value).at(-1) ?? PRIMITIVE;
    case 'AssignmentExpression': {
      const isPlain = node.operator === '=' || /^(?:\|\||&&|\?\?)=$/.test(node.operator);
      const right = value(node.right);
      const before = node.operator === '=' ? PRIMITIVE : value(node.left);
      if (!isPlain) for (const operand of [before, right]) machine.convert(operand);
      const result = isPlain ? join(before, right) : PRIMITIVE;
      machine.bind(node.left, result, environment, file);
      return result;
    }
    case 'MemberExpression':
      return readMember(machine, node.object, node, environment, file);
    case 'ChainExpression':
    case 'ParenthesizedExpression':
      return value(node.expression);
    case 'CallExpression':
      return machine.inPlace(node, environment, () => callOf(machine, node, environment, file));
    case 'NewExpression': {
      const callee = value(node.callee);
      const args = argumentsOf(machine, node.arguments, environment, file);
      return machine.inPlace(node, environment, () => construct(machine, callee, args, node, environment));
    }
    case 'ThisExpression':
      return environment.thisValue;
    case 'MetaProperty':
      return PRIMITIVE;
    case 'AwaitExpression':
      return machine.stop('an await');
    case 'ImportExpression':
      return machine.stop('an import()');
    case 'VariableDeclarator':
      machine.bind(node.id, node.init ? value(node.init) : PRIMITIVE, environment, file);
      return PRIMITIVE;
    default:
      return machine.stop('code that is not understood');
  }
}

function lookUp(machine: EffectMachine, name: string, start: number, environment: Environment, file: string): Value {
  if (machine.world.outerUse(file, start) !== undefined) return machine.world.valueOf(file, name);
  // Nothing is known of it in the first round; then there is another one.
  return holderOf(environment, name).variables.get(name) ?? PRIMITIVE;
}

function objectLiteral(machine: EffectMachine, node: ObjectExpression, environment: Environment, file: string): Value {
  const hasAccessors = node.properties.some((it) => it.type === 'Property' && it.kind !== 'init');
  const made = machine.at(node, environment, () => ({ ...shape(machine.owner, 'plain'), hasAccessors }));
  const methods: Environment = machine.at<Environment>(node.properties, environment, () => ({
    ...environment,
    thisValue: UNKNOWN,
  }));
  for (const property of node.properties) {
    if (property.type === 'SpreadElement') {
      machine.write(made, machine.contentOf(machine.value(property.argument, environment, file)));
      continue;
    }
    if (property.computed) machine.convert(machine.value(property.key, environment, file));
    if (property.kind !== 'init') continue;
    const isPrototype = !property.computed && !property.shorthand && keyOf(property.key) === '__proto__';
    const content = machine.value(property.value, property.method ? methods : environment, file);
    if (isPrototype && content.kind !== 'primitive') machine.stop('an object with a prototype of its own');
    machine.write(made, content);
  }
  return objectOf(made);
}

function readMember(
  machine: EffectMachine,
  object: AnyNode | Super,
  { computed, property }: { readonly computed: boolean; readonly property: AnyNode },
  environment: Environment,
  file: string,
): Value {
  if (object.type === 'MetaProperty') return PRIMITIVE;
  if (object.type === 'Super') return machine.stop('a use of super');
  const receiver = machine.value(object, environment, file);
  if (computed) machine.convert(machine.value(property, environment, file));
  return machine.member(receiver, memberName(computed, property));
}

function remove(machine: EffectMachine, node: AnyNode, environment: Environment, file: string): Value {
  const target = node.type === 'ChainExpression' ? node.expression : node;
  if (target.type !== 'MemberExpression') return machine.stop('a removal');
  const object = machine.value(target.object, environment, file);
  if (target.computed) machine.convert(machine.value(target.property, environment, file));
  machine.put(object, PRIMITIVE, undefined);
  return PRIMITIVE;
}

function callOf(machine: EffectMachine, node: CallExpression, environment: Environment, file: string): Value {
  const { callee } = node;
  const args = (): readonly Value[] => argumentsOf(machine, node.arguments, environment, file);
  if (callee.type === 'Super') {
    const parent = environment.home?.parent ?? UNKNOWN;
    const self = environment.thisValue;
    if (self.kind !== 'object') return machine.stop('a call of super()');
    for (const made of self.shapes) initialiseParent(machine, parent, self, made, args());
    return PRIMITIVE;
  }
  return call(machine, callee, args, environment, file, node.arguments[0]);
}

/** A call, or a template with a tag. */
function call(
  machine: EffectMachine,
  callee: Expression,
  args: () => readonly Value[],
  environment: Environment,
  file: string,
  first?: AnyNode,
): Value {
  if (callee.type !== 'MemberExpression')
    return machine.call(machine.value(callee, environment, file), args(), PRIMITIVE);
  if (callee.object.type === 'Super') return machine.stop('a use of super');
  const receiver = machine.value(callee.object, environment, file);
  if (callee.computed) machine.convert(machine.value(callee.property, environment, file));
  const name = memberName(callee.computed, callee.property);
  if (receiver.kind === 'function') return machine.call(machine.member(receiver, name), args(), receiver);
  if (receiver.kind === 'restage' || receiver.kind === 'namespace')
    return machine.call(machine.member(receiver, name), args(), receiver);
  if (receiver.kind === 'object') {
    // A function that the object has been given, or a method of its class.
    const isBuiltin = receiver.shapes.every(({ type }) => type !== 'plain' && type !== 'instance');
    if (!isBuiltin) return machine.call(machine.member(receiver, name), args(), receiver);
  }
  if (name === undefined) return machine.stop('a call of a computed member');
  // Only a schema with an id is known to all.
  if (receiver.kind === 'zod' && name === 'meta' && isWithoutId(first)) return receiver;
  return callMember(machine, receiver, name, args());
}

function isWithoutId(node: AnyNode | undefined): boolean {
  return (
    node?.type === 'ObjectExpression' &&
    node.properties.every((it) => it.type === 'Property' && !it.computed && keyOf(it.key) !== 'id')
  );
}

function argumentsOf(
  machine: EffectMachine,
  nodes: CallExpression['arguments'],
  environment: Environment,
  file: string,
): readonly Value[] {
  const values = nodes.map((it) =>
    it.type === 'SpreadElement'
      ? elementsOf(machine, machine.value(it.argument, environment, file))
      : machine.value(it, environment, file),
  );
  // After a spread, no position is certain.
  if (!nodes.some(({ type }) => type === 'SpreadElement')) return values;
  const any = values.reduce(join, PRIMITIVE);
  return Array.from({ length: Math.max(values.length, 4) }, () => any);
}

function memberName(computed: boolean, property: AnyNode): string | undefined {
  if (property.type === 'PrivateIdentifier') return `#${property.name}`;
  if (!computed && property.type === 'Identifier') return property.name;
  return literalText(property);
}

function keyOf(key: AnyNode): string | undefined {
  return key.type === 'Identifier' ? key.name : literalText(key);
}
