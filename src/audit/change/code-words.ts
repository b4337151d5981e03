/**
 * The words of source code: what is left of a text without its comments, spaces and form. By them a change of a source
 * is recognised in the text of a bundle, from which types and comments are gone and in which numbers are written
 * otherwise.
 */

/** A comment, or what may hold its signs: a string, a template, a regular expression behind an operator. */
const SIGNS =
  /\/\*[^]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"|`(?:[^`\\]|\\[^])*`|(?<=[=(,:[!&|?{};]\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//g;

/** The same text with spaces in place of its comments. */
export function withoutComments(source: string): string {
  return source.replace(SIGNS, (sign) => (/^\/[*/]/.test(sign) ? ' ' : sign));
}

const WORD =
  /[\p{L}_$#][\p{L}\p{N}_$]*|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d+)?|0x[\da-f_]+|[^\s\p{L}\p{N}(){}[\];,.:"'`\\]+/giu;

/** Words, and how often each of them occurs. */
export type WordCounts = ReadonlyMap<string, number>;

export function codeWords(source: string): WordCounts {
  const counts = new Map<string, number>();
  for (const found of withoutComments(source).match(WORD) ?? []) {
    const word = /^[\d.]/.test(found) ? String(Number(found.replaceAll('_', ''))) : found;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** The words that one text has more often than the other. */
export function wordsThatDiffer(before: WordCounts, after: WordCounts): ReadonlySet<string> {
  const words = new Set([...before.keys(), ...after.keys()]);
  return new Set([...words].filter((word) => before.get(word) !== after.get(word)));
}
