/** A study's tree as a picture: the trunk, if there is one, at its root, a box for each branch, and what it changes on the arrow to it. */
import type { StageCount } from '../study/stage-counts.ts';
import type { StudyTree, TreeBranch } from '../study/tree.ts';
import type { Arrow, Box, Picture } from './picture.ts';

export function drawTree({ study, trunk, root }: StudyTree): Picture {
  const hasTrunk = trunk.length > 0;
  const boxes: Box[] = hasTrunk
    ? [{ id: 'trunk', kind: 'file', label: 'trunk', detail: stagesOf(trunk), status: null }]
    : [];
  const arrows: Arrow[] = [];
  const draw = (branch: TreeBranch, above: string | undefined): void => {
    const id = `b${boxes.length}`;
    const metrics = Object.entries(branch.metrics).map(([name, { mean }]) => `${name} ${Number(mean.toPrecision(6))}`);
    const detail = [...metrics, stagesOf(branch.own)].filter((text) => text !== '').join('\n');
    boxes.push({ id, kind: 'stage', label: branch.name, detail, status: null });
    // A name that says what changes says it once.
    const changes = branch.changes.join(',') === branch.name ? [] : branch.changes;
    if (above !== undefined) arrows.push({ from: above, to: id, labels: changes });
    for (const child of branch.children) draw(child, id);
  };
  draw(root, hasTrunk ? 'trunk' : undefined);
  return { title: study, boxes, arrows };
}

function stagesOf(counts: readonly StageCount[]): string {
  return counts.map(({ stage, states }) => `${stage}${states === 1 ? '' : ` ×${states}`}`).join('\n');
}
