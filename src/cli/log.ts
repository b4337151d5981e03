/** `restage log`: the runs; one run, by the names of its nodes; or the log and the metrics of a node's latest attempt. */
import { didYouMean } from '../core/diagnostics/did-you-mean.ts';
import { EXIT, UsageError } from '../errors.ts';
import type { Cache } from '../store/cache.ts';
import type { AttemptRecord, MetricRecord } from '../store/query/attempts.ts';
import type { RunRecord } from '../store/query/runs.ts';
import { formatBytes, formatNumber, formatSeconds, formatTable, formatTime, shellWord } from '../ui/text/format.ts';
import { noSuchNode, runNumber, theRun } from './look-up.ts';
import { withCache } from './open-cache.ts';
import { flag, text, wholeNumber } from './options.ts';
import { commitWord, countWords, durationOf, outcomeWord } from './run-words.ts';
import { writeJson } from './output/json.ts';
import { writeLines } from './output/lines.ts';
import type { Call } from './verbs.ts';

const LISTED_RUNS = 20;

export async function logVerb(call: Call): Promise<number> {
  await withCache(call, (cache) => {
    const [what] = call.positionals;
    const run = what === undefined ? undefined : runNumber(what);
    if (what === undefined) tellRuns(cache, call);
    else if (run === undefined) tellNode(cache, call, what);
    else tellRun(cache, call, theRun(cache, run));
  });
  return EXIT.ok;
}

function tellRuns(cache: Cache, call: Call): void {
  const { query } = cache;
  const tag = text(call, 'tag');
  const limit = wholeNumber(call, 'limit', 1) ?? LISTED_RUNS;
  const runs = query.runs.list({ limit, ...(tag === undefined ? {} : { tag }) }).map((run) => ({
    ...run,
    counts: query.visits.counts(run.id),
    tags: cache.query.tags.of({ run: run.id }),
  }));
  if (flag(call, 'json')) {
    writeJson(call, runs);
    return;
  }
  if (runs.length === 0) {
    call.io.writeOut(`${tag === undefined ? NO_RUN : noTagged(cache, tag)}\n`);
    return;
  }
  const rows = runs.map(({ counts, tags, ...run }) => [
    String(run.id),
    formatTime(run.startedAt),
    run.pipeline,
    run.outcome,
    String(counts.hit + counts['cut-off']),
    String(counts.ran),
    String(counts.failed),
    String(counts.skipped),
    durationOf(run),
    commitWord(run),
    [...tags.map((name) => `[${name}]`), command(run)].join(' '),
  ]);
  const head = ['run', 'when', 'pipeline', 'outcome', 'hit', 'ran', 'failed', 'skipped', 'took', 'commit', 'command'];
  call.io.writeOut(`${formatTable(head, rows).join('\n')}\n`);
}

const NO_RUN = 'No run is on record yet; make one with: restage run <pipeline>';

function noTagged(cache: Cache, tag: string): string {
  const known = cache.query.tags.list().map((each) => each.tag);
  return `No run has the tag ${tag}${didYouMean(tag, known)}; "restage tag --list" shows what is tagged.`;
}

function tellRun(cache: Cache, call: Call, run: RunRecord): void {
  const { query } = cache;
  const counts = query.visits.counts(run.id);
  const groups = query.visits.groups(run.id);
  const failures = query.attempts.failed(run.id);
  if (flag(call, 'json')) {
    writeJson(call, { ...run, counts, groups, failures });
    return;
  }
  const took = durationOf(run);
  const rows = groups.map(({ name, counts: c }) => [
    name,
    ...[c.hit, c['cut-off'], c.ran, c.failed, c.skipped].map(String),
  ]);
  writeLines(call.io, [
    `run ${run.id} of ${run.pipeline}, ${outcomeWord(run)}: ${countWords(counts)}${took === '' ? '' : ` in ${took}`}`,
    `  ${formatTime(run.startedAt)}  ${command(run)}`,
    '',
    ...formatTable(['nodes', 'hit', 'cut off', 'ran', 'failed', 'skipped'], rows),
    ...failures.flatMap(({ node, failure }) => [
      '',
      `failed: ${node} (${failure!.class}): ${failure!.message}`,
      `  restage log ${shellWord(node)} --run ${run.id}`,
    ]),
  ]);
}

function tellNode(cache: Cache, call: Call, node: string): void {
  const { query } = cache;
  const run = wholeNumber(call, 'run', 1);
  if (run !== undefined) theRun(cache, run);
  const attempt = query.attempts.latest(node, run);
  if (attempt === undefined) throw noAttempt(cache, node, run);
  const lines = query.attempts.log(attempt.id);
  const metrics = query.attempts.metrics(attempt.id);
  if (flag(call, 'json')) {
    writeJson(call, { ...attempt, log: lines, metrics });
    return;
  }
  writeLines(call.io, [
    ...attemptLines(attempt),
    ...lines.map(({ at, stream, text: line }) => {
      const seconds = Math.max(0, at - attempt.startedAt) / 1000;
      return `${formatSeconds(seconds).padStart(10)}  ${stream === 'stderr' ? '! ' : '  '}${line}`;
    }),
    ...(metrics.length === 0 ? [] : ['', ...metricLines(metrics)]),
  ]);
}

export function attemptLines(attempt: AttemptRecord): readonly string[] {
  const { node, run, number, worker, startedAt, compute, cpuSeconds, peakBytes, failure } = attempt;
  const took = durationOf(attempt);
  const facts = [
    took === '' ? 'no end on record' : took,
    ...(cpuSeconds === null ? [] : [`${formatSeconds(cpuSeconds)} of CPU`]),
    ...(peakBytes === null ? [] : [`peak ${formatBytes(peakBytes)}`]),
    ...(compute === null ? [] : [compute]),
  ];
  return [
    `${node}: attempt ${number} in run ${run}, ${formatTime(startedAt)}, by ${worker}: ${facts.join(', ')}`,
    ...(failure === null ? [] : [`failed (${failure.class}${endOf(failure)}): ${failure.message}`]),
    ...(failure?.stack?.split('\n').map((line) => `    ${line.trim()}`) ?? []),
  ];
}

/** Each metric by its last value: the series as a whole is in `--json`. */
export function metricLines(metrics: readonly MetricRecord[]): readonly string[] {
  const series = new Map<string, MetricRecord[]>();
  for (const metric of metrics) series.set(metric.name, [...(series.get(metric.name) ?? []), metric]);
  const rows = [...series].map(([name, members]) => {
    const { value, step } = members.at(-1)!;
    const values = members.map((member) => member.value);
    const numbers = [value, Math.min(...values), Math.max(...values)].map(formatNumber);
    return [name, ...numbers, step === null ? '' : String(step), String(members.length)];
  });
  return formatTable(['metric', 'last', 'min', 'max', 'step', 'values'], rows);
}

function endOf({ exitCode, signal }: { readonly exitCode: number | null; readonly signal: string | null }): string {
  if (signal !== null) return `, ${signal}`;
  return exitCode === null ? '' : `, exit code ${exitCode}`;
}

function noAttempt(cache: Cache, node: string, run: number | undefined): UsageError {
  const { query } = cache;
  const visit = query.visits.latest(node, run === undefined ? {} : { run });
  if (visit === undefined && run === undefined) return noSuchNode(cache, node);
  const where = run === undefined ? 'in any run' : `in run ${run}`;
  const why =
    visit === undefined ? 'it was not part of it' : `it was ${visit.outcome === 'skipped' ? 'skipped' : 'up to date'}`;
  return new UsageError(`${node} was not executed ${where}: ${why}; leave --run away for its latest attempt.`);
}

function command(run: RunRecord): string {
  return run.argv.map(shellWord).join(' ');
}
