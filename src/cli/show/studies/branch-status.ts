/** The branches of an experiment and how much of each is up to date, as a table. */
import type { BranchStatus } from '../../../study/results/branch-status.ts';
import type { Screen } from '../../output/screen.ts';
import { tableLines } from '../../output/table.ts';

const COLUMNS = [
  { title: 'branch', least: 16 },
  { title: 'seeds' },
  { title: 'hit', sparse: true },
  { title: 'run', sparse: true },
  { title: 'pending', sparse: true },
  { title: 'why', least: 20, sparse: true },
];

export function branchStatusLines(branches: readonly BranchStatus[], { style, width }: Screen): readonly string[] {
  const number = (count: number): string => (count === 0 ? '' : String(count));
  const rows = branches.map(({ branch, seeds, fresh, counts: { hit, run, pending }, reason }) => [
    branch,
    [
      `${fresh.length}/${seeds.length}`,
      (text: string) => (fresh.length === seeds.length ? style.green(text) : text),
    ] as const,
    [number(hit), (text: string) => style.green(text)] as const,
    [number(run), (text: string) => style.yellow(text)] as const,
    number(pending),
    reason,
  ]);
  return tableLines(COLUMNS, rows, width);
}
