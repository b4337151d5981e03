/** What "restage rm" removed, or why it did not, in words. */
import type { Hindrance, RunRemoval } from '../../../store/record/run-removals.ts';
import { plural } from '../../../ui/text/format.ts';
import { listWords } from '../words/prose.ts';

export interface RemovalReport {
  readonly dryRun: boolean;
  readonly runs: readonly RunRemoval[];
  /** Names that go, and the runs that stay. */
  readonly branches: readonly { readonly name: string; readonly run: number }[];
}

export function removalLines({ dryRun, runs, branches }: RemovalReport): readonly string[] {
  const done = dryRun ? 'would be removed' : 'is removed';
  return [
    ...runs.map(
      (removal) => `run ${removal.run} ${done}, with ${goingWords(removal)}; ${stayingWords(removal.states, dryRun)}`,
    ),
    ...branches.map(({ name, run }) => `the name ${name} ${done}; run ${run} stays`),
  ];
}

function goingWords({ nodes, attempts, metrics, logLines }: RunRemoval): string {
  return listWords([
    `its record of ${plural(nodes, 'node')}`,
    ...(attempts === 0 ? [] : [plural(attempts, 'attempt')]),
    ...(metrics === 0 ? [] : [plural(metrics, 'value of metrics', 'values of metrics')]),
    ...(logLines === 0 ? [] : [plural(logLines, 'line of logs', 'lines of logs')]),
  ]);
}

function stayingWords(states: number, dryRun: boolean): string {
  if (states === 0) return 'it made no state';
  const stay = dryRun ? 'would stay' : states === 1 ? 'stays' : 'stay';
  return `${plural(states, 'state')} that it made ${stay}, and "restage gc" may evict their bytes`;
}

export function hindranceSentence(hindrance: Hindrance): string {
  const { run } = hindrance;
  switch (hindrance.because) {
    case 'pinned':
      return `Run ${run} is pinned, so nothing is removed; take the pin back first: restage unpin run:${run}`;
    case 'tagged':
      return `Run ${run} is tagged ${hindrance.tag}, so nothing is removed; remove the tag first: restage tag run:${run} ${hindrance.tag} --delete`;
    case 'experiment':
      return `Run ${run} belongs to experiment ${hindrance.experiment}, so nothing is removed: the effects of an experiment are worked out of all its runs.`;
    case 'branched':
      return `Run ${hindrance.branch} was branched off run ${run}, so nothing is removed; remove both, or run ${hindrance.branch} first.`;
  }
}
