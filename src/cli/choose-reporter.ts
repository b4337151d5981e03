/** Which reporter tells of a run, here or elsewhere: as asked for, by the options that all verbs that tell of one share. */
import { shellWord } from '../ui/format.ts';
import type { Reporter } from '../ui/reporter.ts';
import { choice, flag, text } from './options.ts';
import { OutputClosedError, stdoutIsTerminal, writeOut } from './output.ts';
import type { Invocation } from './verbs.ts';

/** What a reporter has to know about the run that it tells of. */
export interface Told {
  /** The words of the command line that makes the run. */
  readonly argv: readonly string[];
  /** Called, never from within an event, when nobody reads any more: interrupts the run, or leaves off watching it. */
  readonly stop: () => void;
}

/** @throws UsageError for a --reporter that does not exist */
export async function chooseReporter(invocation: Invocation, { argv, stop }: Told): Promise<Reporter> {
  const write = closingWriter(stop);
  const asked = choice(invocation, 'reporter') ?? (flag(invocation, 'json') ? 'json' : 'plain');
  if (asked === 'json') return (await import('../ui/json-reporter.ts')).jsonReporter(write);
  const { plainReporter } = await import('../ui/plain-reporter.ts');
  const { styleFor } = await import('../ui/style.ts');
  const cache = text(invocation, 'cache');
  const command = (...words: readonly string[]): string =>
    ['restage', ...words, ...(cache === undefined ? [] : ['--cache', cache])].map(shellWord).join(' ');
  return plainReporter({
    write,
    style: styleFor(stdoutIsTerminal(), process.env),
    verbose: flag(invocation, 'verbose'),
    commands: {
      again: argv.map(shellWord).join(' '),
      log: (what) => command('log', what),
      show: (what) => command('show', what),
      plan: command('plan', invocation.positionals[0] ?? '.', '-S', 'path=value'),
    },
  });
}

/** Once nobody reads any more (`restage run ... | head`), what comes after is dropped. */
function closingWriter(stop: () => void): (text: string) => void {
  let closed = false;
  return (text) => {
    if (closed) return;
    try {
      writeOut(text);
    } catch (error) {
      if (!(error instanceof OutputClosedError)) throw error;
      closed = true;
      // Not here: the engine is in the middle of telling.
      setImmediate(stop);
    }
  };
}
