/** What a run came to, in few lines: results first, then the counts, then what failed and how to go on. */
import type { ResultValue, RunReport } from '../../run/request.ts';
import type { VisitOutcome } from '../../events.ts';
import type { Commands } from './commands.ts';
import { formatSeconds, plural } from './format.ts';
import { resultLine, resultLines } from '../model/results.ts';
import type { Style } from './style.ts';

const MOST_FAILURES = 10;
const MOST_STACK_LINES = 6;
const MOST_RESULTS = 3;

export function summaryLines(report: RunReport, style: Style, commands: Commands): readonly string[] {
  const { counts } = report;
  return counts.ran + counts.failed + counts.skipped + counts['cut-off'] === 0 && report.outcome === 'ok'
    ? noOpLines(report, style, commands)
    : [
        '',
        ...report.results.flatMap((result) => resultLines(result, commands)),
        countsLine(report, style),
        ...failureLines(report, style, commands),
        ...nextLines(report, style, commands),
      ];
}

/** After a run in which all was new, as the first one is: where to look. */
function nextLines({ outcome, counts, results, run }: RunReport, style: Style, commands: Commands): readonly string[] {
  if (outcome !== 'ok' || counts.hit + counts['cut-off'] > 0) return [];
  const [result] = results;
  const rows = [
    ...(result === undefined ? [] : [[commands.show(result.node), 'how this was made']]),
    [commands.log(String(run)), 'what ran'],
    [commands.plan, 'what a change would make run again'],
  ] as const;
  const width = Math.max(...rows.map(([command]) => command.length));
  return ['Next:', ...rows.map(([command, what]) => `  ${command.padEnd(width)}  ${style.dim(`# ${what}`)}`)];
}

/** At most four lines: such runs are made often, in loops and in hooks. */
function noOpLines(report: RunReport, style: Style, commands: Commands): readonly string[] {
  const { pipeline, counts, results, savedSeconds } = report;
  const all = counts.hit === 1 ? 'its one node is' : `all ${counts.hit} nodes are`;
  const line = (result: ResultValue): string => resultLine(result, commands);
  const first = `${pipeline}: ${all} up to date (${formatSeconds(report.seconds)}; ${formatSeconds(savedSeconds)} saved)`;
  if (results.length <= MOST_RESULTS) return [style.green(first), ...results.map(line)];
  return [
    style.green(first),
    ...results.slice(0, MOST_RESULTS - 1).map(line),
    `and ${plural(results.length - MOST_RESULTS + 1, 'result')} more: ${commands.log(String(report.run))}`,
  ];
}

function countsLine(report: RunReport, style: Style): string {
  const told = (Object.keys(WORDS) as VisitOutcome[])
    .filter((outcome) => report.counts[outcome] > 0)
    .map((outcome) => `${report.counts[outcome]} ${WORDS[outcome]}`)
    .join(', ');
  const saved = report.savedSeconds > 0 ? `; ${formatSeconds(report.savedSeconds)} saved` : '';
  const line = `run ${report.run} of ${report.pipeline}: ${told === '' ? 'nothing done' : told} in ${formatSeconds(report.seconds)}${saved}`;
  switch (report.outcome) {
    case 'ok':
      return style.green(line);
    case 'failed':
      return style.red(line);
    case 'interrupted':
      return style.yellow(`interrupted: ${line}`);
  }
}

const WORDS: Readonly<Record<VisitOutcome, string>> = {
  hit: 'up to date',
  'cut-off': 'cut off (inputs ran to the same bytes)',
  ran: 'ran',
  failed: 'failed',
  skipped: 'skipped',
};

function failureLines(report: RunReport, style: Style, commands: Commands): readonly string[] {
  if (report.outcome === 'ok') return [];
  const lines = report.failures
    .slice(0, MOST_FAILURES)
    .flatMap(({ node, failure }) => [
      `${style.red('failed')} ${style.bold(node)} (${failure.class}): ${failure.message}`,
      ...stackLines(failure.stack).map((line) => style.dim(`    ${line}`)),
      `    ${commands.log(node)}`,
    ]);
  const rest = report.failures.length - MOST_FAILURES;
  if (rest > 0) lines.push(`and ${rest} more: ${commands.log(String(report.run))}`);
  const { skipped } = report.counts;
  if (skipped > 0) {
    const why =
      report.outcome === 'interrupted'
        ? skipped === 1
          ? 'not yet its turn'
          : 'not yet their turn'
        : 'in need of what failed';
    lines.push(`${plural(skipped, 'node')} skipped, ${why}.`);
  }
  const done = report.outcome === 'interrupted' ? 'To go on' : 'When that is mended, go on';
  lines.push(`What is finished is kept. ${done} with: ${commands.again}`);
  return lines;
}

/** The frames alone: the message has been told. */
function stackLines(stack: string | null): readonly string[] {
  const frames = (stack ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '));
  return frames.slice(0, MOST_STACK_LINES);
}
