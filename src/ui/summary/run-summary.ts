/** The summary of a run in few lines: results first, then the counts, then the failures and how to continue. */
import type { ResultValue, RunReport } from '../../run/request.ts';
import type { RunTally } from '../model/run-tally.ts';
import { formatSeconds, plural, runWord } from '../text/format.ts';
import type { Presentation } from '../text/presentation.ts';
import { wrapText } from '../text/wrap.ts';
import { failureLines } from './failure-lines.ts';
import { remoteLines } from './remote-lines.ts';
import { resultLine, resultLines } from './results.ts';

const MOST_FAILURES = 10;
const MOST_RESULTS = 3;
const INDENT = 4;

export function summaryLines(report: RunReport, tally: RunTally, presentation: Presentation): readonly string[] {
  const { counts } = report;
  const isNoOp =
    counts.ran + counts.failed + counts.skipped + counts['cut-off'] + tally.madeBy.size + tally.taken === 0;
  if (isNoOp && report.outcome === 'ok') return noOpLines(report, tally, presentation);
  const width = presentation.width();
  return [
    '',
    ...report.results.flatMap((result) => resultLines(result, presentation.commands, width)),
    ...countsLines(report, tally, presentation),
    ...remoteLines(report, presentation),
    ...undeclaredLines(report, tally, presentation),
    ...failuresLines(report, tally, presentation),
    ...nextLines(report, presentation),
  ];
}

/** After a run in which everything is new, as the first one: where to look. */
function nextLines({ outcome, counts, results, run }: RunReport, presentation: Presentation): readonly string[] {
  if (outcome !== 'ok' || counts.hit + counts['cut-off'] > 0) return [];
  const { commands, style } = presentation;
  const [result] = results;
  const rows = [
    ...(result === undefined ? [] : [[commands.show(result.node), 'how this was made']]),
    [commands.log(String(run)), 'what ran'],
    [commands.plan, 'what a change would run again'],
  ] as const;
  const most = Math.max(...rows.map(([command]) => command.length));
  const isNarrow = most + Math.max(...rows.map(([, what]) => what.length)) + 6 > presentation.width();
  return [
    'Next:',
    ...rows.map(([command, what]) => `  ${isNarrow ? command : `${command.padEnd(most)}  ${style.dim(`# ${what}`)}`}`),
  ];
}

/**
 * At most four lines, since loops and hooks make such runs often; on a terminal the results as the run that made them
 * showed them.
 */
function noOpLines(report: RunReport, tally: RunTally, { style, commands, width }: Presentation): readonly string[] {
  const { pipeline, counts, results, savedSeconds } = report;
  const all = counts.hit === 1 ? 'its one node is' : `all ${counts.hit} nodes are`;
  const line = (result: ResultValue): readonly string[] => wrapText(resultLine(result, commands), width(), INDENT);
  const accepted = tally.accepted.hit === 0 ? '' : `, ${tally.accepted.hit} accepted`;
  const first = `${pipeline}: ${all} up to date${accepted} (${formatSeconds(report.seconds)}; ${formatSeconds(savedSeconds)} saved)`;
  const head = wrapText(first, width(), INDENT).map(style.green);
  if (Number.isFinite(width())) return [...head, ...results.flatMap((each) => resultLines(each, commands, width()))];
  if (results.length <= MOST_RESULTS) return [...head, ...results.flatMap(line)];
  const more = `and ${plural(results.length - MOST_RESULTS + 1, 'more result')}: ${commands.log(String(report.run))}`;
  return [...head, ...results.slice(0, MOST_RESULTS - 1).flatMap(line), ...wrapText(more, width(), INDENT)];
}

function countsLines(report: RunReport, tally: RunTally, { style, width }: Presentation): readonly string[] {
  const words = countWords(report, tally);
  const saved = report.savedSeconds > 0 ? `; ${formatSeconds(report.savedSeconds)} saved` : '';
  const what = words.length === 0 ? 'nothing done' : words.join(', ');
  const line = `run ${report.run} of ${report.pipeline}: ${what} in ${formatSeconds(report.seconds)}${saved}`;
  const isWhole = report.outcome === 'ok' || report.outcome === 'failed';
  const lines = wrapText(isWhole ? line : `${report.outcome}: ${line}`, width(), INDENT);
  switch (report.outcome) {
    case 'ok':
      return lines.map(style.green);
    case 'failed':
      return lines.map(style.red);
    case 'interrupted':
    case 'detached':
      return lines.map(style.yellow);
  }
}

function countWords(report: RunReport, tally: RunTally): readonly string[] {
  const { counts } = report;
  const shared = [...tally.madeBy].map(([run, count]) => ({ run, count }));
  const { accepted } = tally;
  const found = counts.hit - accepted.hit - tally.taken - shared.reduce((sum, { count }) => sum + count, 0);
  const unchanged = counts['cut-off'] - accepted['cut-off'];
  const { interrupted, skipped } = skippedBy(report, tally);
  const words: readonly (readonly [number, string])[] = [
    [found, 'up to date'],
    [tally.taken, `from ${report.remote?.name}`],
    [accepted.hit + accepted['cut-off'], 'accepted'],
    [unchanged, `unchanged (${unchanged === 1 ? 'its' : 'their'} inputs ran again, same bytes)`],
    ...shared.map(({ run, count }) => [count, `made by ${runWord(run)}`] as const),
    [counts.ran, 'ran'],
    [counts.failed, 'failed'],
    [skipped, 'skipped'],
    [interrupted, report.outcome === 'detached' ? 'left to the next run' : 'interrupted'],
  ];
  return words.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
}

/** The report counts interrupted nodes, and those that go on elsewhere, as skipped. */
function skippedBy(
  { counts, outcome, failures }: RunReport,
  tally: RunTally,
): { readonly skipped: number; readonly interrupted: number } {
  const isStopped = outcome === 'interrupted' || outcome === 'detached';
  const isAll = isStopped && failures.length === 0;
  const interrupted = isAll ? counts.skipped : Math.min(tally.interrupted, counts.skipped);
  return { interrupted, skipped: counts.skipped - interrupted };
}

/** The sentences themselves were told when they came up. */
function undeclaredLines(
  { outcome }: RunReport,
  { undeclared }: RunTally,
  { style, width, commands }: Presentation,
): readonly string[] {
  const [node] = undeclared.nodes;
  if (node === undefined || outcome !== 'ok') return [];
  const where = undeclared.nodes.size === 1 ? node : plural(undeclared.nodes.size, 'node');
  const text = `${plural(undeclared.sentences.size, 'undeclared input')} of ${where}: ${commands.show(node)}`;
  return wrapText(text, width(), INDENT).map(style.yellow);
}

function failuresLines(report: RunReport, tally: RunTally, presentation: Presentation): readonly string[] {
  if (report.outcome === 'ok') return [];
  const { style, commands, width, directory } = presentation;
  const indent = ' '.repeat(INDENT);
  const lines = report.failures.slice(0, MOST_FAILURES).flatMap(({ node, failure }) => {
    const look = { style, directory, width: width() };
    return [...failureLines({ node, failure }, look), `${indent}${commands.log(node)}`];
  });
  const rest = report.failures.length - MOST_FAILURES;
  if (rest > 0) lines.push(...wrapText(`and ${rest} more: ${commands.log(String(report.run))}`, width(), INDENT));
  const { skipped } = skippedBy(report, tally);
  if (skipped > 0) lines.push(style.yellow(`${plural(skipped, 'node')} skipped: an input failed.`));
  const how = report.failures.length === 0 ? 'Continue with:' : 'Once fixed, continue with:';
  const again = `What is finished is kept. ${how}`;
  // A command on a line of its own can be copied, even where the terminal wraps it.
  return [
    ...lines,
    ...(again.length + 1 + commands.again.length > width()
      ? [again, `  ${commands.again}`]
      : [`${again} ${commands.again}`]),
  ];
}
