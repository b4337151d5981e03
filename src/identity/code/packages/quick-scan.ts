/**
 * The same answer as `scanModule` (scan.ts) for the many ES modules that load others by import statements alone, in a
 * thirtieth of the time: a lexer finds the statements. The text must not mention anything that only a parser
 * understands, nor the word `import` anywhere else, so that the answer does not depend on the lexer finding all of
 * them.
 */
import { ImportType, initSync, parse } from 'es-module-lexer';
import { hidesByLoading } from './open-ended.ts';
import type { Scan } from './scan.ts';

/** Undefined where only a parser can tell. */
export function quickScan(text: string): Scan | undefined {
  const code = withoutLinesOfComment(text);
  if (MENTIONED.test(code) || ESCAPED.test(code)) return undefined;
  // A string may have a backslash inside of a word.
  const spelled = code.includes('\\') ? code.replace(/\\(?:\r?\n)?/g, '') : code;
  if (MENTIONED.test(spelled)) return undefined;
  if (EVALUATING.test(code) && (IMPORTING.test(code) || IMPORTING.test(spelled))) return undefined;
  const found = specifiersIn(code);
  if (found === undefined) return undefined;
  const names = [...new Set(found)].sort();
  const hidden = names.some(hidesByLoading) ? 'code' : 'nothing';
  return { loads: names.map((name) => [name, 'import']), hidden, located: [] };
}

/** The specifiers of all import statements, and of exports that are imports. */
function specifiersIn(code: string): readonly string[] | undefined {
  initSync();
  try {
    const [imports, , , isModule] = parse(code);
    if (!isModule) return undefined;
    const names: string[] = [];
    let accounted = 0;
    for (const { t: type, n: name, ss: start, se: end } of imports) {
      if (type !== ImportType.Static || name === undefined) return undefined;
      names.push(name);
      accounted += wordsOf(code.slice(start, end));
    }
    return accounted === wordsOf(code) ? names : undefined;
  } catch {
    return undefined;
  }
}

/** How often a statement that imports could begin, or name what it imports. */
function wordsOf(code: string): number {
  return code.match(/\bimport\b|\bfrom\s*["'`]/g)?.length ?? 0;
}

/** Before the first template, whatever a line begins with that looks like a comment is one. */
function withoutLinesOfComment(text: string): string {
  if (/\\[\r\n]/.test(text)) return text;
  const template = text.indexOf('`');
  const end = template === -1 ? text.length : text.lastIndexOf('\n', template) + 1;
  return text.slice(0, end).replace(/(^|[\r\n])[ \t]*\/\/[^\r\n\u2028\u2029]*/g, '$1') + text.slice(end);
}

/** Names that lead to Node's loader, or to the place of the module: see scan.ts. */
const MENTIONED =
  /\b(?:require|createRequire|_load|_resolveFilename|mainModule|dlopen|getBuiltinModule|__dirname|__filename)\b/;
/** Escapes that can spell a letter or an underscore. */
const ESCAPED = /\\(?:u00[4-7]|u\{0*[4-7]|x[4-7])/i;
const EVALUATING = /\b(?:eval|Function)\b/;
const IMPORTING = /\bimport\s*[\\(]/;
