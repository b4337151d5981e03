/**
 * Texts that are only for people and that no code of a stage reads: descriptions of stages and schemas, and what stages
 * were called before. They are left out of its text, so that a better description runs nothing again.
 */
import type { AnyNode, CallExpression, ObjectExpression } from 'acorn';
import { isFunction, literalText, mentionsThis, walk } from '../text/syntax.ts';
import type { ExternalModule } from './link-graph.ts';
import type { Unit } from './module-record.ts';
import type { Edit } from './text-pieces.ts';
import type { UnitGraph } from './unit-graph.ts';

/** What to leave out of each unit of a text. */
export function wordsForPeople(
  units: readonly Unit[],
  graph: UnitGraph,
  externals: readonly ExternalModule[],
): (unit: Unit) => readonly Edit[] {
  const read = new Set(units.flatMap((unit) => [...namesReadIn(unit)]));
  const areStagesSeen =
    read.has('description') || read.has('renamedFrom') || units.some((unit) => usesStageAsValue(unit, graph));
  const areSchemasSeen =
    [...SCHEMA_READERS].some((name) => read.has(name)) ||
    (externals.some(({ packageName }) => !KNOWN_PACKAGES.has(packageName)) &&
      units.some((unit) => passesSchema(unit, graph)));
  if (areStagesSeen && areSchemasSeen) return () => [];
  return (unit) => {
    const edits: Edit[] = [];
    walk(unit.node, (node) => {
      if (node.type !== 'CallExpression') return undefined;
      if (!areStagesSeen) edits.push(...stageDescription(node, unit, graph));
      if (!areSchemasSeen) edits.push(...schemaDescription(node, unit, graph));
      return undefined;
    });
    return edits;
  };
}

const KNOWN_PACKAGES = new Set(['node', 'zod', 'restage']);

/** Members by which code could get at a schema's description. */
const SCHEMA_READERS = new Set(['description', 'toJSONSchema', 'globalRegistry', 'registry', 'meta()', 'describe()']);

const SCHEMA_USERS = /^(?:parse|safeParse|parseAsync|safeParseAsync|decode|encode)$/;

const names = new WeakMap<Unit, ReadonlySet<string>>();

/** Names of members that the unit's code reads, however it writes them; `meta()` for a call without arguments. */
function namesReadIn(unit: Unit): ReadonlySet<string> {
  const known = names.get(unit);
  if (known !== undefined) return known;
  const found = new Set<string>();
  const literals = new Set<AnyNode>();
  walk(unit.node, (node) => {
    if (node.type === 'MemberExpression' && !node.computed && node.property.type === 'Identifier')
      found.add(node.property.name);
    if (node.type === 'ObjectPattern')
      for (const property of node.properties)
        if (property.type === 'Property' && property.key.type === 'Identifier') found.add(property.key.name);
    if (node.type === 'CallExpression' && node.callee.type === 'MemberExpression' && node.arguments.length === 0)
      found.add(`${nameOfMember(node.callee.property)}()`);
    // A name in quotes may be read by it; the words of a description themselves are none.
    if (node.type === 'CallExpression' && isDescription(node)) for (const it of node.arguments) literals.add(it);
    if (node.type === 'Literal' && typeof node.value === 'string' && !literals.has(node)) found.add(node.value);
    return undefined;
  });
  names.set(unit, found);
  return found;
}

function nameOfMember(node: AnyNode): string {
  return node.type === 'Identifier' ? node.name : (literalText(node) ?? '');
}

/** Whether a stage is more than declared and exported: its members could be listed. */
function usesStageAsValue(unit: Unit, { bindings, effectsOf }: UnitGraph): boolean {
  return bindings
    .referencesOf(unit)
    .some(
      ({ reference, binding }) =>
        reference.use === 'read' &&
        reference.member === undefined &&
        binding.kind === 'unit' &&
        effectsOf(binding.unit).kinds.get(binding.name) === 'stage',
    );
}

/** Whether a function does more with a schema than parse: it may pass it to a package. */
function passesSchema(unit: Unit, { bindings, effectsOf }: UnitGraph): boolean {
  return bindings.referencesOf(unit).some(({ reference, binding }) => {
    if (!reference.isLazy || binding.kind !== 'unit') return false;
    const kind = effectsOf(binding.unit).kinds.get(binding.name);
    if (kind === 'stage') return true;
    return kind === 'schema' && !SCHEMA_USERS.test(reference.member?.name ?? '');
  });
}

function stageDescription(call: CallExpression, unit: Unit, { bindings }: UnitGraph): readonly Edit[] {
  const [definition] = call.arguments;
  if (definition?.type !== 'ObjectExpression' || seesItself(definition)) return [];
  const found = bindings.referencesOf(unit).find(({ reference }) => reference.start === call.callee.start)?.binding;
  if (found?.kind !== 'external' || found.module.packageName !== 'restage' || found.imported === 'namespace') return [];
  if (found.imported.name !== 'stage' && found.imported.name !== 'observation') return [];
  const { properties } = definition;
  const isLeftOut = (at: number): boolean => {
    const property = properties[at];
    if (property?.type !== 'Property' || property.computed || !isPlainText(property.value)) return false;
    const name = nameOfMember(property.key);
    return name === 'description' || name === 'renamedFrom';
  };
  const edits: Edit[] = [];
  for (let first = 0; first < properties.length; first++) {
    if (!isLeftOut(first)) continue;
    let last = first;
    while (isLeftOut(last + 1)) last += 1;
    // With the comma beside it.
    const next = properties[last + 1];
    const start =
      next === undefined ? (properties[first - 1]?.end ?? properties[first]!.start) : properties[first]!.start;
    edits.push({ start, end: next?.start ?? properties[last]!.end, text: '' });
    first = last;
  }
  return edits;
}

/** Whether a method of a definition could read it through `this`. */
function seesItself(definition: ObjectExpression): boolean {
  return definition.properties.some(
    (property) =>
      property.type === 'Property' &&
      isFunction(property.value) &&
      property.value.type !== 'ArrowFunctionExpression' &&
      mentionsThis(property.value),
  );
}

/** `.describe('...')` or `.meta({ ... })` of a schema. */
function schemaDescription(call: CallExpression, unit: Unit, { bindings, effectsOf }: UnitGraph): readonly Edit[] {
  if (call.callee.type !== 'MemberExpression' || call.callee.optional || !isDescription(call)) return [];
  const root = rootOf(call.callee.object);
  if (root?.type !== 'Identifier') return [];
  const binding = bindings.referencesOf(unit).find(({ reference }) => reference.start === root.start)?.binding;
  const isSchema =
    binding?.kind === 'external'
      ? binding.module.packageName === 'zod'
      : binding?.kind === 'unit' && effectsOf(binding.unit).kinds.get(binding.name) === 'schema';
  if (!isSchema) return [];
  const { property } = call.callee;
  return [{ start: property.start - 1, end: call.end, text: '' }];
}

function isDescription({ callee, arguments: args }: CallExpression): boolean {
  if (callee.type !== 'MemberExpression' || callee.computed || callee.property.type !== 'Identifier') return false;
  const [argument] = args;
  if (argument === undefined || args.length > 1) return false;
  if (callee.property.name === 'describe') return isPlainText(argument);
  return callee.property.name === 'meta' && isPlainData(argument);
}

function isPlainText(node: AnyNode): boolean {
  return literalText(node) !== undefined;
}

function isPlainData(node: AnyNode): boolean {
  if (node.type === 'Literal' || isPlainText(node)) return true;
  if (node.type === 'ArrayExpression') return node.elements.every((it) => it !== null && isPlainData(it));
  return (
    node.type === 'ObjectExpression' &&
    node.properties.every((it) => it.type === 'Property' && !it.computed && isPlainData(it.value))
  );
}

/** What a chain of calls and members begins with. */
function rootOf(node: AnyNode): AnyNode | undefined {
  if (node.type === 'CallExpression') return rootOf(node.callee);
  return node.type === 'MemberExpression' ? rootOf(node.object) : node;
}
