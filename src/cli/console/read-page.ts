/**
 * Reads a page of the console: executes the command that the page is headed by, in this process, and keeps what it
 * prints.
 */
import { UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import { liveRuns } from '../../store/coordination/live-file.ts';
import type { Found } from '../../store/reference/found.ts';
import type { Command, Page } from '../../ui/console/page.ts';
import { quickRead } from '../arguments/quick-read.ts';
import { text } from '../arguments/options.ts';
import { type Call, findVerb, type Verbs } from '../arguments/verb.ts';
import type { TerminalStreams } from '../io/io.ts';
import { findNamed } from '../lookup/look-up.ts';
import { cacheDirectoryOfVerb, isBundle, withCache } from '../lookup/open-cache.ts';
import { reportError } from '../output/error.ts';
import { suggest } from '../output/suggest.ts';
import { capturedIo } from './captured-io.ts';
import { subjectsOf } from './subjects.ts';

/** The runs that the first page lists; at its end, so many times as many. */
export const FIRST_RUNS = 100;
const MORE = 10;

/** What a user types for it. */
export function typedCommand(call: Call, command: Command): string {
  return suggest(call, ...command);
}

/** An error of the command is what it prints. @param verbs those that pages may execute */
export async function readPage(
  call: Call,
  verbs: Verbs,
  streams: TerminalStreams,
  command: Command,
  columns: number,
): Promise<Page> {
  const captured = capturedIo(call.io, streams, columns);
  const asked = await callOf(call, verbs, command);
  const own: Call = { ...asked.call, io: captured.io };
  try {
    await asked.run(own);
  } catch (error) {
    reportError(error, own.argv, captured.io);
  }
  const lines = captured.lines();
  const directory = cacheDirectoryOfVerb(call);
  const { about, byLine } = await withCache(call, (cache) => subjectsOf(cache, command, foundBy(cache, own), lines));
  return {
    command,
    typed: typedCommand(call, command),
    lines,
    heading: command[0] === 'log' && about === null ? 1 : 0,
    about,
    subjects: byLine,
    more: moreOf(command, byLine.size),
    isChanging: !isBundle(directory) && liveRuns(directory).length > 0,
  };
}

/** What the command's first word names. Where it names several things, the command has said so. */
function foundBy(cache: Cache, call: Call): Found | undefined {
  const [reference] = call.positionals;
  try {
    return reference === undefined ? undefined : findNamed(cache, reference, call);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

async function callOf(call: Call, verbs: Verbs, command: Command) {
  const [name = '', ...words] = command;
  const verb = (await findVerb(verbs, name))!;
  const cache = text(call, 'cache');
  const all = cache === undefined ? words : [...words, '--cache', cache];
  return { call: { ...quickRead(verb, all)!, argv: [name, ...all], io: call.io }, run: verb.run };
}

/** The list of runs is full. */
function moreOf(command: Command, listed: number): Command | null {
  const limit = command[0] === 'log' && command[1] === '--limit' ? Number(command[2]) : undefined;
  return limit === undefined || listed < limit ? null : ['log', '--limit', String(limit * MORE), ...command.slice(3)];
}
