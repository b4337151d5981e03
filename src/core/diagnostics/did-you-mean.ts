/** Suggestions for a mistyped word: the end of many error messages. */

/** ` (did you mean "x"?)` when one of `known` is close to `word`, else the empty string. */
export function didYouMean(word: string, known: Iterable<string>): string {
  let best: string | undefined;
  let distance = mostMistakes(word) + 1;
  for (const candidate of known) {
    const d = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (d < distance) {
      best = candidate;
      distance = d;
    }
  }
  return best === undefined ? '' : ` (did you mean "${best}"?)`;
}

/** With as many mistakes as letters, any word may be meant by any other. */
function mostMistakes({ length }: string): number {
  if (length < 2) return 0;
  return length < 5 ? 1 : Math.max(2, Math.floor(length / 3));
}

/** Insertions, deletions, substitutions, and swaps of two neighbours ("optimal string alignment"). */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let previous: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, changed, isSwap ? before[j - 2]! + 1 : changed));
    }
    [before, previous] = [previous, row];
  }
  return previous[b.length]!;
}
