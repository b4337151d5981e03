/** How the tree of an experiment is drawn. */
import { expect, test } from 'vitest';
import { toDot } from '../../src/report/dot.ts';
import { toSvg } from '../../src/report/svg.ts';
import { drawTree } from '../../src/report/tree-picture.ts';
import type { StudyTree, TreeBranch } from '../../src/study/results/tree.ts';

function branch(name: string, parent: string | null, children: readonly TreeBranch[] = []): TreeBranch {
  const stages = ['lab/train-fold', 'lab/ensemble', 'lab/predict', 'lab/cut-optimise', 'lab/score'];
  return {
    name,
    parent,
    changes: parent === null ? [] : ['rate=0.5'],
    own: stages.map((stage, k) => ({ stage, states: k + 1 })),
    metrics: { ams: { mean: 2.061234, seeds: 3 }, loss: { mean: 0.3, seeds: 3 } },
    runs: [],
    children,
  };
}

const TREE: StudyTree = {
  study: 'parts',
  run: 1,
  seeds: [0, 1, 2],
  trunk: [{ stage: 'lab/read', states: 1 }],
  states: 90,
  root: branch(
    'base',
    null,
    Array.from({ length: 17 }, (_, k) => branch(`plain+swish+dense-connections+augmentation-${k}`, 'base')),
  ),
};

test('branches are below each other, so that many of them are higher than wide', async () => {
  const [, width, height] = /<svg width="(\d+)pt" height="(\d+)pt"/.exec(await toSvg(drawTree(TREE)))!;
  expect(Number(width)).toBeLessThan(900);
  expect(Number(height)).toBeGreaterThan(Number(width));
});

test('a branch has its metrics in a line and its own states in few, without the name of the pipeline', () => {
  const { boxes, arrows } = drawTree(TREE);
  const base = boxes.find(({ label }) => label === 'base')!;
  expect(base.detail).toBe(
    'ams 2.0612, loss 0.3\nits own: train-fold, ensemble ×2, predict ×3,\ncut-optimise ×4, score ×5',
  );
  expect(arrows.at(-1)!.labels).toEqual(['rate=0.5']);
});

test('a box with a long line has more room beside it: the viewer may have a wider font', () => {
  const dot = toDot(drawTree(TREE));
  expect(dot).toContain('rankdir=LR');
  const margins = [...dot.matchAll(/^  b.*margin="(0\.\d+),0\.08"\]$/gm)].map(([, margin]) => Number(margin));
  expect(Math.min(...margins)).toBeGreaterThan(0.3);
});
