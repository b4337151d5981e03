/** What `restage verify` says: how many states came out again, and of each other one what was found. */
import { accessWords } from '../../../core/authoring/access.ts';
import { changeClause } from '../../../identity/change-clause.ts';
import type { OutputVerdict } from '../../../audit/verify/judge.ts';
import { type EquivalenceVerdict, isRefuted, type StateVerdict } from '../../../audit/verify/verdict.ts';
import type { VerifyReport } from '../../../audit/verify/verify.ts';
import { short } from '../../../core/identity/digest.ts';
import type { VerdictName } from '../../../store/record/facts.ts';
import { formatSeconds, plural } from '../../../ui/text/format.ts';
import type { Style } from '../../../ui/text/style.ts';
import type { Screen } from '../../output/screen.ts';
import { seedLines } from './seed-words.ts';
import { recordedTraceLines, traceLines } from './trace-words.ts';

const MOST_DIFFERENCES = 5;

export function verdictWord(verdict: VerdictName): string {
  switch (verdict) {
    case 'same':
      return 'same bytes';
    case 'ulp':
      return 'within units in the last place';
    case 'tolerance':
      return 'within tolerance';
    case 'statistical':
      return 'statistically the same over seeds';
    case 'diverged':
    case 'failed':
      return verdict;
    case 'unverifiable':
      return 'cannot be verified';
  }
}

/** A line for each verdict while they come. */
export function verdictLine({ node, verdict, restored, seconds }: StateVerdict, style: Style): string {
  const took = seconds === null ? '' : ` (${formatSeconds(seconds)})`;
  const back = restored ? '; its bytes, which were evicted, are back' : '';
  return `${node}: ${painted(verdict, style)}${took}${back}`;
}

export function verifyLines(
  { verdicts, equivalences, interrupted }: VerifyReport,
  { style }: Screen,
): readonly string[] {
  const words = countWords(verdicts);
  const refuted = verdicts.filter(isRefuted);
  return [
    `verified ${plural(verdicts.length, 'state')}${words === '' ? '' : `: ${words}`}${interrupted ? ', then interrupted' : ''}`,
    ...(refuted.length > 1 ? [`the earliest is ${refuted[0]!.node}`] : []),
    ...verdicts.filter(({ verdict }) => verdict !== 'same').flatMap((verdict) => ['', ...detailLines(verdict, style)]),
    ...equivalences.flatMap((verdict) => ['', ...equivalenceLines(verdict, style)]),
  ];
}

/** What was accepted, executed: the same bytes discharge it. */
function equivalenceLines(found: EquivalenceVerdict, style: Style): readonly string[] {
  const { equivalence, node, key, state, verdict, tolerance } = found;
  const head = `${style.bold(`equivalence ${equivalence}`)} of ${node}: what key ${short(key)} stands for, executed, against the accepted state ${short(state)}: ${painted(verdict, style)}`;
  const [, ...details] = detailLines(found, style);
  const allowed = `  accepted within ${tolerance.ulp} units in the last place, or a share of ${tolerance.relative}`;
  if (verdict === 'same') return [`${head}; it is discharged`];
  return [head, allowed, ...details];
}

/** What a run says about the hits that it verified on idle slots. */
export function idleSentence(verdicts: readonly StateVerdict[]): string {
  const refuted = verdicts.filter(isRefuted).map(({ node }) => node);
  const more = refuted.length === 0 ? '.' : ` (${refuted.join(', ')}); restage show tells more of each.`;
  return `Verified in idle time: ${countWords(verdicts)}${more}`;
}

/** `3 same bytes, 1 diverged` */
function countWords(verdicts: readonly StateVerdict[]): string {
  const counts = new Map<VerdictName, number>();
  for (const { verdict } of verdicts) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  return [...counts].map(([verdict, count]) => `${count} ${verdictWord(verdict)}`).join(', ');
}

function detailLines(found: StateVerdict, style: Style): readonly string[] {
  const { node, run, state, verdict, outputs, reason, seeds } = found;
  return [
    `${style.bold(node)} (state ${short(state)}, made by run ${run}): ${painted(verdict, style)}`,
    ...(reason === null ? [] : [`  ${reason}`]),
    ...outputs.flatMap(outputLines),
    ...repeatLines(found).map((line) => `  ${line}`),
    ...(seeds === null ? [] : seedLines(seeds).map((line) => `  ${line}`)),
  ];
}

/** Whether it comes out the same here, and what is not as it was. */
function repeatLines({ repeatable, trace, recordedTrace, undeclared, since, place }: StateVerdict): readonly string[] {
  const changed = since.length === 0 ? [] : [`since it was recorded: ${since.map(changeClause).join(', ')}`];
  if (repeatable === null) return changed;
  const moved = place.map(({ name, before, after }) => `${name} ${valueWord(before)} -> ${valueWord(after)}`);
  return [
    repeatable
      ? 'deterministic here, differs from what was recorded: executed twice, it gave the same bytes both times'
      : 'executed twice, it gave different bytes each time: its stage is not deterministic',
    ...(trace === null ? [] : traceLines(trace, repeatable)),
    ...(recordedTrace === null ? [] : recordedTraceLines(recordedTrace)),
    ...undeclared.map(
      (access) => `it ${accessWords(access)}, undeclared${access.place === null ? '' : ` (${access.place})`}`,
    ),
    ...changed,
    ...(moved.length === 0 ? [] : [`the place has changed: ${moved.join(', ')}`]),
    ...(repeatable && since.length + moved.length + undeclared.length === 0
      ? [
          'no package, version or place has changed: it depended on what another stage left behind, or on a file that is not on record',
        ]
      : []),
  ];
}

function valueWord(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function outputLines({ name, differences }: OutputVerdict): readonly string[] {
  const lines = differences.map(
    ({ where, what, numbers }) =>
      `  ${name}${where === '' ? '' : `, ${where}`}: ${what}${numbers === undefined || numbers.total === 1 ? '' : `, first at ${numbers.first}`}`,
  );
  const more = lines.length - MOST_DIFFERENCES;
  if (lines.length === 0) return [`  ${name}: the same values in other bytes`];
  return more > 0 ? [...lines.slice(0, MOST_DIFFERENCES), `  ${name}: and ${plural(more, 'difference')} more`] : lines;
}

function painted(verdict: VerdictName, style: Style): string {
  const word = verdictWord(verdict);
  switch (verdict) {
    case 'same':
      return style.green(word);
    case 'ulp':
    case 'tolerance':
    case 'statistical':
    case 'unverifiable':
      return style.yellow(word);
    case 'diverged':
    case 'failed':
      return style.red(word);
  }
}
