/**
 * `restage status`: how much of each stage is up to date, and how the last run ended; or the run that is in progress.
 */
import { entryIn } from '../../planning/request/find-pipelines.ts';
import type { PlannedStatus, PlanReport } from '../../planning/plan/plan-report.ts';
import { EXIT } from '../../errors.ts';
import { AttemptHandles } from '../../store/coordination/attempt-handles.ts';
import type { AttemptRecord } from '../../store/query/attempts.ts';
import type { Readers } from '../../store/query/readers.ts';
import type { PipelineId } from '../../store/query/runs.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import type { VisitCounts } from '../../store/query/visits.ts';
import { plural } from '../../ui/text/format.ts';
import { flag } from '../arguments/options.ts';
import { COMMON, IDENTITY, PIPELINE, REPORTING, TARGETS } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { planOf, withPipeline } from '../lookup/with-pipeline.ts';
import { writeJson, writeJsonLine } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { countWords, runLine } from '../output/run-words.ts';
import { type Screen, screenOf } from '../output/screen.ts';
import { suggest } from '../output/suggest.ts';
import { tableLines } from '../output/table.ts';
import { branchStatuses } from '../../study/results/branch-status.ts';
import { branchStatusLines } from '../show/studies/branch-status.ts';
import { failedLines } from '../show/runs/attempt.ts';
import { indent } from '../show/words/section.ts';

export const verb: Verb = {
  name: 'status',
  summary: 'how much of each stage is up to date; --watch follows a run',
  positionals: [PIPELINE, TARGETS],
  options: [
    ...IDENTITY,
    { long: 'check', help: 'exit with 3 if anything is not up to date' },
    {
      long: 'watch',
      help: 'follow the newest run in progress (of the pipeline, if one is named), and exit as it does; Ctrl-C does not stop it',
    },
    ...REPORTING,
    ...COMMON,
  ],
  exclusive: [['watch', 'check']],
  examples: ['restage status pipelines/higgs --check', 'restage status --watch'],
  also: ['st', 'stat', 'state'],
  async run(call) {
    const isWatch = flag(call, 'watch');
    const watched = isWatch ? await (await import('../reporting/watch.ts')).watchRun(call) : undefined;
    if (watched !== undefined) return watched;
    // No run to watch, and no pipeline whose status could be shown instead.
    if (isWatch && call.positionals.length === 0 && entryIn(call.io.cwd) === undefined) return EXIT.ok;
    return withPipeline(call, async (opened) => {
      const report = await planOf(opened);
      const { query } = opened.cache;
      const last = lastRun(query, { name: report.pipeline, source: opened.request.project.source });
      return tell(call, report, opened.pipeline, last, attemptsElsewhere(report.cacheDirectory, query));
    });
  },
};

interface StageStatus {
  readonly stage: string;
  readonly nodes: number;
  readonly counts: Readonly<Record<PlannedStatus, number>>;
  /** Why the first of its nodes is not a hit; empty if all are. */
  readonly reason: string;
}

interface LastRun {
  readonly run: RunRecord;
  readonly counts: VisitCounts;
  readonly failures: readonly AttemptRecord[];
}

/** @returns the exit code */
function tell(
  call: Call,
  report: PlanReport,
  path: string,
  last: LastRun | undefined,
  attemptsElsewhere: number,
): number {
  const { pipeline, params, counts, cacheDirectory } = report;
  const stages = stageStatuses(report);
  const branches = branchStatuses(report);
  const fresh = counts.run + counts.pending === 0;
  const facts = {
    pipeline,
    params,
    fresh,
    counts,
    stages,
    last: last ?? null,
    attemptsElsewhere,
    cacheDirectory,
    ...(branches && { branches }),
  };
  // Who watches reads one event a line, and gets this as another one.
  if (flag(call, 'json') && flag(call, 'watch')) writeJsonLine(call, { type: 'status', ...facts });
  else if (flag(call, 'json')) writeJson(call, facts);
  else {
    const screen = screenOf(call.io);
    writeLines(call.io, [
      ...verdictLines(report, screen),
      ...(branches === undefined ? stageLines(stages, screen) : branchStatusLines(branches, screen)),
      '',
      ...lastRunLines(call, pipeline, [branches === undefined ? 'run' : 'ablate', path], last, screen),
      ...(attemptsElsewhere === 0
        ? []
        : [
            `on other hosts: ${plural(attemptsElsewhere, 'attempt')}; the next run that needs them continues with them`,
          ]),
    ]);
  }
  return fresh || !flag(call, 'check') ? EXIT.ok : EXIT.stale;
}

function lastRun(query: Readers, pipeline: PipelineId): LastRun | undefined {
  const run = query.runs.latest(pipeline);
  return run === undefined
    ? undefined
    : { run, counts: query.visits.counts(run.id), failures: query.attempts.failed(run.id) };
}

/** How many attempts at states that are not on record were handed to other hosts. */
function attemptsElsewhere(cacheDirectory: string, query: Readers): number {
  const keys = new AttemptHandles(cacheDirectory).keys();
  return keys.length === 0 ? 0 : query.states.byKeys(keys).filter((state) => state === undefined).length;
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

const COLUMNS = [
  { title: 'stage', least: 16 },
  { title: 'hit', sparse: true },
  { title: 'run', sparse: true },
  { title: 'pending', sparse: true },
  { title: 'why', least: 20, sparse: true },
];

function stageLines(stages: readonly StageStatus[], { style, width }: Screen): readonly string[] {
  const number = (count: number): string => (count === 0 ? '' : String(count));
  const rows = stages.map(({ stage, counts: { hit, run, pending }, reason }) => [
    stage,
    [number(hit), (text: string) => style.green(text)] as const,
    [number(run), (text: string) => style.yellow(text)] as const,
    number(pending),
    reason,
  ]);
  return tableLines(COLUMNS, rows, width);
}

function verdictLines({ pipeline, counts, nodes }: PlanReport, { style }: Screen): readonly string[] {
  const verdict =
    counts.hit === nodes.length
      ? style.green(nodes.length === 1 ? 'its one node is up to date' : `all ${nodes.length} nodes are up to date`)
      : `${counts.hit} of ${plural(nodes.length, 'node')} up to date, ${counts.run} to run, ${counts.pending} pending`;
  return [`${pipeline}: ${verdict}`, ''];
}

const MOST_FAILURES = 5;

function lastRunLines(
  call: Call,
  pipeline: string,
  [verb, path]: readonly [verb: string, path: string],
  last: LastRun | undefined,
  screen: Screen,
): readonly string[] {
  if (last === undefined) return [`${pipeline} has not run yet; start it with: ${suggest(call, verb, path)}`];
  const { run, counts, failures } = last;
  const told = failures.slice(0, MOST_FAILURES);
  const narrower = { ...screen, width: screen.width - 2 };
  const shown = told.flatMap((failure) => failedLines(failure, narrower, call.io.cwd, 1).map(indent));
  const rest = failures.length - told.length;
  return [
    `last run: ${runLine(run, screen.style)}: ${countWords(counts, run)}`,
    ...shown,
    ...(rest > 0 ? [`  and ${rest} more`] : []),
    ...(failures.length > 0 ? [`  details: ${suggest(call, 'log', String(run.id))}`] : []),
  ];
}
