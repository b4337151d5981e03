/**
 * A study's tree as a picture: the trunk, if there is one, at its root, a box for each branch, and what it changes on
 * the arrow to it.
 */
import type { StageCount } from '../study/results/stage-counts.ts';
import type { StudyTree, TreeBranch } from '../study/results/tree.ts';
import type { Arrow, Box, Picture } from './picture.ts';

export function drawTree({ study, trunk, root }: StudyTree): Picture {
  const hasTrunk = trunk.length > 0;
  const boxes: Box[] = hasTrunk
    ? [{ id: 'trunk', kind: 'file', label: 'trunk', detail: stagesOf(trunk), status: null }]
    : [];
  const arrows: Arrow[] = [];
  const draw = (branch: TreeBranch, above: string | undefined): void => {
    const id = `b${boxes.length}`;
    const metrics = Object.entries(branch.metrics).map(([name, { mean }]) => `${name} ${Number(mean.toPrecision(5))}`);
    const detail = [inLines(metrics), ownWords(branch)].filter((text) => text !== '').join('\n');
    boxes.push({ id, kind: 'stage', label: branch.name, detail, status: null });
    // A name that says what changes says it once.
    const changes = branch.changes.join(',') === branch.name ? [] : branch.changes;
    if (above !== undefined) arrows.push({ from: above, to: id, labels: changes });
    for (const child of branch.children) draw(child, id);
  };
  draw(root, hasTrunk ? 'trunk' : undefined);
  // Below each other: many branches side by side are too wide to read.
  return { title: study, boxes, arrows, direction: 'right' };
}

function ownWords({ own }: TreeBranch): string {
  return inLines(
    own.map(({ stage, states }, index) => {
      const word = `${stage.slice(stage.lastIndexOf('/') + 1)}${states === 1 ? '' : ` ×${states}`}`;
      return index === 0 ? `its own: ${word}` : word;
    }),
  );
}

/** Words with commas, in lines that are not much longer than the names of branches. */
function inLines(words: readonly string[]): string {
  const lines: string[] = [];
  for (const [index, word] of words.entries()) {
    const text = index === words.length - 1 ? word : `${word},`;
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + text.length <= LINE_LENGTH) lines[lines.length - 1] = `${last} ${text}`;
    else lines.push(text);
  }
  return lines.join('\n');
}

const LINE_LENGTH = 46;

function stagesOf(counts: readonly StageCount[]): string {
  return counts.map(({ stage, states }) => `${stage}${states === 1 ? '' : ` ×${states}`}`).join('\n');
}
