/** What a strict run says about a state that was made before, with something that its stage does not declare. */
import { accessWords } from '../../core/authoring/access.ts';
import type { StateAccesses } from '../../store/query/accesses.ts';

/** The sentence; undefined where the state depends on nothing undeclared. `more` stands after what was done. */
export function undeclaredState(node: string, { observed, accesses }: StateAccesses, more = ''): string | undefined {
  if (!observed)
    return `The state of node ${node} was made by an executor that does not observe what a stage reads${more}; make it again with -f.`;
  const undeclared = accesses.filter(({ declared }) => !declared);
  const [first] = undeclared;
  if (first === undefined) return undefined;
  const place = first.place === null ? '' : ` at ${first.place}`;
  const rest = undeclared.length === 1 ? '' : `, and ${undeclared.length - 1} more`;
  return `The state of node ${node} was made with undeclared inputs: its stage ${accessWords(first)}${place}${rest}${more}; declare that, or make it again with -f.`;
}
