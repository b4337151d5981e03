/** The paths of a schema's parameters, branches and leaves, for suggestions. */
import { type Path, pathText } from './path.ts';
import { type Schema, wrapped } from './schema.ts';

/** Recursive schemas have no end. */
const DEEPEST = 6;
const MOST = 500;

/**
 * Every path that can be set, `train` and `train.folds` and so on; members of lists and records have none of their own.
 */
export function paramPaths(schema: Schema): readonly string[] {
  const paths = new Set<string>();
  const walk = (current: Schema, path: Path, depth: number): void => {
    if (depth > DEEPEST || paths.size > MOST) return;
    const { def } = current._zod;
    for (const [name, child] of Object.entries(def.shape ?? {})) {
      paths.add(pathText([...path, name]));
      walk(child, [...path, name], depth + 1);
    }
    for (const part of def.options ?? []) walk(part, path, depth + 1);
    for (const part of [def.left, def.right]) if (part !== undefined) walk(part, path, depth + 1);
    const inner = wrapped(current);
    if (inner !== undefined) walk(inner, path, def.type === 'lazy' ? depth + 1 : depth);
  };
  walk(schema, [], 0);
  return [...paths];
}
