/** `restage run`: hands the request to the engine, its events to a reporter, and Ctrl-C to both. */

import { PauseSwitch } from '../execution/scheduling/pause-switch.ts';
import type { RunRequest } from '../run/request.ts';
import { run } from '../run/run.ts';
import { EXIT, UsageError } from '../errors.ts';
import type { RunOutcome } from '../events.ts';
import { chooseReporter } from './choose-reporter.ts';
import { flag, list, wholeNumber } from './options.ts';
import { pipelineRequest } from './pipeline-request.ts';
import type { Call } from './verbs.ts';

export async function runVerb(call: Call): Promise<number> {
  if (flag(call, 'dry-run')) return (await import('./plan.ts')).planVerb(call);
  const controller = new AbortController();
  const request = await runRequest(call);
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
  const reporter = await chooseReporter(call, { argv, stop, control: { cancel: interrupt, pause } });
  const stopListening = call.io.onInterrupt(interrupt);
  const finished = async (): Promise<number> => {
    const report = await run({
      ...request,
      argv,
      signal: controller.signal,
      pause,
      onEvent: (event) => reporter.event(event),
    });
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

export function exitCodeOf(outcome: RunOutcome): number {
  switch (outcome) {
    case 'ok':
      return EXIT.ok;
    case 'failed':
      return EXIT.stageFailed;
    case 'interrupted':
      return EXIT.interrupted;
  }
}

async function runRequest(call: Call): Promise<RunRequest> {
  const jobs = wholeNumber(call, 'jobs', 1);
  const maxFailures = flag(call, 'fail-fast') ? 1 : wholeNumber(call, 'max-failures', 1);
  return {
    ...(await pipelineRequest(call)),
    pools: Object.fromEntries(list(call, 'pool').map(parsePool)),
    ...(jobs === undefined ? {} : { jobs }),
    ...(maxFailures === undefined ? {} : { maxFailures }),
  };
}

function parsePool(argument: string): readonly [string, number] {
  const [, name, size] = /^([^=]+)=(\d+)$/.exec(argument) ?? [];
  if (name === undefined)
    throw new UsageError(`--pool ${argument} is not of the form name=N; write for example --pool licence=2.`);
  return [name, Number(size)];
}

const INTERRUPTING =
  'restage: interrupting; what is finished is kept, and what runs is stopped; press Ctrl-C again to leave at once.\n';
