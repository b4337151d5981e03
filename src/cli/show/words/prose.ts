/** Sentences of what verbs show: lists in words, and how wide a paragraph is. */
import type { Screen } from '../../output/screen.ts';

const WIDEST_PARAGRAPH = 80;

/** A paragraph is at most as wide as a page, on a wide terminal and in a file. */
export function paragraphWidth({ width }: Screen): number {
  return Math.min(width, WIDEST_PARAGRAPH);
}

/** `a`, `a and b`, `a, b and c` */
export function listWords(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)!}`;
}

/** `1-3 and 7`, of numbers in their order. */
export function listRanges(numbers: readonly number[]): string {
  return listWords(rangeWords(numbers).split(', '));
}

/** `1-3, 7`, of numbers in their order. */
export function rangeWords(numbers: readonly number[], to = '-'): string {
  const ranges: [number, number][] = [];
  for (const each of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && each === last[1] + 1) last[1] = each;
    else ranges.push([each, each]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}${to}${last}`)).join(', ');
}
