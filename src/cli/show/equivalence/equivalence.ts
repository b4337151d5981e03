/** What is said about equivalences: what was accepted, what came of it, and what it means for an answer. */
import type { AcceptedNode, AcceptReport } from '../../../audit/equivalence/accept.ts';
import { short } from '../../../core/identity/digest.ts';
import { changeClause } from '../../../identity/change-clause.ts';
import type { EquivalenceRecord } from '../../../store/query/equivalences.ts';
import { formatTime, plural } from '../../../ui/text/format.ts';
import type { Screen } from '../../output/screen.ts';
import { tableLines } from '../../output/table.ts';
import { verdictWord } from '../verify/verify.ts';

const ACCEPTED_COLUMNS = [
  { title: '#', sparse: true },
  { title: 'node', least: 16 },
  { title: 'has the state' },
  { title: 'of run' },
  { title: 'although', least: 20 },
];

const MOST_NAMED = 3;

export function acceptedLines({ accepted, upToDate, waiting }: AcceptReport, { width }: Screen): readonly string[] {
  const isDry = accepted.some(({ id }) => id === null);
  const rows = accepted.map((each) => [
    each.id === null ? '' : String(each.id),
    each.node,
    short(each.state),
    String(each.madeBy),
    clauses(each),
  ]);
  const others = named(upToDate);
  return [
    ...tableLines(ACCEPTED_COLUMNS, rows, width),
    '',
    ...(upToDate.length === 0
      ? []
      : [`${others} ${upToDate.length === 1 ? 'has its state' : 'have their states'} already`]),
    ...(waiting.length === 0
      ? []
      : [`${named(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'} for one of these, and may be a hit then`]),
    isDry
      ? `${plural(accepted.length, 'node')} would be accepted; -m says why, without --dry-run`
      : `${plural(accepted.length, 'node')} accepted: a run takes ${accepted.length === 1 ? 'this state' : 'these states'} from the cache, and every answer says so`,
    ...(isDry
      ? []
      : [
          `take it back with: restage accept --revoke ${accepted
            .map(({ id }) => String(id))
            .slice(0, MOST_NAMED)
            .join(' ')}${accepted.length > MOST_NAMED ? ' ...' : ''}`,
        ]),
  ];
}

function clauses({ changes }: AcceptedNode): string {
  return changes.map(changeClause).join(', ');
}

function named(nodes: readonly string[]): string {
  const more = nodes.length - MOST_NAMED;
  return nodes.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

export function revokedLines(revoked: readonly EquivalenceRecord[]): readonly string[] {
  return revoked.map(
    ({ id, node, state, key }) =>
      `equivalence ${id} is revoked: ${node} has state ${short(state)} for ${short(key)} no longer, and runs next time`,
  );
}

const LIST_COLUMNS = [
  { title: '#' },
  { title: 'node', least: 16 },
  { title: 'state' },
  { title: 'since', rank: 1 },
  { title: 'by', rank: 0 },
  { title: 'is', least: 12 },
  { title: 'why', least: 20 },
];

export function equivalenceLines(equivalences: readonly EquivalenceRecord[], { width }: Screen): readonly string[] {
  if (equivalences.length === 0)
    return ['Nothing has been accepted yet; write for example: restage accept train-fold -m "only a log line"'];
  const rows = equivalences.map((each) => [
    String(each.id),
    each.node,
    short(each.state),
    formatTime(each.at),
    each.user ?? '',
    standing(each),
    each.message,
  ]);
  return tableLines(LIST_COLUMNS, rows, width);
}

/** How it stands with an equivalence: `in force, confirmed by verify`. */
export function standing({ end, checks, tolerance }: EquivalenceRecord): string {
  const [check] = checks;
  const { relative, ulp } = tolerance;
  const allowed = [...(ulp > 0 ? [`${ulp} ulp`] : []), ...(relative > 0 ? [`rtol ${relative}`] : [])].join(', ');
  const within = allowed === '' ? '' : ` within ${allowed}`;
  const force = end === null ? `in force${within}` : end.how === 'revoked' ? 'revoked' : 'over: it ran';
  if (check === undefined) return force;
  return check.verdict === 'same'
    ? `${force}, discharged: the same bytes`
    : `${force}, verify: ${verdictWord(check.verdict)}`;
}
