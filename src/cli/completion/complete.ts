/**
 * Candidates for the word at the cursor, for a shell that asks with every press of the tab key: so nothing here runs or
 * bundles code. Verbs, options and their values come from the descriptions of the verbs; sources.ts finds the rest.
 */
import { EXIT } from '../../errors.ts';
import { GLOBAL_OPTIONS } from '../arguments/help.ts';
import { allVerbs, type Completion, findVerb, type Option, type Verb, type Verbs } from '../arguments/verb.ts';
import type { Io } from '../io/io.ts';
import type { Place } from './sources.ts';

/**
 * Prints one candidate a line: before a tab the word, after it what it is. `:files` and `:folders` leave the rest to
 * the shell.
 */
export async function complete(words: readonly string[], io: Io, verbs: Verbs): Promise<number> {
  const current = words.at(-1) ?? '';
  const candidates = await candidatesFor(words.slice(0, -1), current, io.cwd, verbs).catch(() => []);
  const fitting = candidates.filter((line) => line.startsWith(':') || line.startsWith(current));
  io.writeOut(fitting.map((line) => `${line}\n`).join(''));
  return EXIT.ok;
}

async function candidatesFor(
  before: readonly string[],
  current: string,
  cwd: string,
  verbs: Verbs,
): Promise<readonly string[]> {
  const [name, ...rest] = before;
  if (name === undefined)
    return [...(await allVerbs(verbs)).map((verb) => `${verb.name}\t${verb.summary}`), ...GLOBAL_OPTIONS.map(spelled)];
  const verb = await findVerb(verbs, name);
  if (verb === undefined) return [];
  const { positionals, cache, pending } = read(verb, rest);
  const place = { positionals, cache, cwd };
  if (pending !== undefined) return valuesOf(pending, place);
  const [, long, value] = /^--([a-z-]+)=(.*)$/.exec(current) ?? [];
  const assigned = value === undefined ? undefined : verb.options.find((option) => option.long === long);
  if (assigned !== undefined)
    return (await valuesOf(assigned, place)).map((line) => (line.startsWith(':') ? line : `--${long!}=${line}`));
  if (current.startsWith('-')) return [...verb.options.map(spelled), '--help\tprint the help of this verb'];
  const positional = verb.positionals[Math.min(positionals.length, verb.positionals.length - 1)];
  if (positional === undefined || (positionals.length >= verb.positionals.length && positional.many !== true))
    return [];
  return found(positional.complete ?? [], place);
}

/** What is on the command line already, and the option whose value the cursor stands on. */
function read(verb: Verb, words: readonly string[]): Omit<Place, 'cwd'> & { readonly pending: Option | undefined } {
  const positionals: string[] = [];
  let cache: string | undefined;
  let pending: Option | undefined;
  for (const word of words) {
    if (pending !== undefined) {
      if (pending.long === 'cache') cache = word;
      pending = undefined;
    } else if (!word.startsWith('-')) positionals.push(word);
    else
      pending = verb.options.find(
        ({ long, short, value }) => value !== undefined && (word === `--${long}` || word === `-${short ?? ' '}`),
      );
  }
  return { positionals, cache, pending };
}

function spelled({ long, help }: Option): string {
  return `--${long}\t${help}`;
}

async function valuesOf({ choices, complete: completion = [] }: Option, place: Place): Promise<readonly string[]> {
  return choices ?? found(completion, place);
}

async function found(completion: Completion, place: Place): Promise<readonly string[]> {
  const lists: (readonly string[])[] = [];
  for (const source of completion)
    if (typeof source === 'object') lists.push(source.words);
    else {
      const { SOURCES } = await import('./sources.ts');
      lists.push(await SOURCES[source](place));
    }
  return lists.flat();
}
