/**
 * What `restage ablate` says before anything runs: the branches, what they share, what it takes, and what it could
 * show.
 */
import type { StudyForecast } from '../../../study/running/forecast.ts';
import type { PlannedStudy } from '../../../study/definition/planned-study.ts';
import { changesFrom } from '../../../study/definition/branch-changes.ts';
import { formatNumber, formatSeconds, plural } from '../../../ui/text/format.ts';
import { wrapText } from '../../../ui/text/wrap.ts';
import type { Screen } from '../../output/screen.ts';
import { isToldByName } from './told-by-name.ts';

export function studyPlanLines(
  { study, runs }: PlannedStudy,
  forecast: StudyForecast,
  { width }: Pick<Screen, 'width'>,
): readonly string[] {
  const { nodes, distinct, shared, cached, toRun, seconds, unknownStages } = forecast;
  const base = runs[0]!.graph;
  const firsts = runs.filter(({ seed }) => seed === study.seeds[0]);
  const widest = Math.max(...firsts.map(({ branch }) => branch.name.length));
  const known = `${formatSeconds(seconds)} of work by the mean past duration of each stage`;
  const work = unknownStages.length === 0 ? known : `${known}, without ${unknownStages.join(', ')}, which never ran`;
  return [
    `${study.name}: ${plural(firsts.length, 'branch', 'branches')} of ${study.pipeline.name} with ${plural(study.seeds.length, 'seed')}`,
    ...firsts.map(({ branch, graph }) => {
      const changes = changesFrom(base, graph);
      const words = isToldByName(branch.name, changes) ? '' : changes.join(', ');
      return `  ${branch.name.padEnd(widest)}  ${words}`.trimEnd();
    }),
    `${plural(nodes, 'node')} in all, ${distinct} distinct: ${Math.round((100 * shared) / nodes)} % are shared`,
    `${cached} in the cache, ${toRun} to run${toRun === 0 ? '' : `: ${seconds === 0 ? 'none of it ran before, so nothing says how long it takes' : work}`}`,
    ...forecast.detectable.map(({ metric, of }) => `${metric}: ${detectableWords(of)}`),
  ].flatMap((line) => wrapText(line, width, 4));
}

function detectableWords(of: StudyForecast['detectable'][number]['of']): string {
  if (of.kind === 'unknown')
    return of.why === 'events'
      ? 'how much the values of events are spread decides what can be seen, and only a run tells'
      : 'one seed has no spread, so there will be no interval; give more seeds';
  const { halfWidth, smallest } = of;
  return `95 % intervals reach ${formatNumber(round(halfWidth.inSd))} sd to each side, in standard deviations of the differences between pairs; a true difference of ${formatNumber(round(smallest.inSd))} sd is seen four times of five`;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
