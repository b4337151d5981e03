/** Runs something under a reporter: its events are told, and Ctrl-C interrupts it, a second one leaves at once. */
import { EXIT } from '../../errors.ts';
import { PauseSwitch } from '../../execution/scheduling/pause-switch.ts';
import type { RunReport, RunRequest } from '../../run/request.ts';
import type { Call } from '../arguments/verb.ts';
import { chooseReporter } from './choose-reporter.ts';
import { exitCodeOf } from './exit-code.ts';

/** What the reporter and the keyboard have to do with the run. */
export type Reported = Required<Pick<RunRequest, 'argv' | 'signal' | 'pause' | 'onEvent'>>;

/** @param start makes the run. @param branchOf the pipeline, where the command line names a run instead. @returns the exit code */
export async function reportedRun(
  call: Call,
  start: (reported: Reported) => Promise<RunReport>,
  branchOf?: string,
): Promise<number> {
  const controller = new AbortController();
  const argv = ['restage', ...call.argv];
  const pause = new PauseSwitch();
  let leave: (code: number) => void = () => undefined;
  const left = new Promise<number>((resolve) => (leave = resolve));
  const interrupt = (): void => {
    if (controller.signal.aborted) {
      leave(EXIT.interrupted);
      return;
    }
    if (reporter.interrupting?.() !== true) call.io.writeError(INTERRUPTING);
    controller.abort();
  };
  const stop = (): void => controller.abort();
  const reporter = await chooseReporter(call, {
    argv,
    stop,
    control: { cancel: interrupt, pause },
    ...(branchOf === undefined ? {} : { branchOf }),
  });
  const stopListening = call.io.onInterrupt(interrupt);
  const finished = async (): Promise<number> => {
    const { signal } = controller;
    const report = await start({ argv, signal, pause, onEvent: (event) => reporter.event(event) });
    reporter.finish(report);
    return exitCodeOf(report.outcome);
  };
  try {
    // A second interrupt does not wait for the run to end.
    return await Promise.race([finished(), left]);
  } finally {
    reporter.close?.();
    stopListening();
  }
}

const INTERRUPTING =
  'restage: interrupting: what is finished is kept, and what runs is stopped; press Ctrl-C again to leave at once.\n';
