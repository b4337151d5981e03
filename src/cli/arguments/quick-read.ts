/**
 * Reads a command line that is plainly right, and nothing else: when in doubt it returns undefined, and commander,
 * which takes 10 ms to load, decides. So a run starts at once, and every mistake meets commander's rules. A test holds
 * the two against each other.
 */
import type { Invocation, Option, Verb } from './verb.ts';

/** @param words what follows the verb */
export function quickRead(verb: Verb, words: readonly string[]): Invocation | undefined {
  const positionals: string[] = [];
  const options: Record<string, true | string | string[]> = {};
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (!word.startsWith('-')) {
      positionals.push(word);
      continue;
    }
    const found = readOption(word, verb.options);
    if (found === undefined) return undefined;
    const { option } = found;
    if (option.value === undefined) {
      options[option.long] = true;
      continue;
    }
    const value = found.value ?? words[++at];
    if (value === undefined) return undefined;
    if (option.many === true) options[option.long] = [...((options[option.long] as string[] | undefined) ?? []), value];
    else options[option.long] = value;
  }
  const least = verb.positionals.filter((positional) => positional.optional !== true).length;
  const most = verb.positionals.at(-1)?.many === true ? Infinity : verb.positionals.length;
  return positionals.length < least || positionals.length > most
    ? undefined
    : { verb: verb.name, positionals, options };
}

/** `--long`, `--long=value`, `-s` or `-svalue`; a value of undefined is the next word. */
function readOption(
  word: string,
  options: readonly Option[],
): { readonly option: Option; readonly value: string | undefined } | undefined {
  const [, long, assigned] = /^--([a-z][a-z-]*)(?:=([^]*))?$/.exec(word) ?? [];
  if (long !== undefined) {
    const option = options.find((candidate) => candidate.long === long);
    if (option === undefined || (assigned !== undefined && option.value === undefined)) return undefined;
    return { option, value: assigned };
  }
  const [, short, attached = ''] = /^-([A-Za-z])([^]*)$/.exec(word) ?? [];
  const option = options.find((candidate) => short !== undefined && candidate.short === short);
  if (option === undefined || (attached !== '' && option.value === undefined)) return undefined;
  return { option, value: attached === '' ? undefined : attached };
}
