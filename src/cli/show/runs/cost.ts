/** What `restage cost` says: where the time of a run went, that of many runs, and what a planned run may take. */
import type { CostReport, CostOfRun, RunCostReport } from '../../../audit/cost/run-cost.ts';
import type { Forecast } from '../../../audit/cost/forecast.ts';
import type { StageSums } from '../../../audit/cost/stage-costs.ts';
import { formatBytes, formatSeconds, formatTime, plural } from '../../../ui/text/format.ts';
import type { Screen } from '../../output/screen.ts';
import { tableLines } from '../../output/table.ts';

const MOST_STEPS = 12;

export function runCostLines(cost: RunCostReport, screen: Screen): readonly string[] {
  const { run, pipeline, wallSeconds, seconds, cpuSeconds, savedSeconds, lostSeconds, jobs, stages } = cost;
  const took = wallSeconds === null ? 'has no end' : `took ${formatSeconds(wallSeconds)}`;
  const cpu = cpuSeconds === 0 ? '' : `, ${formatSeconds(cpuSeconds)} of them on a processor`;
  return [
    `run ${run} of ${pipeline} ${took} with ${plural(jobs, 'worker')}`,
    `  work   ${formatSeconds(seconds)} in ${plural(cost.ran, 'node')} that ran${cpu}`,
    `  saved  ${formatSeconds(savedSeconds)}: what ${plural(cost.hits, 'state')} from the cache once took`,
    ...(lostSeconds === 0 ? [] : [`  lost   ${formatSeconds(lostSeconds)} in attempts that failed`]),
    '',
    ...stageLines(stages, screen),
    ...pathLines(cost, screen),
  ];
}

export function costLines({ runs, stages }: CostReport, screen: Screen): readonly string[] {
  const total = (of: (run: CostOfRun) => number): string => formatSeconds(runs.reduce((sum, run) => sum + of(run), 0));
  const rows = runs.map((run) => [
    String(run.run),
    formatTime(run.startedAt),
    run.pipeline,
    run.wallSeconds === null ? '' : formatSeconds(run.wallSeconds),
    String(run.ran),
    formatSeconds(run.seconds),
    String(run.hits),
    formatSeconds(run.savedSeconds),
    run.lostSeconds === 0 ? '' : formatSeconds(run.lostSeconds),
  ]);
  return [
    ...tableLines(RUN_COLUMNS, rows, screen.width),
    '',
    `${plural(runs.length, 'run')}: ${total(({ seconds }) => seconds)} of work, ${total(({ savedSeconds }) => savedSeconds)} saved by the cache`,
    '',
    ...stageLines(stages, screen),
  ];
}

const RUN_COLUMNS = [
  { title: 'run' },
  { title: 'when', least: 16, rank: 0 },
  { title: 'pipeline', least: 8 },
  { title: 'took' },
  { title: 'ran' },
  { title: 'work' },
  { title: 'hit' },
  { title: 'saved' },
  { title: 'lost', sparse: true },
];

export function forecastLines(pipeline: string, forecast: Forecast): readonly string[] {
  const { seconds, mostSeconds, pathSeconds, leastWallSeconds, jobs, unknown } = forecast;
  if (mostSeconds === 0 && unknown.length === 0) return [`${pipeline}: nothing to run`];
  const work =
    mostSeconds === seconds
      ? formatSeconds(seconds)
      : `${formatSeconds(seconds)}, and up to ${formatSeconds(mostSeconds)} if what runs changes its outputs`;
  return [
    `${pipeline}: by the mean past duration of each stage`,
    `  work   ${work}`,
    `  chain  ${formatSeconds(pathSeconds)}: the longest chain of nodes that wait for each other`,
    `  takes  at least ${formatSeconds(leastWallSeconds)} with ${plural(jobs, 'worker')}`,
    ...(unknown.length === 0 ? [] : [`  not counted: ${plural(unknown.length, 'node')} of stages that never ran`]),
  ];
}

function stageLines(stages: readonly StageSums[], { width }: Screen): readonly string[] {
  const rows = stages.map(({ stage, ran, hits, seconds, cpuSeconds, savedSeconds, peakBytes }) => [
    stage,
    String(ran),
    ran === 0 ? '' : formatSeconds(seconds),
    cpuSeconds === null ? '' : formatSeconds(cpuSeconds),
    peakBytes === null ? '' : formatBytes(peakBytes),
    String(hits),
    hits === 0 ? '' : formatSeconds(savedSeconds),
  ]);
  return tableLines(STAGE_COLUMNS, rows, width);
}

const STAGE_COLUMNS = [
  { title: 'stage', least: 16 },
  { title: 'ran' },
  { title: 'work' },
  { title: 'processor', sparse: true, rank: 1 },
  { title: 'memory', sparse: true, rank: 0 },
  { title: 'hit' },
  { title: 'saved', sparse: true },
];

/** The steps with the most to give, in the order of the path. */
function pathLines({ criticalPath: { seconds, nodes } }: RunCostReport, { style, width }: Screen): readonly string[] {
  if (nodes.length === 0) return [];
  const told = new Set([...nodes].sort((a, b) => b.potential - a.potential).slice(0, MOST_STEPS));
  const rows = nodes
    .filter((node) => told.has(node))
    .map((step) => [step.node, formatSeconds(step.seconds), formatSeconds(step.potential)]);
  const columns = [{ title: 'node', least: 16 }, { title: 'took' }, { title: 'run ends sooner by, without it' }];
  return [
    '',
    style.bold(`the longest chain took ${formatSeconds(seconds)}`),
    ...tableLines(columns, rows, width),
    ...(nodes.length > rows.length ? [`and ${plural(nodes.length - rows.length, 'node')} that would save less`] : []),
  ];
}
