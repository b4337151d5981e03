#!/usr/bin/env node
/**
 * The command `restage`: finds out what is asked, loads the file of that verb, and turns errors into one sentence and an
 * exit code. What is imported here is paid for at every start, so it is next to nothing.
 */
import { readFileSync } from 'node:fs';
import { EXIT, RestageError } from '../errors.ts';
import { consoleToStandardError } from './console.ts';
import { OutputClosedError, writeError, writeOut } from './output.ts';
import type { Invocation } from './verbs.ts';

/** A verb's file. It gives the exit code. */
export type VerbHandler = (invocation: Invocation) => Promise<number>;

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

async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && /^(-V|--version)$/.test(argv[0]!)) return say(version());
  if (argv[0] === '__complete') return (await import('./complete.ts')).completeVerb(argv.slice(1));
  const { quickRead } = await import('./quick-read.ts');
  const invocation = quickRead(argv);
  if (invocation !== undefined) return await handle(invocation);
  const help = await helpAskedFor(argv);
  if (help !== undefined) return say(help);
  const { readWithCommander } = await import('./program.ts');
  const read = readWithCommander(argv);
  return 'help' in read ? say(read.help) : await handle(read);
}

function say(text: string): number {
  writeOut(text);
  return EXIT.ok;
}

async function handle(invocation: Invocation): Promise<number> {
  const load = HANDLERS[invocation.verb];
  if (load === undefined) throw new Error(`internal error: no file for the verb ${invocation.verb}`);
  return await (
    await load()
  )(invocation);
}

/** The text for `restage` (which asks for help, and is no mistake), `restage --help`, `restage run --help`, `restage help run`; undefined for anything else. */
async function helpAskedFor(argv: readonly string[]): Promise<string | undefined> {
  const words = argv.filter((word) => !/^(-h|--help|help)$/.test(word));
  const asked = argv.length === words.length + 1 && argv.length <= 2;
  if (argv.length > 0 && !asked) return undefined;
  const { mainHelp, shortHelp, verbHelp } = await import('./help.ts');
  if (argv.length === 0) {
    const { pipelinesAround } = await import('../planning/request/project.ts');
    return shortHelp(pipelinesAround(process.cwd())[0]);
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

function report(error: unknown, debug: boolean): number {
  if (error instanceof OutputClosedError) return EXIT.ok;
  if (!(error instanceof Error)) throw error;
  const known = error instanceof RestageError;
  const sentence = known
    ? error.message
    : `internal error: ${error.message.replace(/^internal error: /, '')} (${debug ? 'please report it' : 'run it again with --debug, and please report what it prints'})`;
  writeError(`restage: ${sentence}\n`);
  if (debug) writeError(`${error.stack ?? ''}\n`);
  return known ? error.exitCode : EXIT.stageFailed;
}

consoleToStandardError();
const argv = process.argv.slice(2);
let exitCode: number;
try {
  exitCode = await main(argv);
} catch (error) {
  exitCode = report(error, argv.includes('--debug'));
}
// Everything is written by now. A stage that ran in this process may have left a timer, which must not keep it.
process.exit(exitCode);
