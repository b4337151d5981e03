/** What source files import, read from their texts. */
import { dirname, join } from 'node:path';

/** Text by path relative to the repository, such as `src/core/graph/graph.ts`. */
export type Sources = ReadonlyMap<string, string>;

export interface Import {
  readonly file: string;
  readonly specifier: string;
  /** Path relative to the repository, for a relative import. */
  readonly target: string | undefined;
  readonly dynamic: boolean;
  readonly typeOnly: boolean;
}

/** Every rule asks for the imports of all sources: those of a text are read once. */
const known = new Map<string, { readonly text: string; readonly imports: readonly Import[] }>();

export function importsIn(sources: Sources): readonly Import[] {
  return [...sources].flatMap(([file, text]) => {
    const before = known.get(file);
    if (before?.text === text) return before.imports;
    const imports = importsOf(file, text);
    known.set(file, { text, imports });
    return imports;
  });
}

function importsOf(file: string, source: string): readonly Import[] {
  const text = source.replace(/\/\*[\s\S]*?\*\//g, '');
  const found: Import[] = [];
  const add = (specifier: string, dynamic: boolean, typeOnly: boolean): void => {
    const target = specifier.startsWith('.') ? join(dirname(file), specifier) : undefined;
    found.push({ file, specifier, target, dynamic, typeOnly });
  };
  for (const match of text.matchAll(/^\s*(?:import|export)\s+(type\s)?[^'"`;]*?from\s+'([^']+)'/gm))
    add(match[2]!, false, match[1] !== undefined);
  for (const match of text.matchAll(/^\s*import\s+'([^']+)'/gm)) add(match[1]!, false, false);
  for (const match of text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)) add(match[1]!, true, false);
  return found;
}
