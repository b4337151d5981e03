/** Root causes as `restage why` tells them: each with its nodes, what followed from it, and where it ended. */
import type { Cause } from '../../../audit/why/causes.ts';
import type { Comparison } from '../../../audit/why/compare-sides.ts';
import { plural } from '../../../ui/text/format.ts';
import { nodeWord } from '../../output/run-words.ts';
import type { Screen } from '../../output/screen.ts';
import { nodeNames, wrapped } from '../words/names.ts';
import { changeLines, changeTitle, indented } from './why-change.ts';

const MOST_DIFF_LINES = 40;
const INDENT = '    ';

export function causeLines(cause: Cause, screen: Screen, verbose: boolean): readonly string[] {
  const { style, width } = screen;
  const { change, nodes, ways, followers, ended } = cause;
  const names = (all: readonly string[]): readonly string[] => (verbose ? all : nodeNames(all));
  const most = verbose ? Number.POSITIVE_INFINITY : MOST_DIFF_LINES;
  return [
    style.bold(changeTitle(change, style)),
    ...wrapped(`${INDENT}${change.kind === 'removed' || change.kind === 'added' ? '' : 'in '}`, names(nodes), width),
    ...indented(changeLines(change, ways, { style, most })),
    ...(followers.length === 0 ? [] : wrapped(`${INDENT}invalidated with it: `, names(followers), width)),
    ...endLines(ended, names, width),
  ];
}

/** `ended at prep: the same bytes for fit, judge` */
function endLines(
  ended: Cause['ended'],
  names: (all: readonly string[]) => readonly string[],
  width: number,
): readonly string[] {
  if (ended.length === 0) return [];
  const spared = [...new Set(ended.flatMap((end) => end.spared))];
  const at = names(ended.map(({ node }) => node)).join(', ');
  return wrapped(`${INDENT}ended at ${at}: the same bytes for `, names(spared), width);
}

/** All that a comparison says below its first line. */
export function comparisonLines(
  { causes, unmade, renamed, params }: Comparison,
  screen: Screen,
  verbose: boolean,
): readonly string[] {
  const { style } = screen;
  const isShaped = causes.some(({ change }) => ['added', 'removed', 'wiring'].includes(change.kind));
  const told = new Set(causes.flatMap(({ change }) => (change.kind === 'param' ? [change.after] : [])));
  const untold = params.filter(({ after }) => after === undefined || !told.has(JSON.stringify(after)));
  return [
    ...causes.flatMap((cause) => ['', ...causeLines(cause, screen, verbose)]),
    ...(isShaped && untold.length > 0
      ? ['', style.bold('parameters of the pipeline that differ beside'), ...untold.map(paramLine)]
      : []),
    ...unmadeLines(unmade, screen),
    ...(renamed.length === 0 ? [] : ['', ...renamedLines(renamed, screen, verbose)]),
  ];
}

function paramLine({ path, before, after }: Comparison['params'][number]): string {
  const text = (value: unknown): string => (value === undefined ? '(none)' : JSON.stringify(value));
  return `${INDENT}${path}  ${text(before)} -> ${text(after)}`;
}

function unmadeLines(unmade: Comparison['unmade'], { style, width }: Screen): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const { node, run, outcome, reason } of unmade) {
    const word = nodeWord({ outcome, reason });
    const key = `${word} in run ${run}${reason === null || reason === word ? '' : ` (${reason})`}`;
    groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  if (groups.size === 0) return [];
  return [
    '',
    style.bold('without a state, so nothing can be compared'),
    ...[...groups].flatMap(([key, nodes]) => wrapped(`${INDENT}${key}: `, nodeNames(nodes), width)),
  ];
}

function renamedLines(renamed: Comparison['renamed'], { style }: Screen, verbose: boolean): readonly string[] {
  const lines = renamed.map(({ before, after }) => `${INDENT}${before} -> ${after}`);
  const shown = verbose ? lines : lines.slice(0, 5);
  return [
    style.bold(`${plural(renamed.length, 'node')} under another name`),
    ...shown,
    ...(shown.length < lines.length ? [`${INDENT}... ${lines.length - shown.length} more; --verbose shows them`] : []),
  ];
}
