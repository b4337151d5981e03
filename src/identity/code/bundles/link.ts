/**
 * The two forms of a stage's text. `executable` contains this machine's URLs; the canonical
 * text has machine-independent specifiers in their place.
 */
import type { AnyNode, Program } from 'acorn';
import MagicString from 'magic-string';
import type { Link } from './bundle-types.ts';
import { literalText, parseModule, walk } from '../text/syntax.ts';

/** Replaces, in canonical text, the URL of a module that uses import.meta.url. */
export const MODULE_URL = 'restage-module:';

/** Replaces, in canonical text, the URL of a file that is named by it; the digest of its content follows. */
export const FILE_CONTENT = 'restage-file:';

/**
 * One specifier for each URL. If two URLs have the same one (two versions of a package), the later ones are numbered.
 */
export function linksFor(found: readonly Link[]): readonly Link[] {
  const taken = new Map<string, number>();
  const links = new Map<string, Link>();
  for (const { specifier, url } of found) {
    if (links.has(url)) continue;
    const count = (taken.get(specifier) ?? 0) + 1;
    taken.set(specifier, count);
    links.set(url, { url, specifier: count === 1 ? specifier : `${specifier}#${count}` });
  }
  return [...links.values()];
}

/** The canonical text of an executable one. @param program its syntax */
export function unlink(executable: string, links: readonly Link[], program?: Program): string {
  return rewrite(executable, new Map(links.map(({ specifier, url }) => [url, specifier])), program);
}

/**
 * Whether `link` gives an executable text back from what `unlink` makes of it: none of its literals is a specifier
 * already, and each URL is spelled as `link` spells it.
 */
export function linksBack(executable: string, program: Program, links: readonly Link[]): boolean {
  const urls = new Set(links.map(({ url }) => url));
  const specifiers = new Set(links.map(({ specifier }) => specifier));
  return [...literalsIn(executable, 'all', program)].every((literal) => {
    const value = literalText(literal)!;
    return urls.has(value)
      ? executable.slice(literal.start, literal.end) === JSON.stringify(value)
      : !specifiers.has(value);
  });
}

/** The executable text of a canonical one: the exact inverse of `unlink` by the same links. */
export function link(text: string, links: readonly Link[]): string {
  return rewrite(text, new Map(links.map(({ specifier, url }) => [specifier, url])));
}

/**
 * The specifiers of a text, and its module URLs: all that linking replaces, each once, in the order of the text. With
 * `static`, without those of import().
 */
export function specifiersIn(text: string, which: 'all' | 'static' = 'all'): readonly string[] {
  return [...new Set([...literalsIn(text, which)].map((literal) => literalText(literal)!))];
}

/** Rewrites import specifiers and module URLs only: the same words in a string of the author's code stay unchanged. */
function rewrite(text: string, replacements: ReadonlyMap<string, string>, program?: Program): string {
  if (replacements.size === 0) return text;
  const edits = new MagicString(text);
  for (const literal of literalsIn(text, 'all', program)) {
    const replacement = replacements.get(literalText(literal)!);
    if (replacement !== undefined) edits.update(literal.start, literal.end, JSON.stringify(replacement));
  }
  return edits.toString();
}

/** The literals that hold import specifiers and module URLs. */
function literalsIn(text: string, which: 'all' | 'static', program = parseModule(text)): ReadonlySet<AnyNode> {
  const found = new Set<AnyNode>();
  const add = (target: AnyNode | null | undefined): void => {
    if (target && literalText(target) !== undefined) found.add(target);
  };
  for (const statement of program.body) {
    if (
      statement.type === 'ImportDeclaration' ||
      statement.type === 'ExportAllDeclaration' ||
      statement.type === 'ExportNamedDeclaration'
    )
      add(statement.source);
    // The linker numbers the name if there are several.
    if (statement.type === 'VariableDeclaration')
      for (const { id, init } of statement.declarations)
        if (id.type === 'Identifier' && /^import_meta_url\d*$/.test(id.name)) add(init);
  }
  if (which === 'all' && text.includes('import('))
    walk(program, (node) => {
      if (node.type === 'ImportExpression') add(node.source);
      return undefined;
    });
  return found;
}
