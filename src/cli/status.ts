/** `restage status`: how much of each stage is up to date, and how the last run ended; or the run that is going on. */
import { entryIn } from '../planning/request/find-pipelines.ts';
import { plan } from '../planning/plan/plan-command.ts';
import type { PlannedStatus, PlanReport } from '../planning/plan/plan-report.ts';
import { EXIT, UsageError } from '../errors.ts';
import type { AttemptRecord } from '../store/query/attempts.ts';
import type { Readers } from '../store/query/readers.ts';
import type { RunRecord } from '../store/query/runs.ts';
import type { VisitCounts } from '../store/query/visits.ts';
import { formatTable, plural } from '../ui/text/format.ts';
import { withCacheAt } from './open-cache.ts';
import { flag } from './options.ts';
import { pipelineRequest } from './pipeline-request.ts';
import { countWords, runLine } from './run-words.ts';
import { suggest } from './suggest.ts';
import { writeJson } from './output/json.ts';
import type { Call } from './verbs.ts';

interface StageStatus {
  readonly stage: string;
  readonly nodes: number;
  readonly counts: Readonly<Record<PlannedStatus, number>>;
  /** Why its first node that is not a hit is none; empty if all are. */
  readonly reason: string;
}

interface LastRun {
  readonly run: RunRecord;
  readonly counts: VisitCounts;
  readonly failures: readonly AttemptRecord[];
}

export async function statusVerb(call: Call): Promise<number> {
  const isWatch = flag(call, 'watch');
  if (isWatch && flag(call, 'check'))
    throw new UsageError('--watch and --check of restage status exclude each other; leave one of them away.');
  const watched = isWatch ? await (await import('./watch.ts')).watchRun(call) : undefined;
  if (watched !== undefined) return watched;
  // Of which pipeline? None is named, and none is here.
  if (isWatch && call.positionals.length === 0 && entryIn(call.io.cwd) === undefined) return EXIT.ok;
  const request = await pipelineRequest(call);
  const report = await plan(request);
  const last = await withCacheAt(report.cacheDirectory, call.io, (cache) =>
    lastRun(cache.query, report.pipeline),
  );
  const stages = stageStatuses(report);
  const fresh = report.counts.run + report.counts.pending === 0;
  const { pipeline, params, counts, cacheDirectory } = report;
  // Who watches reads a line an event, and takes this for one.
  const tell = (status: object): void =>
    isWatch ? call.io.writeOut(`${JSON.stringify({ type: 'status', ...status })}\n`) : writeJson(call, status);
  if (flag(call, 'json')) tell({ pipeline, params, fresh, counts, stages, last: last ?? null, cacheDirectory });
  else
    call.io.writeOut(
      `${[...stageLines(report, stages), '', ...lastRunLines(call, pipeline, request.pipeline, last)].join('\n')}\n`,
    );
  return fresh || !flag(call, 'check') ? EXIT.ok : EXIT.stale;
}

function lastRun(query: Readers, pipeline: string): LastRun | undefined {
  const run = query.runs.latest(pipeline);
  return run === undefined ? undefined : { run, counts: query.visits.counts(run.id), failures: query.attempts.failed(run.id) };
}

function stageStatuses({ nodes }: PlanReport): readonly StageStatus[] {
  const stages = new Map<string, StageStatus>();
  for (const { stage, status, reason } of nodes) {
    const known = stages.get(stage) ?? { stage, nodes: 0, counts: { hit: 0, run: 0, pending: 0 }, reason: '' };
    stages.set(stage, {
      stage,
      nodes: known.nodes + 1,
      counts: { ...known.counts, [status]: known.counts[status] + 1 },
      reason: known.reason === '' ? reason : known.reason,
    });
  }
  return [...stages.values()];
}

function stageLines({ pipeline, counts, nodes }: PlanReport, stages: readonly StageStatus[]): readonly string[] {
  const rows = stages.map(({ stage, counts: { hit, run, pending }, reason }) => [
    stage,
    ...[hit, run, pending].map(String),
    reason,
  ]);
  const verdict =
    counts.hit === nodes.length
      ? nodes.length === 1
        ? 'its one node is up to date'
        : `all ${nodes.length} nodes are up to date`
      : `${counts.hit} of ${plural(nodes.length, 'node')} up to date, ${counts.run} to run, ${counts.pending} pending`;
  return [`${pipeline}: ${verdict}`, '', ...formatTable(['stage', 'hit', 'run', 'pending', 'why'], rows)];
}

const MOST_FAILURES = 5;

function lastRunLines(call: Call, pipeline: string, path: string, last: LastRun | undefined): readonly string[] {
  if (last === undefined) return [`${pipeline} has never been run; start it with: ${suggest(call, 'run', path)}`];
  const { run, counts, failures } = last;
  const shown = failures
    .slice(0, MOST_FAILURES)
    .map(({ node, failure }) => `  failed: ${node} (${failure!.class}): ${failure!.message}`);
  const rest = failures.length - shown.length;
  return [
    `last run: ${runLine(run)}: ${countWords(counts)}`,
    ...shown,
    ...(rest > 0 ? [`  and ${rest} more`] : []),
    ...(failures.length > 0 ? [`  ${suggest(call, 'log', String(run.id))} tells more`] : []),
  ];
}
