/** A lineage as a tree, from what was asked for down to the files. Each state is opened once; then it is only named. */
import { short } from '../../../core/identity/digest.ts';
import type { Lineage, LineageState } from '../../../audit/lineage/lineage.ts';
import { formatSeconds } from '../../../ui/text/format.ts';
import type { Acceptance } from '../../../audit/view/acceptances.ts';
import { acceptanceClause } from '../../../core/diagnostics/acceptance-clause.ts';
import type { Style } from '../../../ui/text/style.ts';
import { effectWords } from '../studies/effects.ts';
import { verdictWord } from '../verify/verify.ts';

/** A state or file that waits to be drawn, with the strokes before it. */
interface Waiting {
  readonly before: string;
  readonly stroke: string;
  /** How the branch below goes on. */
  readonly below: string;
  readonly text: string;
  readonly state: LineageState | undefined;
}

export function treeLines({ subject, states, accepted }: Lineage, style: Style): readonly string[] {
  const byKey = new Map(states.map((state) => [state.state, state]));
  const acceptedAs = new Map(accepted.map((each) => [each.state, each]));
  const opened = new Set<LineageState>();
  const lines: string[] = [];
  // A stack of one's own: a chain of 10,000 states would be too deep for calls.
  const waiting: Waiting[] = subject.roots
    .map(({ state, label }, at): Waiting => {
      if (subject.effects === undefined)
        return { before: '', stroke: '', below: '', text: '', state: byKey.get(state) };
      const strokes = strokesOf(at === subject.roots.length - 1);
      return { before: '', ...strokes, text: `${style.dim(`${label!}:`)} `, state: byKey.get(state) };
    })
    .toReversed();
  if (subject.effects !== undefined) lines.push(effectWords(subject.effects, subject.asked, subject.file));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { before, stroke, below, text, state } = next;
    if (state === undefined) {
      lines.push(`${before}${stroke}${text}`);
      continue;
    }
    const isKnown = opened.has(state);
    lines.push(
      `${before}${stroke}${text}${stateWords(state, acceptedAs.get(state.state), style)}${isKnown ? style.dim(' (see above)') : ''}`,
    );
    if (isKnown) continue;
    opened.add(state);
    const branch = before + below;
    const members = state.inputs.map(({ slot, index, digest, from }, at): Waiting => {
      const isLast = at === state.inputs.length - 1;
      const name = index === null ? slot : `${slot}[${index}]`;
      const strokes = { before: branch, ...strokesOf(isLast) };
      if ('path' in from)
        return {
          ...strokes,
          text: `${style.dim(`${name}:`)} ${from.path} ${style.dim(short(digest))}`,
          state: undefined,
        };
      return { ...strokes, text: `${style.dim(`${name}:`)} `, state: byKey.get(from.state)! };
    });
    waiting.push(...members.toReversed());
  }
  return lines;
}

function strokesOf(isLast: boolean): Pick<Waiting, 'stroke' | 'below'> {
  return isLast ? { stroke: '└─ ', below: '   ' } : { stroke: '├─ ', below: '│  ' };
}

function stateWords(
  { node, state, stage, run, seconds, verified }: LineageState,
  accepted: Acceptance | undefined,
  style: Style,
): string {
  const verdict = verified === null ? '' : `; verified: ${verdictWord(verified.verdict)}`;
  const also = accepted === undefined ? '' : `; ${acceptanceClause(accepted)}`;
  return `${style.bold(node)} ${short(state)} ${style.dim(`(${stage}, run ${run}, ${formatSeconds(seconds)}${verdict}${also})`)}`;
}
