/** `restage cost`: where time went, by run and by stage; what the cache saved; what a planned run may take. */
import { defaultJobs } from '../../identity/environment/default-jobs.ts';
import { EXIT, UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import { isPipelinePath } from '../lookup/is-pipeline.ts';
import { flag, refusePipelineOptions, text, wholeNumber } from '../arguments/options.ts';
import { COMMON, IDENTITY } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { lookUp } from '../lookup/look-up.ts';
import { withCache } from '../lookup/open-cache.ts';
import { graphOf, planOf, withPipeline } from '../lookup/with-pipeline.ts';
import { writeCsvLines } from '../output/csv.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { screenOf } from '../output/screen.ts';
import { costRows, runCostRows } from '../show/runs/cost-csv.ts';
import { costLines, forecastLines, runCostLines } from '../show/runs/cost.ts';

const LISTED_RUNS = 20;

export const verb: Verb = {
  name: 'cost',
  summary: 'where time went, by run and by stage; what the cache saved; how long a run of a pipeline may take',
  positionals: [
    {
      name: 'run|pipeline',
      help: 'a run (12 or run:12), with the chain that took longest; or a pipeline, for a forecast; default: the latest runs',
      optional: true,
      complete: ['tags', 'pipelines'],
    },
  ],
  options: [
    { long: 'csv', help: 'a table for programs: a row a run or, of one run, a row a stage' },
    { long: 'limit', value: 'N', least: 1, help: `how many runs; default ${LISTED_RUNS}` },
    {
      long: 'jobs',
      short: 'j',
      value: 'N',
      least: 1,
      help: 'of a forecast: how many workers; default: the number of cores',
    },
    ...IDENTITY,
    ...COMMON,
  ],
  exclusive: [['csv', 'json']],
  examples: ['restage cost --csv', 'restage cost run:12', 'restage cost pipelines/higgs -S train.epochs=20'],
  also: ['costs', 'time', 'profile'],
  async run(call) {
    const [what] = call.positionals;
    if (what !== undefined && isPipelinePath(call.io, what)) await tellForecast(call);
    else {
      refusePipelineOptions(call);
      await withCache(call, (cache) => (what === undefined ? tellRuns(cache, call) : tellRun(cache, call, what)));
    }
    return EXIT.ok;
  },
};

async function tellRuns({ query }: Cache, call: Call): Promise<void> {
  const { costOfLatest } = await import('../../audit/cost/run-cost.ts');
  const report = costOfLatest(query, wholeNumber(call, 'limit') ?? LISTED_RUNS);
  if (flag(call, 'json')) writeJson(call, { kind: 'cost', ...report });
  else if (flag(call, 'csv')) writeCsvLines(call, costRows(report));
  else if (report.runs.length === 0) writeLines(call.io, ['No run is on record yet.']);
  else writeLines(call.io, costLines(report, screenOf(call.io)));
}

async function tellRun(cache: Cache, call: Call, what: string): Promise<void> {
  if (text(call, 'limit') !== undefined)
    throw new UsageError('--limit is for the list of runs; omit it, or omit the run.');
  const found = await lookUp(cache, /^\d{1,15}$/.test(what) ? `run:${what}` : what, call);
  if (found.kind !== 'run')
    throw new UsageError(`${what} is not a run; give run:N or the tag of a run, or none for the latest runs.`);
  const { costOfRun } = await import('../../audit/cost/run-cost.ts');
  const report = costOfRun(cache.query, found.run);
  if (flag(call, 'json')) writeJson(call, { kind: 'run-cost', ...report });
  else if (flag(call, 'csv')) writeCsvLines(call, runCostRows(report));
  else writeLines(call.io, runCostLines(report, screenOf(call.io)));
}

async function tellForecast(call: Call): Promise<void> {
  if (flag(call, 'csv')) throw new UsageError('A forecast has no table of its own; omit --csv, or take --json.');
  const { forecast } = await import('../../audit/cost/forecast.ts');
  const jobs = wholeNumber(call, 'jobs') ?? defaultJobs();
  const { pipeline, facts } = await withPipeline(call, async (opened) => {
    const report = await planOf(opened);
    return { pipeline: report.pipeline, facts: forecast(await graphOf(opened), report, jobs) };
  });
  if (flag(call, 'json')) writeJson(call, { kind: 'forecast', pipeline, ...facts });
  else writeLines(call.io, forecastLines(pipeline, facts));
}
