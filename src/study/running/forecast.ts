/** What a study will take, and what it could show, before anything runs. */
import type { DesignOf } from '../../core/authoring/experiment.ts';
import { type Detectable, detectable } from '../../core/statistics/detectable.ts';
import type { Design } from '../../core/statistics/design.ts';
import type { StageCosts } from '../../store/query/cost-history.ts';
import type { PlannedStudy } from '../definition/planned-study.ts';
import type { StudyRun } from '../definition/study-graph.ts';

export interface StudyForecast {
  /** Nodes of all branches with all seeds, each counted in each. */
  readonly nodes: number;
  readonly distinct: number;
  /** Executions that sharing spares: the nodes in all without the distinct ones. */
  readonly shared: number;
  /** Distinct nodes whose states are in the cache. */
  readonly cached: number;
  /** Distinct nodes that run, or may run. */
  readonly toRun: number;
  /** What these take by past durations of their stages, in seconds. */
  readonly seconds: number;
  /** Stages that run and never ran before: they are not counted. */
  readonly unknownStages: readonly string[];
  /** By metric: which difference so many pairs could show. */
  readonly detectable: readonly { readonly metric: string; readonly of: Detectable }[];
}

export function forecastStudy({ study, prepared, runs }: PlannedStudy, costOf: StageCosts): StudyForecast {
  const nodes = runs.reduce((sum, { positions }) => sum + positions.length, 0);
  const distinct = prepared.steps.length;
  const running = prepared.nodes.filter((_, index) => prepared.steps[index]!.status !== 'hit');
  const seconds = running.map(({ stage }) => costOf(stage)?.seconds);
  return {
    nodes,
    distinct,
    shared: nodes - distinct,
    cached: distinct - running.length,
    toRun: running.length,
    seconds: seconds.reduce<number>((sum, each) => sum + (each ?? 0), 0),
    unknownStages: [...new Set(running.filter((_, index) => seconds[index] === undefined).map(({ stage }) => stage))],
    detectable: Object.entries(study.metrics).map(([metric, { design, of }]) => {
      const planned = designOf(design, of, runs[0]!);
      const pairs = planned.kind === 'cross-validation' ? planned.folds * planned.seeds : study.seeds.length;
      return { metric, of: detectable({ design: planned, pairs, comparisons: study.branches.length - 1 || 1 }) };
    }),
  };

  function designOf(design: DesignOf, of: string, { graph }: StudyRun): Design {
    if (design === 'fixed-test-set' || design === 'events') return { kind: design };
    if (design !== 'cross-validation') return { kind: 'redrawn-split', testShare: design.redrawnSplit };
    // `train-fold.loss` is a metric of the instances of train-fold.
    const folds = graph.nodes.filter(({ id }) => id.startsWith(`${of.split('.', 1)[0]!}@`)).length;
    return { kind: 'cross-validation', folds: Math.max(2, folds), seeds: study.seeds.length };
  }
}
