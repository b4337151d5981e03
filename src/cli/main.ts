/**
 * The command `restage` as a function: finds out what is asked, loads the file of that verb, and turns errors into one
 * sentence and an exit code. Every start pays for what is imported here, so it is next to nothing.
 */
import { readFileSync } from 'node:fs';
import { EXIT } from '../errors.ts';
import { allVerbs, findVerb, type Invocation, type Verb, type Verbs } from './arguments/verb.ts';
import type { Io } from './io/io.ts';
import { VERBS } from './verbs/registry.ts';

/**
 * Runs one command line and returns its exit code. It changes nothing of this process: all that it reads and writes of
 * the world outside the project goes through `io`.
 * @param argv without the names of Node and of the command
 */
export async function main(argv: readonly string[], io: Io, verbs: Verbs = VERBS): Promise<number> {
  try {
    return await dispatch(argv, io, verbs);
  } catch (error) {
    const { reportError } = await import('./output/error.ts');
    return reportError(error, argv, io);
  }
}

async function dispatch(argv: readonly string[], io: Io, verbs: Verbs): Promise<number> {
  const [first = '', ...rest] = argv;
  if (argv.length === 1 && /^(-V|--version)$/.test(first)) return say(io, version());
  if (first === '__complete') return (await import('./completion/complete.ts')).complete(rest, io, verbs);
  const verb = await findVerb(verbs, first);
  if (verb !== undefined) {
    const { quickRead } = await import('./arguments/quick-read.ts');
    const invocation = quickRead(verb, rest);
    if (invocation !== undefined) return handle(verb, invocation, argv, io);
  }
  const help = await helpAskedFor(argv, io, verbs);
  if (help !== undefined) return say(io, help);
  const { readWithCommander } = await import('./program.ts');
  const read = await readWithCommander(argv, io.cwd, verbs);
  if ('help' in read) return say(io, read.help);
  return handle((await findVerb(verbs, read.verb))!, read, argv, io);
}

function say(io: Io, text: string): number {
  io.writeOut(text);
  return EXIT.ok;
}

async function handle(verb: Verb, invocation: Invocation, argv: readonly string[], io: Io): Promise<number> {
  if (Object.keys(invocation.options).length > 0) {
    const { checkOptions } = await import('./arguments/check.ts');
    checkOptions(verb, invocation);
  }
  return verb.run({ ...invocation, argv, io });
}

/**
 * The text for `restage` (which asks for help and is not a mistake), `restage --help`, `restage run --help` and
 * `restage help run`; undefined for anything else.
 */
async function helpAskedFor(argv: readonly string[], io: Io, verbs: Verbs): Promise<string | undefined> {
  const words = argv.filter((word) => !/^(-h|--help|help)$/.test(word));
  const asked = argv.length === words.length + 1 && argv.length <= 2;
  if (argv.length > 0 && !asked) return undefined;
  const { mainHelp, shortHelp, verbHelp } = await import('./arguments/help.ts');
  if (argv.length === 0) {
    const { pipelinesAround } = await import('../planning/request/project.ts');
    return shortHelp(pipelinesAround(io.cwd)[0]);
  }
  const [name] = words;
  if (name === undefined) return mainHelp(await allVerbs(verbs));
  const verb = await findVerb(verbs, name);
  return verb === undefined ? undefined : verbHelp(verb);
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return `${(JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version}\n`;
}
