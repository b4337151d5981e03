/** Commands that a reader can paste: each word quoted for the shell, and for the same cache as this command line. */
import { shellWord } from '../../ui/text/format.ts';
import { text } from '../arguments/options.ts';
import type { Call } from '../arguments/verb.ts';

export function suggest(call: Call, ...words: readonly string[]): string {
  const cache = text(call, 'cache');
  return ['restage', ...words, ...(cache === undefined ? [] : ['--cache', cache])].map(shellWord).join(' ');
}
