/**
 * The command `restage` as a function: finds out what is asked, loads the file of that verb, and turns errors into one
 * sentence and an exit code. Every start pays for what is imported here, so it is next to nothing.
 */
import { readFileSync } from 'node:fs';
import { EXIT, RestageError } from '../errors.ts';
import { type Io, OutputClosedError } from './io/io.ts';
import type { Call, Invocation } from './verbs.ts';

/** Does what a verb promises. It returns the exit code. */
export type VerbHandler = (call: Call) => Promise<number>;

const HANDLERS: Readonly<Record<string, () => Promise<VerbHandler>>> = {
  run: async () => (await import('./run.ts')).runVerb,
  plan: async () => (await import('./plan.ts')).planVerb,
  status: async () => (await import('./status.ts')).statusVerb,
  log: async () => (await import('./log.ts')).logVerb,
  show: async () => (await import('./show.ts')).showVerb,
  get: async () => (await import('./get.ts')).getVerb,
  graph: async () => (await import('./graph.ts')).graphVerb,
  tag: async () => (await import('./tag.ts')).tagVerb,
  completion: async () => (await import('./completion.ts')).completionVerb,
  init: async () => (await import('./init.ts')).initVerb,
  fsck: async () => (await import('./fsck.ts')).fsckVerb,
  doctor: async () => (await import('./doctor.ts')).doctorVerb,
};

/**
 * Runs one command line and returns its exit code. It changes nothing of this process: all that it reads and writes of the
 * world outside the project goes through `io`.
 * @param argv without the names of Node and of the command
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    return report(error, argv.includes('--debug'), io);
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  if (argv.length === 1 && /^(-V|--version)$/.test(argv[0]!)) return say(io, version());
  if (argv[0] === '__complete') return (await import('./complete.ts')).completeVerb(argv.slice(1), io);
  const { quickRead } = await import('./quick-read.ts');
  const invocation = quickRead(argv);
  if (invocation !== undefined) return await handle(invocation, argv, io);
  const help = await helpAskedFor(argv, io);
  if (help !== undefined) return say(io, help);
  const { readWithCommander } = await import('./program.ts');
  const read = readWithCommander(argv, io.cwd);
  return 'help' in read ? say(io, read.help) : await handle(read, argv, io);
}

function say(io: Io, text: string): number {
  io.writeOut(text);
  return EXIT.ok;
}

async function handle(invocation: Invocation, argv: readonly string[], io: Io): Promise<number> {
  const load = HANDLERS[invocation.verb];
  if (load === undefined) throw new Error(`internal error: no file for the verb ${invocation.verb}`);
  const handler = await load();
  return await handler({ ...invocation, argv, io });
}

/** The text for `restage` (which asks for help and is not a mistake), `restage --help`, `restage run --help`, `restage help run`; undefined for anything else. */
async function helpAskedFor(argv: readonly string[], io: Io): Promise<string | undefined> {
  const words = argv.filter((word) => !/^(-h|--help|help)$/.test(word));
  const asked = argv.length === words.length + 1 && argv.length <= 2;
  if (argv.length > 0 && !asked) return undefined;
  const { mainHelp, shortHelp, verbHelp } = await import('./help.ts');
  if (argv.length === 0) {
    const { pipelinesAround } = await import('../planning/request/project.ts');
    return shortHelp(pipelinesAround(io.cwd)[0]);
  }
  const [name] = words;
  if (name === undefined) return mainHelp();
  const { findVerb } = await import('./verbs.ts');
  const verb = findVerb(name);
  return verb === undefined ? undefined : verbHelp(verb);
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return `${(JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version}\n`;
}

function report(error: unknown, debug: boolean, io: Io): number {
  if (error instanceof OutputClosedError) return EXIT.ok;
  if (!(error instanceof Error)) throw error;
  const known = error instanceof RestageError;
  const sentence = known
    ? error.message
    : `internal error: ${error.message.replace(/^internal error: /, '')} (${debug ? 'please report it' : 'run it again with --debug, and please report what it prints'})`;
  io.writeError(`restage: ${sentence}\n`);
  if (debug) io.writeError(`${error.stack ?? ''}\n`);
  return known ? error.exitCode : EXIT.stageFailed;
}
