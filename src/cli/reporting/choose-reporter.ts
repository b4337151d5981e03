/**
 * Chooses the reporter of a run, made here or in another process, by the options that the verbs `run` and `status`
 * share.
 */
import { StandardOutputError, UsageError } from '../../errors.ts';
import { shellWord } from '../../ui/text/format.ts';
import type { Reporter } from '../../ui/reporters/reporter.ts';
import type { Commands } from '../../ui/text/commands.ts';
import type { Presentation } from '../../ui/text/presentation.ts';
import { isColourful, styleFor } from '../../ui/text/style.ts';
import { terminalObstacle } from '../../ui/reporters/terminal-obstacle.ts';
import type { RunControl } from '../../ui/reporters/terminal-options.ts';
import { flag, text } from '../arguments/options.ts';
import { suggest } from '../output/suggest.ts';
import { OutputClosedError, type TerminalStreams } from '../io/io.ts';
import type { Call } from '../arguments/verb.ts';

/** What a reporter has to know about the run that it reports. */
export interface Told {
  /** The words of the command line that makes the run. */
  readonly argv: readonly string[];
  /** Its pipeline, as a command takes it; default: the one that this command line names. */
  readonly pipeline?: string;
  /** The pipeline, where the command line names a run instead. */
  readonly branchOf?: string;
  /** Called, never from within an event, when nobody reads any more: interrupts the run, or stops watching it. */
  readonly stop: () => void;
  /** Hears at once why standard output takes nothing more; then `stop` is called. */
  readonly refused: (error: StandardOutputError) => void;
  /** What the keys of a terminal view may do to the run; without it they can only leave the view. */
  readonly control?: RunControl;
}

/** @throws UsageError for a --reporter that cannot be used here */
export async function chooseReporter(call: Call, told: Told): Promise<Reporter> {
  const write = closingWriter((text) => call.io.writeOut(text), told);
  const asked = text(call, 'reporter') ?? (flag(call, 'json') ? 'json' : undefined);
  if (asked === 'json') return (await import('../../ui/reporters/json-reporter.ts')).jsonReporter(write);
  const { env } = call.io;
  const streams = call.io.terminal();
  const style = styleFor(streams !== undefined, env);
  const command = (...words: readonly string[]): string => suggest(call, ...words);
  const commands: Commands = {
    again: told.argv.map(shellWord).join(' '),
    log: (what) => command('log', what),
    show: (what) => command('show', what),
    get: (what, ...options) => command('get', what, ...options),
    plan: command('plan', told.branchOf ?? call.positionals[0] ?? told.pipeline ?? '.', '-S', 'path=value'),
  };
  const verbose = flag(call, 'verbose');
  const presentation: Presentation = {
    style,
    commands,
    width: () => streams?.stdout.columns ?? Number.POSITIVE_INFINITY,
    directory: call.io.cwd,
  };
  if (asked === 'ink' || (asked === undefined && !verbose)) {
    const obstacle = terminalObstacle(streams?.stdout, env, asked === 'ink');
    if (obstacle === undefined) return terminal({ call, streams: streams!, write, presentation, told });
    if (asked === 'ink') throw new UsageError(`--reporter ink is unavailable: ${obstacle}; use --reporter plain.`);
  }
  const { PlainReporter } = await import('../../ui/reporters/plain-reporter.ts');
  return new PlainReporter({ write, presentation, verbose });
}

interface View {
  readonly call: Call;
  readonly streams: TerminalStreams;
  readonly write: (text: string) => void;
  readonly presentation: Presentation;
  readonly told: Told;
}

async function terminal({ call, streams, write, presentation, told }: View): Promise<Reporter> {
  const { TerminalReporter } = await import('../../ui/reporters/terminal-reporter.ts');
  const { env } = call.io;
  const { stdout } = streams;
  const size = () => ({ columns: stdout.columns, rows: stdout.rows });
  return new TerminalReporter({
    terminal: { ...streams, write: closingWriter(streams.write, told), size, isColourful: isColourful(true, env) },
    print: write,
    complain: (text) => call.io.writeError(text),
    presentation,
    control: told.control ?? null,
    leave: told.stop,
  });
}

/** What comes after the end of a reader (`restage run ... | head`) or of a disk's room is dropped. */
function closingWriter(
  writeOut: (text: string) => void,
  { stop, refused }: Pick<Told, 'stop' | 'refused'>,
): (text: string) => void {
  let closed = false;
  return (text) => {
    if (closed) return;
    try {
      writeOut(text);
    } catch (error) {
      if (error instanceof StandardOutputError) refused(error);
      else if (!(error instanceof OutputClosedError)) throw error;
      closed = true;
      // Later: the run is in the middle of an event now.
      setImmediate(stop);
    }
  };
}
