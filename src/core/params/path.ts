/**
 * Paths of parameters, as `-S` has them: `train.rate`, `layers[2].width`, and `"a.b"` or `["a.b"]` for a name with
 * other signs in it. A position in a list is a number, so `layers.2.width` means the same as `layers[2].width`.
 */

/** Names and positions, from the root down. */
export type Path = readonly (string | number)[];

/** Why a text is not a path: the words that end a sentence about it. */
export interface WrongPath {
  readonly wrong: string;
}

const PLAIN = /^[^.[\]"=\s]+/;
const QUOTED = /^"(?:[^"\\]|\\.)*"/;
const POSITION = /^\[(\d+)\]/;
const NEGATIVE = /^\[-\d+\]/;

/** The path at the beginning of the text, and the text behind it. */
export function readPath(text: string): { readonly path: Path; readonly rest: string } | WrongPath {
  const path: (string | number)[] = [];
  let rest = text;
  let nameMayFollow = true;
  for (;;) {
    const position = POSITION.exec(rest);
    if (position !== null) {
      path.push(Number(position[1]));
      rest = rest.slice(position[0].length);
    } else if (rest.startsWith('[')) {
      if (NEGATIVE.test(rest)) return { wrong: 'a position in a list counts from 0 at its beginning' };
      const name = readName(rest.slice(1), QUOTED);
      if (name?.rest.startsWith(']') !== true)
        return { wrong: 'in brackets goes a position, such as [0], or a quoted name, such as ["a.b"]' };
      path.push(name.name);
      rest = name.rest.slice(1);
    } else if (nameMayFollow) {
      const name = readName(rest, QUOTED) ?? readName(rest, PLAIN);
      if (name === undefined) return { wrong: 'a name is missing' };
      path.push(name.name);
      rest = name.rest;
    } else return { path, rest };
    nameMayFollow = rest.startsWith('.');
    if (nameMayFollow) {
      rest = rest.slice(1);
      if (rest.startsWith('[')) return { wrong: 'a name is missing' };
    }
  }
}

/** The path as it is typed. */
export function pathText(path: Path): string {
  return path
    .map((step, at) => {
      if (typeof step === 'number') return `[${step}]`;
      // `~a` removes a.
      const isPlain = PLAIN.exec(step)?.[0] === step && !step.endsWith(':') && !(at === 0 && step.startsWith('~'));
      const name = isPlain ? step : JSON.stringify(step);
      return at === 0 ? name : `.${name}`;
    })
    .join('');
}

function readName(text: string, pattern: RegExp): { readonly name: string; readonly rest: string } | undefined {
  const found = pattern.exec(text)?.[0];
  if (found === undefined) return undefined;
  const rest = text.slice(found.length);
  if (pattern !== QUOTED) {
    // `a:=1` sets a.
    const name = found.endsWith(':') && rest.startsWith('=') ? found.slice(0, -1) : found;
    return name === '' ? undefined : { name, rest: text.slice(name.length) };
  }
  try {
    return { name: JSON.parse(found) as string, rest };
  } catch {
    return undefined;
  }
}
