/** What an answer says about states that stand for other keys, since a person accepted that. */
import type { Acceptance, AcceptedNodes } from '../../../audit/view/acceptances.ts';
import { acceptanceClause } from '../../../core/diagnostics/acceptance-clause.ts';
import { changeClause } from '../../../identity/change-clause.ts';
import { wrapText } from '../../../ui/text/wrap.ts';
import { standing } from './equivalence.ts';
import { listWords, listRanges } from '../words/prose.ts';

const MOST_NODES = 4;

/** One sentence for all nodes that one message is about: a fan-out is accepted at once. */
export function acceptedSentences(
  accepted: readonly (Acceptance & { readonly nodes?: readonly string[] })[],
): readonly string[] {
  const groups = new Map<string, { readonly numbers: number[]; readonly nodes: Set<string>; readonly words: string }>();
  for (const each of accepted) {
    const changes = each.changes.map(changeClause).join(', ');
    const words = `${changes}; ${acceptanceClause(each)}`;
    const key = `${words} (${standing(each)})`;
    const group = groups.get(key) ?? { numbers: [], nodes: new Set<string>(), words: standing(each) };
    groups.set(key, group);
    group.numbers.push(each.id);
    for (const node of each.nodes ?? [each.node]) group.nodes.add(node);
  }
  return [...groups].map(([key, { numbers, nodes, words }]) => {
    const all = [...nodes].sort();
    const rest = all.length - MOST_NODES;
    const names = listWords([...all.slice(0, MOST_NODES), ...(rest > 0 ? [`${rest} more`] : [])]);
    const many = numbers.length > 1;
    const equivalence = `${many ? 'equivalences' : 'equivalence'} ${listRanges(numbers.sort((a, b) => a - b))}, ${words}`;
    return `${names} ${all.length === 1 ? 'stands' : 'stand'} for another key as well: ${key.slice(0, key.lastIndexOf(` (${words})`))} (${equivalence}).`;
  });
}

/** The same of two runs, as lines: what counted in both is told once. @param runs their words: `run 3` */
export function acceptedOnSides(
  { before, after }: { readonly before: readonly AcceptedNodes[]; readonly after: readonly AcceptedNodes[] },
  runs: readonly [before: string, after: string],
  width: number,
): readonly string[] {
  const idOf = ({ id, nodes }: AcceptedNodes): string => `${id} ${nodes.join(' ')}`;
  const [had, has] = [new Set(before.map(idOf)), new Set(after.map(idOf))];
  const told = [
    [runs.join(' and '), before.filter((each) => has.has(idOf(each)))],
    [runs[0], before.filter((each) => !has.has(idOf(each)))],
    [runs[1], after.filter((each) => !had.has(idOf(each)))],
  ] as const;
  return told.flatMap(([where, accepted]) =>
    acceptedSentences(accepted).flatMap((sentence) => wrapText(`In ${where}, ${sentence}`, width, 0)),
  );
}
