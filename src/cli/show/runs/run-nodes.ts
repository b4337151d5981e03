/** What became of the nodes of a run, in lines: counted by name, or each of them. */
import { short } from '../../../core/identity/digest.ts';
import type { RunRecord } from '../../../store/query/runs.ts';
import type { VisitCounts, VisitGroup, VisitRecord } from '../../../store/query/visits.ts';
import { nodeWord, visitWord } from '../../output/run-words.ts';
import type { Screen } from '../../output/screen.ts';
import { tableLines } from '../../output/table.ts';
import { indent } from '../words/section.ts';

interface CountedRun extends Pick<RunRecord, 'outcome'> {
  readonly counts: VisitCounts;
  readonly groups: readonly VisitGroup[];
}

export function nodeGroupLines(run: CountedRun, { width }: Screen): readonly string[] {
  const columns = [
    { title: 'nodes', least: 16 },
    { title: 'hit', sparse: true },
    { title: 'unchanged', sparse: true },
    { title: 'ran', sparse: true },
    { title: 'failed', sparse: true },
    { title: visitWord('skipped', run.counts, run), sparse: true },
  ];
  const rows = run.groups.map(({ name, counts: c }) => [
    name,
    ...[c.hit, c['cut-off'], c.ran, c.failed, c.skipped].map((count) => (count === 0 ? '' : String(count))),
  ]);
  return tableLines(columns, rows, width);
}

interface VisitedRun extends CountedRun {
  readonly nodes: readonly (Pick<VisitRecord, 'node' | 'outcome' | 'reason'> & { readonly state: string | null })[];
}

export function nodeLines(run: VisitedRun, { style, width }: Screen): readonly string[] {
  const columns = [
    { title: 'nodes', least: 16 },
    { title: '' },
    { title: 'state' },
    { title: 'why', least: 12, rank: 0 },
  ];
  const rows = run.nodes.map(({ node, outcome, reason, state }) => [
    node,
    nodeWord({ outcome, reason }),
    state === null ? '' : short(state),
    reason ?? '',
  ]);
  const [head = '', ...lines] = tableLines(columns, rows, width - 2);
  return [style.bold(head), ...lines.map(indent)];
}
