/** Commands that a reader can paste: each word quoted for the shell, and for the same cache as this command line. */
import { shellWord } from '../../ui/text/format.ts';
import { text } from '../arguments/options.ts';
import type { Call } from '../arguments/verb.ts';

export function suggest(call: Call, ...words: readonly string[]): string {
  // A bundle is a cache of its own, and replay takes no other.
  const cache = words[0] === 'replay' ? undefined : text(call, 'cache');
  return ['restage', ...words, ...(cache === undefined ? [] : ['--cache', cache])].map(shellWord).join(' ');
}
