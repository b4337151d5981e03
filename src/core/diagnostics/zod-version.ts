/** Refuses schemas of zod 3, in which nothing here can look for parameters: one sentence, where they are declared. */
import { DefinitionError } from '../../errors.ts';

/**
 * Looks at the schema and all that it is made of, except what only a lazy schema knows.
 * @param what names it in the sentence: `params of stage lab/fit`
 * @throws DefinitionError
 */
export function refuseZod3(what: string, schema: unknown): void {
  const seen = new Set<unknown>();
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    if ('_zod' in value) {
      const { def } = value._zod as { readonly def?: unknown };
      if (typeof def !== 'object' || def === null) return;
      for (const member of PARTS)
        if (member in def) unlessTooEarly(() => parts((def as Record<string, unknown>)[member], path));
    } else if ('_def' in value)
      throw new DefinitionError(
        `The ${what}${path === '' ? ' are' : `, at ${path}, have`} a schema of zod 3; restage reads schemas of zod 4, so install zod 4 and write: import { z } from 'zod'.`,
      );
  };
  const parts = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null || '_zod' in value || '_def' in value) walk(value, path);
    else
      for (const [name, part] of Object.entries(value))
        walk(part, Array.isArray(value) ? path : path === '' ? name : `${path}.${name}`);
  };
  walk(schema, '');
}

/** A part that a module declares later cannot be looked at before. */
function unlessTooEarly(look: () => void): void {
  try {
    look();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
  }
}

/** The members of a definition that hold schemas. */
const PARTS = [
  'shape',
  'catchall',
  'innerType',
  'element',
  'items',
  'rest',
  'options',
  'left',
  'right',
  'in',
  'out',
  'keyType',
  'valueType',
];
