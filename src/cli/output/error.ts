/**
 * An error as a command reports it: one sentence on standard error, with --json an object on standard output too, and
 * an exit code.
 */
import { isDiskTrouble, errnoMeaning } from '../../core/diagnostics/errno.ts';
import { CacheError, EXIT, RestageError, StandardOutputError } from '../../errors.ts';
import { type Io, OutputClosedError } from '../io/io.ts';
import { writeJsonLine } from './json.ts';
import { complain } from './lines.ts';

/** @returns the exit code */
export function reportError(thrown: unknown, argv: readonly string[], io: Io): number {
  if (thrown instanceof OutputClosedError) return EXIT.ok;
  if (!(thrown instanceof Error)) throw thrown;
  const error = ofDisk(thrown) ?? thrown;
  const debug = argv.includes('--debug');
  const known = error instanceof RestageError;
  const code = known ? error.code : 'INTERNAL';
  const exitCode = known ? error.exitCode : EXIT.stageFailed;
  const message = known ? error.message : internal(error, debug);
  complain(io, message);
  if (debug) io.writeError(`${error.stack ?? ''}\n`);
  if (wantsJson(argv)) writeIfPossible(io, { code, message, exitCode });
  return exitCode;
}

/** A disk that fails is not a fault of restage, whichever file it was about to write. */
function ofDisk(error: Error): CacheError | undefined {
  if (error instanceof RestageError) return undefined;
  const meaning = errnoMeaning(error);
  if (meaning === undefined || !isDiskTrouble(meaning)) return undefined;
  const { path = 'A file', syscall = 'use' } = error as NodeJS.ErrnoException;
  const { cause, remedy, code } = meaning;
  return new CacheError(`${path} could not be used: ${cause}; ${remedy} (${syscall}: ${code}).`, { cause: error });
}

function internal({ message }: Error, debug: boolean): string {
  const advice = debug ? 'please report it' : 'run it again with --debug, and please report what it prints';
  return `internal error: ${message.replace(/^internal error: /, '')} (${advice})`;
}

/** Found in the words themselves: the command line may be what is wrong. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? argv.length : end).includes('--json');
}

/** The sentence is on standard error, whatever becomes of standard output. */
function writeIfPossible(io: Io, error: object): void {
  try {
    writeJsonLine({ io }, { type: 'error', error });
  } catch (failure) {
    if (!(failure instanceof OutputClosedError || failure instanceof StandardOutputError)) throw failure;
  }
}
