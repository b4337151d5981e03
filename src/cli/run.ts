/** `restage run`: hands the request to the engine, its events to a reporter, and Ctrl-C to both. */

import { PauseSwitch } from '../execution/pause-switch.ts';
import type { RunRequest } from '../run/request.ts';
import { run } from '../run/run.ts';
import { EXIT, UsageError } from '../errors.ts';
import type { RunOutcome } from '../events.ts';
import { chooseReporter } from './choose-reporter.ts';
import { flag, list, wholeNumber } from './options.ts';
import { writeError } from './output.ts';
import { pipelineRequest } from './pipeline-request.ts';
import type { Invocation } from './verbs.ts';

export async function runVerb(invocation: Invocation): Promise<number> {
  if (flag(invocation, 'dry-run')) return (await import('./plan.ts')).planVerb(invocation);
  const controller = new AbortController();
  const request = await runRequest(invocation);
  const argv = ['restage', ...process.argv.slice(2)];
  const pause = new PauseSwitch();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    if (reporter.interrupting?.() !== true) writeError(INTERRUPTING);
    controller.abort();
  };
  const stop = (): void => controller.abort();
  const reporter = await chooseReporter(invocation, { argv, stop, control: { cancel: interrupt, pause } });
  const stopListening = onSignals(interrupt);
  try {
    const report = await run({
      ...request,
      argv,
      signal: controller.signal,
      pause,
      onEvent: (event) => reporter.event(event),
    });
    reporter.finish(report);
    return exitCodeOf(report.outcome);
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

async function runRequest(invocation: Invocation): Promise<RunRequest> {
  const jobs = wholeNumber(invocation, 'jobs', 1);
  const maxFailures = flag(invocation, 'fail-fast') ? 1 : wholeNumber(invocation, 'max-failures', 1);
  return {
    ...(await pipelineRequest(invocation)),
    pools: Object.fromEntries(list(invocation, 'pool').map(parsePool)),
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

function onSignals(interrupt: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, interrupt);
  return () => {
    for (const signal of signals) process.off(signal, interrupt);
  };
}
