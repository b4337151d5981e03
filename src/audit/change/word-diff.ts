/** How two short texts differ, word by word: values of parameters, names, messages. */
import { diffArrays } from 'diff/lib/diff/array.js';

/** A run of words. The pieces that are not `added` make the old text, and those that are not `removed` the new one. */
export interface Piece {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** A number is one word, with its sign and its exponent, and so is each mark. */
const WORD = /[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[\p{L}_$][\p{L}\p{N}_$]*|\s+|[^]/giu;
const MOST_EDITS = 1000;

export function wordDiff(before: string, after: string): readonly Piece[] {
  const changes = diffArrays([...wordsOf(before)], [...wordsOf(after)], { maxEditLength: MOST_EDITS });
  // Texts with so little in common are read more easily as a whole.
  if (changes === undefined)
    return pieces([
      ['removed', before],
      ['added', after],
    ]);
  return pieces(
    changes.map(({ added, removed, value }) => [removed ? 'removed' : added ? 'added' : 'same', value.join('')]),
  );
}

/** The words of a text, with the space between them: joined they are the text. */
export function wordsOf(text: string): readonly string[] {
  return text.match(WORD) ?? [];
}

function pieces(all: readonly (readonly [Piece['kind'], string])[]): readonly Piece[] {
  return all.filter(([, text]) => text !== '').map(([kind, text]) => ({ kind, text }));
}
