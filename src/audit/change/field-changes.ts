/** The fields in which two states differ, grouped by what they are about. */
import { diffFields, type Field } from '../../core/identity/cache-key.ts';

/** In the order in which a reader wants them: what a person does comes before what the machine is. */
const GROUPS = [
  'stage',
  'code',
  'param',
  'input',
  'package',
  'env',
  'reads',
  'seed',
  'backend',
  'runtime',
  'schema',
] as const;

/** What a field of a key is about: see docs/keys.md. */
export type FieldGroup = (typeof GROUPS)[number];

export interface FieldChange {
  readonly group: FieldGroup;
  /** The field's name in the key: `param.rate`, `in.rows`, `dep.tiny`. */
  readonly field: string;
  /** The same without what the group says: `rate`, `rows`, `tiny`. */
  readonly name: string;
  /** Undefined where the state does not have the field. */
  readonly before: Field | undefined;
  readonly after: Field | undefined;
}

const PREFIXES: Readonly<Record<string, FieldGroup>> = {
  param: 'param',
  in: 'input',
  dep: 'package',
  env: 'env',
  reads: 'reads',
};

/** @throws Error for a field that no restage writes */
export function groupOf(field: string): FieldGroup {
  const dot = field.indexOf('.');
  const group = dot < 0 ? (PREFIXES[field] ?? field) : PREFIXES[field.slice(0, dot)];
  if (group === undefined || !isGroup(group)) throw new Error(`internal error: a state has a field ${field}`);
  return group;
}

function isGroup(word: string): word is FieldGroup {
  return (GROUPS as readonly string[]).includes(word);
}

/** The fields that differ, by group, and by name within a group. */
export function fieldChanges(before: readonly Field[], after: readonly Field[]): readonly FieldChange[] {
  return diffFields(before, after)
    .map(({ name: field, ...values }) => {
      const name = field.slice(field.indexOf('.') + 1);
      return { group: groupOf(field), field, name, ...values };
    })
    .sort((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group));
}

/** Without the inputs: what a node itself brings to its state. */
export function ownChanges(changes: readonly FieldChange[]): readonly FieldChange[] {
  return changes.filter(({ group }) => group !== 'input');
}
