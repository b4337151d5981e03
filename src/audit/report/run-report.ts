/**
 * Everything that a report of a run shows, as facts from the record. Nothing is read from today's code, so an old run
 * has the same report as on the day when it was made.
 */
import type { Cache } from '../../store/cache.ts';
import type { AttemptRecord } from '../../store/query/attempts.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import type { VisitCounts } from '../../store/query/visits.ts';
import { costOfRun, type RunCostReport } from '../cost/run-cost.ts';
import { viewRun } from '../view/run-view.ts';
import { type ReportHistory, reportHistories } from './histories.ts';
import { type ReportPanel, reportPanels, type ReportResult, reportResults } from './outputs.ts';
import { type ReportNode, reportNodes } from './run-nodes.ts';
import { reportStages, type ReportStages } from './stages.ts';
import { type ReportStudy, reportStudy } from './study.ts';
import { type Timeline, timelineOf } from './timeline.ts';

export interface RunReportFacts extends ReportStages {
  readonly run: RunRecord & {
    readonly tags: readonly string[];
    readonly counts: VisitCounts;
    readonly environment: Readonly<Record<string, unknown>>;
  };
  /** Of the run that made the states of an experiment; else null. */
  readonly study: ReportStudy | null;
  /** Of a run that is a branch of an experiment with a seed; else null. */
  readonly branch: { readonly study: string; readonly branch: string; readonly seed: number } | null;
  readonly results: readonly ReportResult[];
  readonly panels: readonly ReportPanel[];
  /** Panels that are left out, since there are too many. */
  readonly morePanels: number;
  readonly histories: readonly ReportHistory[];
  readonly nodes: readonly ReportNode[];
  readonly elsewhere: readonly ReportNode[];
  readonly failures: readonly AttemptRecord[];
  readonly timeline: Timeline;
  readonly cost: RunCostReport;
}

/** @throws ArtifactCorruptError for an effect table that is damaged */
export function runReport(cache: Cache, record: RunRecord): RunReportFacts {
  const { query } = cache;
  const { id } = record;
  const view = viewRun(query, record);
  const { nodes, elsewhere } = reportNodes(query, view);
  const stages = new Map(nodes.map(({ node, stage }) => [node, stage]));
  const study = query.studies.of(id);
  const { panels, more } = reportPanels(cache, nodes);
  return {
    run: {
      ...record,
      tags: query.tags.of({ run: id }),
      counts: query.visits.counts(id),
      environment: (query.runs.environment(id) ?? {}) as Readonly<Record<string, unknown>>,
    },
    study: study === undefined ? null : reportStudy(cache, study),
    branch: branchOf(cache, id),
    results: reportResults(cache, id),
    panels,
    morePanels: more,
    histories: reportHistories(query, record),
    nodes,
    elsewhere,
    ...reportStages(cache, nodes),
    failures: query.attempts.failed(id),
    timeline: timelineOf(
      query.attempts.ofRun(id),
      query.runs.phases(id),
      record,
      (node) => stages.get(node) ?? node.split('@', 1)[0]!,
    ),
    cost: costOfRun(query, record),
  };
}

function branchOf({ query }: Cache, run: number): RunReportFacts['branch'] {
  const study = query.studies.withBranch(run);
  const own = study && query.studies.branches(study.run).find((each) => each.run === run);
  return own === undefined ? null : { study: study!.name, branch: own.branch, seed: own.seed };
}
