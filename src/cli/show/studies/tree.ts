/**
 * What `restage tree` prints: branches with what they change, add and reach, under the trunk or the run that they come
 * from.
 */
import type { RunBranch } from '../../../study/branching/run-tree.ts';
import type { StageCount } from '../../../study/results/stage-counts.ts';
import type { StudyTree, TreeBranch } from '../../../study/results/tree.ts';
import { cut } from '../../../ui/text/cells.ts';
import { formatNumber, plural } from '../../../ui/text/format.ts';
import type { Screen } from '../../output/screen.ts';

export function treeLines(tree: StudyTree, { style, width }: Screen): readonly string[] {
  const { study, run, seeds, trunk, states, root } = tree;
  const branches = (branch: TreeBranch): number => 1 + branch.children.reduce((sum, child) => sum + branches(child), 0);
  return [
    `${style.bold(study)} (run ${run}): ${plural(branches(root), 'branch', 'branches')}, ${plural(seeds.length, 'seed')}, ${plural(states, 'state')}`,
    `trunk, in every run: ${trunk.length === 0 ? 'nothing' : stageWords(trunk)}`,
    ...drawn(root, entryOf),
  ].map((line) => cut(line, width));

  function entryOf({ name, changes, own, metrics, runs }: TreeBranch): Entry {
    const numbers = Object.entries(metrics).map(
      ([metric, { mean, seeds: count }]) => `${metric} ${formatNumber(mean)}${count > 1 ? ` (mean of ${count})` : ''}`,
    );
    const failed = runs.filter((each) => each.run === null).map(({ seed }) => seed);
    return {
      title: `${style.bold(name)}${numbers.length === 0 ? '' : `  ${numbers.join(', ')}`}`,
      details: [
        ...(changes.length === 0 || changes.join(',') === name ? [] : [style.dim(changes.join(', '))]),
        style.dim(own.length === 0 ? 'no state of its own' : `its own: ${stageWords(own)}`),
        ...(failed.length === 0 ? [] : [style.red(`not finished with seed ${failed.join(', ')}`)]),
      ],
    };
  }
}

const MOST_RESULTS = 4;

/** A run, and the runs that were branched off it. */
export function runTreeLines(root: RunBranch, { style, width }: Screen): readonly string[] {
  return drawn(root, entryOf).map((line) => cut(line, width));

  function entryOf({ run, tags, seed, from, changes, states, results }: RunBranch): Entry {
    const numbers = Object.entries(results).map(([name, value]) => `${name} ${formatNumber(value)}`);
    const more = numbers.length > MOST_RESULTS ? ', ...' : '';
    return {
      title: `${style.bold(`run ${run}`)}${tags.length === 0 ? '' : ` ${tags.join(' ')}`}  seed ${seed}`,
      details: [
        ...(from === null ? [] : [style.dim(`from ${from}`)]),
        ...(changes.length === 0 ? [] : [changes.join(', ')]),
        style.dim(stageWords(states)),
        ...(numbers.length === 0 ? [] : [numbers.slice(0, MOST_RESULTS).join(', ') + more]),
      ],
    };
  }
}

interface Entry {
  readonly title: string;
  readonly details: readonly string[];
}

function drawn<T extends { readonly children: readonly T[] }>(
  branch: T,
  entryOf: (branch: T) => Entry,
  lead = '',
  below = '',
): readonly string[] {
  const { title, details } = entryOf(branch);
  const { children } = branch;
  return [
    lead + title,
    ...details.map((detail) => `${below}${children.length > 0 ? '│' : ' '}  ${detail}`),
    ...children.flatMap((child, index) => {
      const isLast = index === children.length - 1;
      return drawn(child, entryOf, `${below}${isLast ? '└─ ' : '├─ '}`, `${below}${isLast ? '   ' : '│  '}`);
    }),
  ];
}

/** `clean, estimate ×15` */
function stageWords(counts: readonly StageCount[]): string {
  return counts
    .map(({ stage, states }) => `${stage.slice(stage.lastIndexOf('/') + 1)}${states === 1 ? '' : ` ×${states}`}`)
    .join(', ');
}
