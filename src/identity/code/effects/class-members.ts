/** Finding a member of a class, or of what it extends. */
import type { MethodDefinition, PropertyDefinition } from 'acorn';
import { literalText } from '../text/syntax.ts';
import type { FunctionValue } from './value.ts';

/** A method by its name; undefined if there is none that is known. */
export function methodOf(it: FunctionValue, name: string, isStatic = false): FunctionValue | undefined {
  for (const at of ancestryOf(it))
    for (const member of methodsOf(at, isStatic))
      if (member.kind === 'method' && !member.computed && keyOf(member) === name) return asFunction(member, at);
  return undefined;
}

/** Whether reading or writing a member could call code. @param name undefined for any. */
export function hasAccessor(it: FunctionValue, name: string | undefined, isStatic = false): boolean {
  return ancestryOf(it).some((at) =>
    methodsOf(at, isStatic).some(
      (member) =>
        (member.kind === 'get' || member.kind === 'set') &&
        (member.computed || name === undefined || keyOf(member) === name),
    ),
  );
}

export function constructorOf(it: FunctionValue): FunctionValue | undefined {
  const found = methodsOf(it, false).find(({ kind }) => kind === 'constructor');
  return found === undefined ? undefined : asFunction(found, it);
}

/** The class and all that it is known to extend. */
export function ancestryOf(it: FunctionValue): readonly FunctionValue[] {
  const chain = [it];
  for (const at of chain) if (at.parent?.kind === 'function') chain.push(...at.parent.functions);
  return chain;
}

/**
 * Whether the class itself has this static field before any of its code runs, so that nobody reads an inherited one.
 */
export function beginsWithField({ node }: FunctionValue, name: string): boolean {
  if (node.type !== 'ClassDeclaration' && node.type !== 'ClassExpression') return false;
  const first = node.body.body.find(
    (member) => member.type === 'StaticBlock' || (member.type === 'PropertyDefinition' && member.static),
  );
  return first?.type === 'PropertyDefinition' && !first.computed && keyOf(first) === name;
}

function methodsOf({ node }: FunctionValue, isStatic: boolean): readonly MethodDefinition[] {
  if (node.type !== 'ClassDeclaration' && node.type !== 'ClassExpression') return [];
  return node.body.body.flatMap((member) =>
    member.type === 'MethodDefinition' && member.static === isStatic ? [member] : [],
  );
}

const methods = new WeakMap<FunctionValue, Map<MethodDefinition, FunctionValue>>();

function asFunction(member: MethodDefinition, home: FunctionValue): FunctionValue {
  const known = methods.get(home) ?? new Map<MethodDefinition, FunctionValue>();
  methods.set(home, known);
  const { closure, file } = home;
  const method = known.get(member) ?? {
    node: member.value,
    file,
    closure,
    parent: undefined,
    statics: undefined,
    home,
  };
  known.set(member, method);
  return method;
}

function keyOf({ key }: MethodDefinition | PropertyDefinition): string | undefined {
  if (key.type === 'PrivateIdentifier') return `#${key.name}`;
  return key.type === 'Identifier' ? key.name : literalText(key);
}

export function isClass({ node }: FunctionValue): boolean {
  return node.type === 'ClassDeclaration' || node.type === 'ClassExpression';
}
