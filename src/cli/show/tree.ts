/** What `restage tree` prints: the trunk of a study, and its branches with what they change, add and reach. */
import type { StageCount, StudyTree, TreeBranch } from '../../study/tree.ts';
import { cut } from '../../ui/text/cells.ts';
import { formatNumber, plural } from '../../ui/text/format.ts';
import type { Screen } from '../output/screen.ts';

export function treeLines(tree: StudyTree, { style, width }: Screen): readonly string[] {
  const { study, run, seeds, trunk, states, root } = tree;
  const branches = (branch: TreeBranch): number => 1 + branch.children.reduce((sum, child) => sum + branches(child), 0);
  return [
    `${style.bold(study)} (run ${run}): ${plural(branches(root), 'branch', 'branches')}, ${plural(seeds.length, 'seed')}, ${plural(states, 'state')}`,
    `trunk, in every run: ${trunk.length === 0 ? 'nothing' : stageWords(trunk)}`,
    ...branchLines(root, '', ''),
  ].map((line) => cut(line, width));

  function branchLines(branch: TreeBranch, lead: string, below: string): readonly string[] {
    const { name, changes, own, metrics, runs, children } = branch;
    const numbers = Object.entries(metrics).map(
      ([metric, { mean, seeds: count }]) => `${metric} ${formatNumber(mean)}${count > 1 ? ` (mean of ${count})` : ''}`,
    );
    const failed = runs.filter((each) => each.run === null).map(({ seed }) => seed);
    const detail = `${below}${children.length > 0 ? '│' : ' '}  `;
    return [
      `${lead}${style.bold(name)}${numbers.length === 0 ? '' : `  ${numbers.join(', ')}`}`,
      ...(changes.length === 0 || changes.join(',') === name ? [] : [style.dim(`${detail}${changes.join(', ')}`)]),
      style.dim(`${detail}${own.length === 0 ? 'no state of its own' : `its own: ${stageWords(own)}`}`),
      ...(failed.length === 0 ? [] : [style.red(`${detail}not finished with seed ${failed.join(', ')}`)]),
      ...children.flatMap((child, index) => {
        const isLast = index === children.length - 1;
        return branchLines(child, `${below}${isLast ? '└─ ' : '├─ '}`, `${below}${isLast ? '   ' : '│  '}`);
      }),
    ];
  }
}

/** `clean, estimate ×15` */
export function stageWords(counts: readonly StageCount[]): string {
  return counts
    .map(({ stage, states }) => `${stage.slice(stage.lastIndexOf('/') + 1)}${states === 1 ? '' : ` ×${states}`}`)
    .join(', ');
}
