/** What `restage ablate` says before anything runs: how many nodes there are, and what is shared. */
import type { PlannedStudy } from '../../study/run-study.ts';
import { sharesOf } from '../../study/shares.ts';
import { changesFrom } from '../../study/study-graph.ts';
import { plural } from '../../ui/text/format.ts';

export function studyPlanLines({ study, prepared, runs }: PlannedStudy): readonly string[] {
  const { nodes, distinct, shared, cached, toRun } = sharesOf(prepared, runs);
  const base = runs[0]!.graph;
  const firsts = runs.filter(({ seed }) => seed === study.seeds[0]);
  return [
    `${study.name}: ${plural(study.branches.length, 'branch', 'branches')} of ${study.pipeline.name} with ${plural(study.seeds.length, 'seed')}`,
    ...firsts.slice(1).map(({ branch, graph }) => `  ${branch.name}: ${changesFrom(base, graph).join(', ')}`),
    `  ${plural(nodes, 'node')} in all, ${distinct} distinct: ${percent(shared / nodes)} are shared`,
    `  ${cached} in the cache, ${toRun} to run`,
  ];
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
