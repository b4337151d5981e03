/** `run --watch`: rounds under a reporter each, what each edit leads to, and Ctrl-C, which ends the watch. */
import { EXIT, type StandardOutputError } from '../../errors.ts';
import { PauseSwitch } from '../../execution/scheduling/pause-switch.ts';
import type { RunReport, RunRequest } from '../../run/request.ts';
import { FileHints } from '../../run/watch/hints.ts';
import { lookAt } from '../../run/watch/sight.ts';
import { type LastRound, type Round, watch } from '../../run/watch/watch.ts';
import type { WatchEvent } from '../../run/watch/watch-event.ts';
import { jsonLine } from '../../ui/reporters/json-reporter.ts';
import type { Reporter } from '../../ui/reporters/reporter.ts';
import { editedWords, plannedLines, waitingLine } from '../../ui/summary/watch-lines.ts';
import { flag, text } from '../arguments/options.ts';
import type { Call } from '../arguments/verb.ts';
import { chooseReporter } from './choose-reporter.ts';
import { exitCodeOf } from './exit-code.ts';
import { interruptible } from './interruptible.ts';
import { stopped } from './stopped.ts';
import { unlessRefused } from './unless-refused.ts';
import { complain, writeLines } from '../output/lines.ts';

export interface Watched {
  /** Makes the request of a round from what its files say now. */
  readonly request: (isFirst: boolean) => Promise<RunRequest>;
  /** Files that the request is made from, absolute. */
  readonly requestFiles: readonly string[];
  readonly start: (request: ListenedRequest, round: Round) => Promise<RunReport | undefined>;
}

export type ListenedRequest = RunRequest & Required<Pick<RunRequest, 'onEvent'>>;

/** @returns the exit code of the last round */
export async function watchedRuns(call: Call, { request, requestFiles, start }: Watched): Promise<number> {
  const argv = ['restage', ...call.argv];
  const isJson = (text(call, 'reporter') ?? (flag(call, 'json') ? 'json' : undefined)) === 'json';
  /** While a run may go on. */
  let reporter: Reporter | undefined;
  let refusal: StandardOutputError | undefined;
  const sentence = (): string | undefined =>
    reporter === undefined || reporter.interrupting?.() === true ? undefined : INTERRUPTING;
  return interruptible(call.io, sentence, async ({ signal, interrupt, stop }) => {
    const run = async (round: Round): Promise<RunReport | undefined> => {
      const pause = new PauseSwitch();
      const own = await chooseReporter(call, {
        ...{ argv, stop, control: { cancel: interrupt, pause } },
        refused: (error) => (refusal = error),
      });
      reporter = own;
      try {
        const onEvent: ListenedRequest['onEvent'] = (event) => {
          // What an edit leads to is told before anything else, in lines of its own.
          if (isJson || round.isFirst || event.type !== 'run-preparing') own.event(event);
        };
        const report = await start({ ...round.request, argv, signal, pause, onEvent }, round);
        if (report !== undefined) own.finish(report);
        return report;
      } finally {
        own.close?.();
        reporter = undefined;
      }
    };
    return stopped(signal, async () => {
      const last = await watch({
        request,
        requestFiles,
        run,
        tell: (event) => tell(call, event, isJson),
        editedMeanwhile(files) {
          const what = `${editedWords(files)}: planned again when this run has ended`;
          reporter?.event({ type: 'notice', at: Date.now(), text: what });
        },
        changes: { lookAt, hints: (hint) => new FileHints(hint, flag(call, 'poll')), after },
        signal,
      });
      return codeOf(last);
    });
  }).then((code) => unlessRefused(code, refusal));
}

const INTERRUPTING = 'interrupting: what is finished is kept, and what runs is stopped';

function tell({ io }: Call, event: WatchEvent, isJson: boolean): void {
  if (isJson) {
    io.writeOut(jsonLine(event));
    return;
  }
  switch (event.type) {
    case 'watch-planned':
      writeLines(io, plannedLines(event));
      break;
    case 'watch-broken':
      complain(io, event.message);
      break;
    case 'watch-waiting':
      writeLines(io, [waitingLine(event)]);
      break;
  }
}

function after(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
}

function codeOf(last: LastRound): number {
  return last === 'broken' ? EXIT.usage : exitCodeOf(last);
}
