/** What `restage gc` says: what goes by pipeline and stage, what stays and why, and how the limit was met. */
import type { CollectReport, EvictedState } from '../../../store/upkeep/gc/collect.ts';
import type { KeptFiles } from '../../../store/upkeep/gc/holdings.ts';
import { formatBytes, formatSeconds, plural } from '../../../ui/text/format.ts';
import type { Screen } from '../../output/screen.ts';
import { tableLines } from '../../output/table.ts';

export function collectionLines(report: CollectReport, { width }: Screen): readonly string[] {
  const { evicted, before, after, dryRun, seconds, unrecorded } = report;
  const verb = dryRun ? 'would be evicted' : 'evicted';
  const states = plural(evicted.length, 'state');
  const freed = formatBytes(before.bytes - after.bytes - unrecorded.bytes);
  const nobodys =
    unrecorded.files === 0
      ? []
      : [
          `${formatBytes(unrecorded.bytes)} in ${plural(unrecorded.files, 'object')} that nothing on record names ${dryRun ? 'would be removed' : 'removed'}`,
        ];
  const took = `; to make all of it again takes about ${formatSeconds(seconds)}`;
  return [
    ...(evicted.length === 0
      ? [`nothing ${dryRun ? 'would be evicted' : 'was evicted'}`]
      : [...stageLines(evicted, width), '', `${freed} of ${states} ${verb}${took}`]),
    ...nobodys,
    `${formatBytes(after.bytes)} in ${plural(after.files, 'object')} ${dryRun ? 'would stay' : 'stay'}`,
    ...report.kept.map((kept) => `  ${formatBytes(kept.bytes).padStart(10)}  ${keptWords(kept, report.keepRuns)}`),
    ...overLines(report),
  ];
}

/** Why bytes stay, as a clause about them. */
function keptWords({ because }: Pick<KeptFiles, 'because'>, keepRuns: number): string {
  switch (because) {
    case 'pinned':
      return 'pinned';
    case 'tagged':
      return 'tagged';
    case 'running':
      return 'of runs without an end on record';
    case 'recent':
      return keepRuns === 1 ? 'of the latest run of each pipeline' : `of the last ${keepRuns} runs of each pipeline`;
    case 'branched':
      return 'taken by branches';
    case 'unfinished':
      return 'of experiments that are not complete';
    case 'unproven':
      return 'perhaps other bytes if made again';
    case 'irreplaceable':
      return 'cannot be made again: code, a file or an input is gone';
    case 'record':
      return 'code of stages, traces and tables of effects';
    case 'replaced':
      return 'of no state and no code: former outputs, and sources of edits that changed no code';
  }
}

function overLines({ maxBytes, after, kept, keepRuns, dryRun }: CollectReport): readonly string[] {
  if (maxBytes === null || after.bytes <= maxBytes) return [];
  const [most] = kept;
  const reason = most === undefined ? '' : `, most of it ${keptWords(most, keepRuns)}`;
  return [
    `That is more than ${formatBytes(maxBytes)}, and all of it ${dryRun ? 'is' : 'was'} kept${reason}; keep fewer runs with --keep-runs, or remove pins and tags.`,
  ];
}

function stageLines(evicted: readonly EvictedState[], width: number): readonly string[] {
  const stages = new Map<string, { pipeline: string; stage: string; states: number; bytes: number; most: number }>();
  for (const { pipeline, stage, bytes, seconds } of evicted) {
    const name = JSON.stringify([pipeline, stage]);
    const known = stages.get(name) ?? { pipeline, stage, states: 0, bytes: 0, most: 0 };
    known.states += 1;
    known.bytes += bytes;
    known.most = Math.max(known.most, seconds);
    stages.set(name, known);
  }
  return tableLines(
    [
      { title: 'pipeline', least: 12 },
      { title: 'stage', least: 12 },
      { title: 'states' },
      { title: 'bytes' },
      { title: 'one again', rank: 0 },
    ],
    [...stages.values()]
      .sort((a, b) => b.bytes - a.bytes)
      .map(({ pipeline, stage, states, bytes, most }) => [
        pipeline,
        stage,
        String(states),
        formatBytes(bytes),
        `up to ${formatSeconds(most)}`,
      ]),
    width,
  );
}
