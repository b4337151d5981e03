/** What reporters are given, and what the plain one makes of it. */
import { sha256 } from '../../../src/core/identity/digest.ts';
import type { ResultValue, RunReport } from '../../../src/run/request.ts';
import type { Failure, RunEvent, VisitOutcome } from '../../../src/events.ts';
import { PlainReporter } from '../../../src/ui/reporters/plain-reporter.ts';
import { styleFor } from '../../../src/ui/text/style.ts';

export const DIGEST = sha256('x');
const COMMANDS = {
  again: 'restage run toy',
  log: (what: string) => `restage log ${what}`,
  show: (what: string) => `restage show ${what}`,
  get: (what: string, ...options: readonly string[]) => ['restage get', what, ...options, '--cache /c'].join(' '),
  plan: 'restage plan toy -S path=value',
};

/** What the plain reporter writes of events, and of the report behind them. */
export function plain(
  events: readonly RunEvent[],
  report?: RunReport,
  options: { verbose?: boolean; terminal?: boolean; width?: number } = {},
) {
  let text = '';
  const reporter = new PlainReporter({
    write: (more) => (text += more),
    verbose: options.verbose ?? false,
    presentation: {
      style: styleFor(options.terminal ?? false, {}),
      commands: COMMANDS,
      width: () => options.width ?? Number.POSITIVE_INFINITY,
      directory: '/project',
    },
  });
  for (const event of events) reporter.event(event);
  if (report !== undefined) reporter.finish(report);
  return text;
}

export const FAILURE: Failure = { class: 'error', message: 'No events.', stack: null, exitCode: null, signal: null };

/** Of run 12 of `toy`. */
export function report(
  counts: Partial<Record<VisitOutcome, number>>,
  more: Partial<Omit<RunReport, 'counts'>> = {},
): RunReport {
  return {
    run: 12,
    pipeline: 'toy',
    outcome: 'ok',
    seconds: 12.34,
    savedSeconds: 104,
    counts: { hit: 0, 'cut-off': 0, ran: 0, failed: 0, skipped: 0, ...counts },
    results: [],
    failures: [],
    cacheDirectory: '/cache',
    ...more,
  };
}

/** Of the node `score`: a table, or JSON of this value. */
export function result(name: string, value?: ResultValue['value']): ResultValue {
  const place = { name, node: 'score', output: name, digest: DIGEST, bytes: 2048 };
  return value === undefined ? { ...place, kind: 'table' } : { ...place, kind: 'json', value };
}
