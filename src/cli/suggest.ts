/** Commands that a reader can paste: each word quoted for the shell, and for the same cache as this command line. */
import { shellWord } from '../ui/text/format.ts';
import { text } from './options.ts';
import type { Invocation } from './verbs.ts';

export function suggest(invocation: Invocation, ...words: readonly string[]): string {
  const cache = text(invocation, 'cache');
  return ['restage', ...words, ...(cache === undefined ? [] : ['--cache', cache])].map(shellWord).join(' ');
}
