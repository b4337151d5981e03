/**
 * `restage log`: the runs; one run, by the names of its nodes; or the log and the metrics of a node's latest attempt.
 */
import { EXIT, UsageError } from '../../errors.ts';
import type { ExperimentOfRun } from '../../audit/runs/experiments-among.ts';
import type { Cache } from '../../store/cache.ts';
import type { AttemptRecord } from '../../store/query/attempts.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import type { StateRecord } from '../../store/query/states.ts';
import { FOUND_WORDS, type FoundNode, isOlderState } from '../../store/reference/found.ts';
import { formatTime, plural } from '../../ui/text/format.ts';
import { whole } from '../../ui/text/wrap.ts';
import { flag, text } from '../arguments/options.ts';
import { columnNames, COLUMNS, RUN_FILTERS } from '../arguments/run-selection.ts';
import { COMMON } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { branchesUnlessNode } from '../lookup/branches-meant.ts';
import { lookUp } from '../lookup/look-up.ts';
import { withCache } from '../lookup/open-cache.ts';
import { runsListed } from '../lookup/runs-listed.ts';
import { noRunLikeThat, runWorld } from '../lookup/runs-meant.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { commandOf, countWords, durationOf, outcomeWord, phaseWords } from '../output/run-words.ts';
import { screenOf } from '../output/screen.ts';
import { suggest } from '../output/suggest.ts';
import { attemptLines, failedLines, logLines, metricLines } from '../show/runs/attempt.ts';
import { nodeLine, outcomeOf, reasonOf } from '../show/states/node.ts';
import { runFacts } from '../show/runs/run.ts';
import { nodeGroupLines } from '../show/runs/run-nodes.ts';

export const verb: Verb = {
  name: 'log',
  summary: 'list the runs, or show one of them, or the log of a node',
  positionals: [
    {
      name: 'run|node',
      help: 'a run (12 or run:12), or a node, also in a run (run:12/fit) or a state; or an experiment or a branch of it (tricks/plain), for its runs',
      optional: true,
      complete: ['recorded nodes', 'tags'],
    },
  ],
  options: [
    { long: 'run', value: 'N', least: 1, help: 'with a node: in this run, as run:N/node; default: its latest visit' },
    { long: 'limit', value: 'N', least: 1, help: 'how many runs to list; default 20' },
    { long: 'branches', help: 'list each branch of an experiment with each seed, and not the experiment alone' },
    {
      long: 'experiment',
      value: 'NAME',
      help: 'the runs of this experiment (ingredients), or of a branch (ingredients/base)',
    },
    ...RUN_FILTERS,
    COLUMNS,
    ...COMMON,
  ],
  examples: [
    'restage log',
    'restage log 12',
    'restage log train-fold@fold=3',
    "restage log --columns validation.ams,learningRatePeak --where 'validation.ams>3'",
  ],
  exclusive: [
    ['branches', 'experiment'],
    ['pipeline', 'experiment'],
  ],
  also: ['logs', 'ls', 'list', 'history', 'runs'],
  async run(call) {
    await withCache(call, async (cache) => {
      const [what] = call.positionals;
      if (what === undefined) await tellRuns(cache, call);
      else await tellNamed(cache, call, what);
    });
    return EXIT.ok;
  },
};

async function tellRuns(cache: Cache, call: Call): Promise<void> {
  const { runListFacts, runListLines } = await import('../show/runs/run-list.ts');
  const world = runWorld(cache);
  const runs = runsListed(cache, call, world);
  const facts = runListFacts(cache, world.values, runs, columnNames(call));
  if (flag(call, 'json')) {
    writeJson(call, { kind: 'runs', runs: facts.runs });
    return;
  }
  const lines = runs.length === 0 ? [noRun(cache, call)] : runListLines(facts, screenOf(call.io));
  const [experiment] = facts.runs.flatMap((run) => run.experiment ?? []);
  const more = experiment === undefined ? [] : ['', moreWords(call, experiment)];
  writeLines(call.io, [...lines, ...more]);
}

function moreWords(call: Call, { name, runs }: ExperimentOfRun): string {
  return `The ${plural(runs, 'run')} of the branches of ${name}: ${suggest(call, 'log', '--experiment', name)}`;
}

/** An experiment or a branch of it: its runs, the base first. Anything else that is called so comes first. */
async function tellNamed(cache: Cache, call: Call, what: string): Promise<void> {
  const meant = text(call, 'run') === undefined ? branchesUnlessNode(cache.query, what) : undefined;
  if (meant === undefined) {
    await tell(cache, call, what);
    return;
  }
  const { runListFacts, runListLines } = await import('../show/runs/run-list.ts');
  const { values } = runWorld(cache);
  const runs = meant.runs.map(({ run }) => cache.query.runs.get(run)!);
  const facts = runListFacts(cache, values, runs, columnNames(call));
  if (flag(call, 'json')) {
    writeJson(call, { kind: 'runs', runs: facts.runs });
    return;
  }
  const screen = screenOf(call.io);
  const missing = meant.missing.map(({ branch, seed, nodes: [first, ...others] }) =>
    screen.style.red(
      `${branch} with seed ${seed} is not complete: ${first!}${others.length === 0 ? '' : ` and ${others.length} more`} did not finish`,
    ),
  );
  writeLines(call.io, [...(runs.length === 0 ? [] : runListLines(facts, screen)), ...missing]);
}

function noRun({ query }: Cache, call: Call): string {
  if (query.runs.latestIds(1).length === 0) return 'No run is on record yet; make one with: restage run <pipeline>';
  return noRunLikeThat(query, call);
}

function tellRun(cache: Cache, call: Call, run: RunRecord): void {
  const facts = runFacts(cache, run);
  if (flag(call, 'json')) {
    writeJson(call, facts);
    return;
  }
  const { counts, phases, failures } = facts;
  const screen = screenOf(call.io);
  const { style } = screen;
  const took = durationOf(run);
  writeLines(call.io, [
    `run ${run.id} of ${run.pipeline}, ${outcomeWord(run, style)}: ${countWords(counts, run)}${took === '' ? '' : ` in ${took}`}`,
    `  ${formatTime(run.startedAt)}  ${whole(commandOf(run))}`,
    ...(phases.length === 0 ? [] : [`  ${phaseWords(phases)}`]),
    '',
    ...nodeGroupLines(facts, screen),
    ...failures.flatMap((failure) => [
      '',
      ...failedLines(failure, screen, call.io.cwd),
      whole(`    ${suggest(call, 'log', failure.node, '--run', String(run.id))}`),
    ]),
  ]);
}

async function tell(cache: Cache, call: Call, what: string): Promise<void> {
  const run = text(call, 'run');
  if (run !== undefined && /^(run|tag):/.test(what))
    throw new UsageError(`${what} names a run already; omit --run, or name the node alone.`);
  const reference = /^\d{1,15}$/.test(what) ? `run:${what}` : what;
  const found = await lookUp(cache, run === undefined ? reference : `run:${run}/${what}`, call);
  switch (found.kind) {
    case 'run':
      tellRun(cache, call, found.run);
      return;
    case 'node':
      tellNode(cache, call, found);
      return;
    case 'output':
      if (found.of === undefined) tellState(cache, call, found.state);
      else tellNode(cache, call, found.of);
      return;
    case 'state':
      tellState(cache, call, found.state);
      return;
    case 'artifact':
    case 'code':
    case 'effects':
      throw new UsageError(
        `${what} is ${FOUND_WORDS[found.kind]}; "restage show ${what}" tells about it, and a node or a state has a log.`,
      );
  }
}

function tellState(cache: Cache, call: Call, { attempt }: StateRecord): void {
  tellAttempt(cache, call, cache.query.attempts.get(attempt)!, {}, []);
}

/** The attempt that the node's latest visit is about: its own, or the one that made its state. */
function tellNode(cache: Cache, call: Call, found: FoundNode): void {
  const { query } = cache;
  const { node, latest, state, trying } = found;
  const isExecuted = latest !== undefined && ['ran', 'failed'].includes(latest.outcome);
  const own = trying ?? (isExecuted ? query.attempts.latest(node, { run: latest.run }) : undefined);
  const attempt = own ?? (state === undefined ? undefined : query.attempts.get(state.attempt));
  if (attempt === undefined) throw noAttempt(found);
  const isPlain = own !== undefined && trying === undefined && !isOlderState(found);
  tellAttempt(cache, call, attempt, { latestVisit: latest ?? null }, isPlain ? [] : [nodeLine(cache, found)]);
}

function tellAttempt(
  { query }: Cache,
  call: Call,
  attempt: AttemptRecord,
  visit: object,
  heading: readonly string[],
): void {
  const lines = query.attempts.log(attempt.id);
  const metrics = query.attempts.metrics(attempt.id);
  if (flag(call, 'json')) {
    writeJson(call, { kind: 'attempt', ...visit, ...attempt, log: lines, metrics });
    return;
  }
  const screen = screenOf(call.io);
  const { style, width } = screen;
  writeLines(call.io, [
    ...heading,
    ...attemptLines(attempt, screen, call.io.cwd),
    ...logLines(attempt, lines, style),
    ...(metrics.length === 0 ? [] : ['', ...metricLines(metrics, width)]),
  ]);
}

/** Nodes with the same key are executed once, so a node can fail without an attempt of its own. */
function noAttempt(found: FoundNode): UsageError {
  const { node, inRun } = found;
  const latest = found.latest!;
  const where = inRun ? `in run ${latest.run}` : 'in any run';
  const why =
    latest.outcome === 'failed'
      ? 'another node with the same key failed'
      : `it was ${outcomeOf(found)}${reasonOf(found)}`;
  return new UsageError(
    `${node} was not executed ${where}: ${why}${inRun ? '; omit --run for its latest attempt' : ''}.`,
  );
}
