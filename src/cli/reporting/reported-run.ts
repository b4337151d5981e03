/** Runs something under a reporter: its events are told, and Ctrl-C interrupts it, a second one leaves at once. */
import { PauseSwitch } from '../../execution/scheduling/pause-switch.ts';
import { EXIT, type StandardOutputError } from '../../errors.ts';
import type { RunReport, RunRequest } from '../../run/request.ts';
import type { Reporter } from '../../ui/reporters/reporter.ts';
import type { Call } from '../arguments/verb.ts';
import { chooseReporter } from './choose-reporter.ts';
import { exitCodeOf } from './exit-code.ts';
import { interruptible } from './interruptible.ts';
import { stopped } from './stopped.ts';
import { unlessRefused } from './unless-refused.ts';

/** What the reporter and the keyboard have to do with the run. */
export type Reported = Required<Pick<RunRequest, 'argv' | 'signal' | 'pause' | 'onEvent'>>;

/**
 * @param start makes the run. @param branchOf the pipeline, where the command line names a run instead. @returns the
 * exit code
 */
export async function reportedRun(
  call: Call,
  start: (reported: Reported) => Promise<RunReport>,
  branchOf?: string,
): Promise<number> {
  const argv = ['restage', ...call.argv];
  const pause = new PauseSwitch();
  let reporter: Reporter | undefined;
  let refusal: StandardOutputError | undefined;
  const sentence = (): string | undefined => (reporter?.interrupting?.() === true ? undefined : INTERRUPTING);
  return interruptible(call.io, sentence, async ({ signal, interrupt, stop }) => {
    reporter = await chooseReporter(call, {
      argv,
      stop,
      refused: (error) => (refusal = error),
      control: { cancel: interrupt, pause },
      ...(branchOf === undefined ? {} : { branchOf }),
    });
    const told = reporter;
    return stopped(signal, async () => {
      const report = await start({ argv, signal, pause, onEvent: (event) => told.event(event) });
      told.finish(report);
      return report.outcome === 'detached' && report.failures.length > 0
        ? EXIT.stageFailed
        : exitCodeOf(report.outcome);
    });
  })
    .finally(() => reporter?.close?.())
    .then((code) => unlessRefused(code, refusal));
}

const INTERRUPTING = 'interrupting: what is finished is kept, and what runs is stopped';
