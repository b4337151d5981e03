/**
 * Local names as the author wrote them. esbuild renames a local variable that has the name of something at the top
 * level, however that came there: a new sibling could change a stage's text, and a class its name.
 */
import type { Program } from 'acorn';
import { usesIn } from '../linking/scopes.ts';
import type { Local, Scope } from '../linking/uses.ts';
import { type Edit, TextPieces } from '../linking/text-pieces.ts';

/** @param oldNames by their offset in the code. @returns undefined if nothing was renamed */
export function restoredNames(
  program: Program,
  code: string,
  oldNames: ReadonlyMap<number, string>,
): TextPieces | undefined {
  if (oldNames.size === 0) return undefined;
  const edits = program.body.flatMap((statement) =>
    [...symbolsOf(usesIn(statement).locals)].flatMap((locals) => editsOf(locals, oldNames)),
  );
  if (edits.length === 0) return undefined;
  return new TextPieces().source('', code, 0, code.length, edits);
}

function symbolsOf(locals: readonly Local[]): Iterable<readonly Local[]> {
  const symbols = new Map<Scope, Map<string, Local[]>>();
  for (const local of locals) {
    const names = symbols.get(local.scope) ?? new Map<string, Local[]>();
    symbols.set(local.scope, names);
    names.set(local.name, [...(names.get(local.name) ?? []), local]);
  }
  return [...symbols.values()].flatMap((names) => [...names.values()]);
}

/** A name that esbuild made up itself has not the same old name everywhere, and stays. */
function editsOf(locals: readonly Local[], oldNames: ReadonlyMap<number, string>): readonly Edit[] {
  const [first] = locals;
  const old = first === undefined ? undefined : oldNames.get(first.start);
  if (old === undefined || locals.some(({ start }) => oldNames.get(start) !== old)) return [];
  return locals.map(({ start, end, isShorthand, name }) => ({
    start,
    end,
    text: isShorthand ? `${name}: ${old}` : old,
  }));
}
