/**
 * Which tags a run has to have: `baseline`, `lr-*`, `!draft`, `(a | b) & !c`. A word is a tag, in which `*` stands for
 * any characters and `?` for one; `!` is not, `&` and, `|` or. `&` binds more than `|`.
 */
import { UsageError } from '../../errors.ts';

export type TagExpression =
  | { readonly kind: 'tag'; readonly text: string; readonly pattern: RegExp }
  | { readonly kind: 'not'; readonly of: TagExpression }
  | { readonly kind: 'and' | 'or'; readonly of: readonly TagExpression[] };

/** @throws UsageError */
export function parseTagExpression(text: string): TagExpression {
  const tokens = text.match(/&&?|\|\|?|[!()]|[^\s!&|()]+/g) ?? [];
  let at = 0;
  const wrong = (expected: string): UsageError => {
    const found = tokens[at];
    const place = found === undefined ? 'ends' : `has ${found}`;
    return new UsageError(
      `The tag expression "${text}" ${place} where ${expected} should be; write for example 'lr-* & !draft' or 'a | b'.`,
    );
  };
  const joined = (kind: 'and' | 'or', signs: readonly string[], operand: () => TagExpression): TagExpression => {
    const of = [operand()];
    while (at < tokens.length && signs.includes(tokens[at]!)) {
      at++;
      of.push(operand());
    }
    return of.length === 1 ? of[0]! : { kind, of };
  };
  const either = (): TagExpression => joined('or', ['|', '||'], all);
  const all = (): TagExpression => joined('and', ['&', '&&'], one);
  const one = (): TagExpression => {
    const token = tokens[at];
    if (token === undefined || /^[)&|]/.test(token)) throw wrong('a tag');
    at++;
    if (token === '!') return { kind: 'not', of: one() };
    if (token !== '(') return { kind: 'tag', text: token, pattern: patternOf(token) };
    const inner = either();
    if (tokens[at] !== ')') throw wrong('a closing parenthesis');
    at++;
    return inner;
  };
  const expression = either();
  if (at < tokens.length) throw wrong('& or |');
  return expression;
}

export function hasTags(expression: TagExpression, tags: readonly string[]): boolean {
  switch (expression.kind) {
    case 'tag':
      return tags.some((tag) => expression.pattern.test(tag));
    case 'not':
      return !hasTags(expression.of, tags);
    case 'and':
      return expression.of.every((each) => hasTags(each, tags));
    case 'or':
      return expression.of.some((each) => hasTags(each, tags));
  }
}

/** The tags that an expression names in full. */
export function tagsIn(expression: TagExpression): readonly string[] {
  switch (expression.kind) {
    case 'tag':
      return /[*?]/.test(expression.text) ? [] : [expression.text];
    case 'not':
      return tagsIn(expression.of);
    case 'and':
    case 'or':
      return expression.of.flatMap(tagsIn);
  }
}

function patternOf(word: string): RegExp {
  const source = word
    .replace(/[.+^${}[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`);
}
