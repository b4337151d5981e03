/**
 * When, where, by whom and with which versions runs were started, in sentences: one for the runs that are alike in
 * that.
 */
import type { LineageRun } from '../../../audit/lineage/lineage.ts';
import { formatTime } from '../../../ui/text/format.ts';
import { listWords, listRanges } from '../words/prose.ts';

export function runSentences(runs: readonly LineageRun[]): readonly string[] {
  const groups = new Map<string, LineageRun[]>();
  for (const run of runs) {
    const circumstances = JSON.stringify([run.environment, run.commit, run.dirty]);
    const group = groups.get(circumstances);
    if (group === undefined) groups.set(circumstances, [run]);
    else group.push(run);
  }
  return [...groups.values()].map(sentence);
}

/** `Run 3 was started at ... by ada on box (linux x64, 8 cores of ...), with restage 0.1.0 and Node v20.20.2.` */
function sentence(runs: readonly LineageRun[]): string {
  const [first] = runs;
  const last = runs.at(-1)!;
  const when =
    runs.length === 1
      ? `Run ${first!.run} was started at ${formatTime(first!.startedAt)}`
      : `Runs ${listRanges(runs.map(({ run }) => run))} were started from ${formatTime(first!.startedAt)} to ${formatTime(last.startedAt)}`;
  return `${when}${machineWords(first!.environment)}${commitWords(first!)}.`;
}

function machineWords(environment: LineageRun['environment']): string {
  const word = (name: string): string | undefined => {
    const value = environment[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
  const kind = [word('platform'), word('arch')].filter((each) => each !== undefined).join(' ');
  const processor = word('cpu') === undefined ? '' : `${word('cores') ?? '?'} cores of ${word('cpu')!}`;
  const machine = [kind, processor].filter((each) => each !== '').join(', ');
  const versions = [
    ...(word('restage') === undefined ? [] : [`restage ${word('restage')!}`]),
    ...(word('node') === undefined ? [] : [`Node ${word('node')!}`]),
  ];
  const by = word('user') === undefined ? '' : ` by ${word('user')!}`;
  const on = word('host') === undefined ? '' : ` on ${word('host')!}`;
  return `${by}${on}${machine === '' ? '' : ` (${machine})`}${versions.length === 0 ? '' : `, with ${listWords(versions)}`}`;
}

function commitWords({ commit, dirty }: LineageRun): string {
  if (commit === null) return ', outside of a git repository';
  return `, from the commit ${commit.slice(0, 12)}${dirty === true ? ' and changes that are in no commit' : ''}`;
}
