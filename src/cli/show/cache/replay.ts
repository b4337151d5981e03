/** What `restage replay` says: each state as it comes, and in the end whether the number stands. */
import type { ReplayedState } from '../../../bundle/replay/replay-states.ts';
import type { ReplayReport, SubjectVerdict } from '../../../bundle/replay/replay.ts';
import { changeClause } from '../../../identity/change-clause.ts';
import { formatSeconds, plural } from '../../../ui/text/format.ts';
import type { Style } from '../../../ui/text/style.ts';
import type { Screen } from '../../output/screen.ts';

const MOST_TOLD = 5;

export function replayedLine({ node, verdict, seconds, otherInputs }: ReplayedState, style: Style): string {
  const took = seconds === null ? '' : ` (${formatSeconds(seconds)})`;
  return `${node}: ${painted(verdict, style)}${otherInputs ? ', of other inputs' : ''}${took}`;
}

export function replayLines({ subjects, states, interrupted }: ReplayReport, { style }: Screen): readonly string[] {
  const same = states.filter(({ verdict }) => verdict === 'same').length;
  const others = states.filter(({ verdict }) => verdict !== 'same');
  const first = others.filter(({ otherInputs, verdict }) => !otherInputs && verdict !== 'skipped');
  return [
    '',
    `replayed ${plural(states.length, 'state')}: ${same} gave the same bytes${interrupted ? ', then interrupted' : ''}`,
    ...first.slice(0, MOST_TOLD).flatMap((state) => detailLines(state)),
    ...(first.length > MOST_TOLD ? [`  and ${first.length - MOST_TOLD} more`] : []),
    ...subjects.map((subject) => subjectLine(subject, style)),
  ];
}

/** Of a state that differs though its inputs are the same. */
function detailLines({ node, verdict, outputs, reason, since }: ReplayedState): readonly string[] {
  const what = reason ?? `other bytes for ${outputs.map(({ name }) => name).join(', ')}`;
  const differences = outputs.flatMap((output) => output.differences).slice(0, MOST_TOLD);
  return [
    `${node} ${verdict === 'failed' ? 'failed' : 'differs'} first: ${what}`,
    ...differences.map(({ where, what: difference }) => `  ${where === '' ? '' : `${where}: `}${difference}`),
    ...(since.length === 0 ? [] : [`  since it was made, ${since.map(changeClause).join(', ')}`]),
  ];
}

function subjectLine({ name, kind, before, now, stands }: SubjectVerdict, style: Style): string {
  const isNumber = kind === 'value' || kind === 'metric';
  if (stands) return style.green(`${name} ${isNumber ? `is ${words(before)} again` : 'was reproduced'}, bit for bit.`);
  return style.red(
    isNumber
      ? `${name} was ${words(before)} and ${now === null ? 'was not made' : `is ${words(now)}`} here: it is not reproduced.`
      : `${name} was not reproduced.`,
  );
}

function words(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function painted(verdict: ReplayedState['verdict'], style: Style): string {
  switch (verdict) {
    case 'same':
      return style.green('same bytes');
    case 'other':
      return style.red('other bytes');
    case 'failed':
      return style.red('failed');
    case 'skipped':
      return style.dim('not executed');
  }
}
