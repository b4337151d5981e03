/** `restage compare`: runs side by side, with what differs between them. */
import { EXIT, UsageError } from '../../errors.ts';
import type { RunWorld } from '../../audit/runs/select-runs.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { flag, text } from '../arguments/options.ts';
import { columnNames, COLUMNS, CSV, LAST, RUN_FILTERS, runOptions } from '../arguments/run-selection.ts';
import { COMMON } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { withCache } from '../lookup/open-cache.ts';
import { hasFilters, latestBeside, noRunLikeThat, runsChosen, runsNamed, runWorld } from '../lookup/runs-meant.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { screenOf } from '../output/screen.ts';

export const verb: Verb = {
  name: 'compare',
  summary: 'runs side by side: parameters, results and metrics, code and packages that differ',
  positionals: [
    {
      name: 'runs',
      help: 'runs by number (3, run:3, latest) or tag; one is compared with the latest; default: the last two of the pipeline',
      optional: true,
      many: true,
      complete: ['tags'],
    },
  ],
  options: [
    LAST,
    ...RUN_FILTERS,
    {
      long: 'sort',
      value: 'NAME',
      help: 'in the order of a parameter, result or metric, the largest first; NAME:asc for the smallest',
    },
    COLUMNS,
    { long: 'all', help: 'of two runs, show the metrics that are the same too' },
    CSV,
    ...COMMON,
  ],
  exclusive: [['csv', 'json']],
  examples: [
    'restage compare',
    'restage compare baseline latest',
    'restage compare --last 10 --sort validation.ams',
    "restage compare --where 'train.learningRatePeak<0.01' --csv",
  ],
  also: ['cmp', 'exp'],
  async run(call) {
    await withCache(call, async (cache) => {
      const world = runWorld(cache);
      const { sortRuns } = await import('../../audit/runs/sort-runs.ts');
      const by = text(call, 'sort');
      const meant = await runsToCompare(cache, call, world);
      await tell(cache, call, world, by === undefined ? meant : sortRuns(world.values, meant, by));
    });
    return EXIT.ok;
  },
};

/** Named ones in the order in which they were named, others from the oldest to the newest. */
async function runsToCompare(cache: Cache, call: Call, world: RunWorld): Promise<readonly RunRecord[]> {
  const { positionals } = call;
  if (positionals.length === 0) {
    const last = hasFilters(call) ? undefined : 2;
    const chosen = runsChosen(cache, call, world, { last, onePipeline: true }).toReversed();
    if (chosen.length < 2) throw tooFew(cache, chosen, call);
    return chosen;
  }
  if (hasFilters(call) || runOptions(call).last !== undefined)
    throw new UsageError(
      'restage compare takes runs by name, or chooses them by --last, --where, --tag, --since, --until and --outcome; give one of the two.',
    );
  const named = await runsNamed(cache, call, positionals);
  if (named.length > 1) return named;
  const [only] = named;
  const latest = latestBeside(cache, only!);
  if (latest.id !== only!.id) return [only!, latest];
  throw new UsageError(
    `Run ${only!.id} is the latest run of ${only!.pipeline}; name another run to compare it with ("restage log" lists them).`,
  );
}

function tooFew({ query }: Cache, [only]: readonly RunRecord[], call: Call): UsageError {
  if (only === undefined) return new UsageError(noRunLikeThat(query, call));
  const { last } = runOptions(call);
  const advice =
    last === 1 ? 'write --last 2 or more' : 'run the pipeline again, for example with -S, or name two runs';
  const found = hasFilters(call) ? 'fits' : `of ${only.pipeline} is on record`;
  return new UsageError(`Only run ${only.id} ${found}, and a comparison needs two; ${advice}.`);
}

async function tell(cache: Cache, call: Call, { values }: RunWorld, runs: readonly RunRecord[]): Promise<void> {
  const { compareRuns } = await import('../../audit/runs/compare-runs.ts');
  const { columnsNamed, columnsThatDiffer } = await import('../../audit/runs/run-table.ts');
  const comparison = compareRuns(cache, values, runs);
  const columns = columnNames(call);
  if (flag(call, 'json')) {
    const asked = columnsNamed(values, runs, columns).map(({ name, values: found }) => ({ name, values: found }));
    writeJson(call, { kind: 'comparison', ...comparison, ...(columns.length === 0 ? {} : { columns: asked }) });
    return;
  }
  if (flag(call, 'csv')) {
    const { comparisonRows } = await import('../show/compare/compare-csv.ts');
    const { writeCsvLines } = await import('../output/csv.ts');
    writeCsvLines(call, comparisonRows(comparison, columnsNamed(values, runs, columns)));
    return;
  }
  const screen = screenOf(call.io);
  if (runs.length === 2 && columns.length === 0) {
    const { twoRunsLines } = await import('../show/compare/compare-two.ts');
    writeLines(call.io, twoRunsLines(comparison, flag(call, 'all'), screen));
    return;
  }
  const { manyRunsLines } = await import('../show/compare/compare-many.ts');
  const by = text(call, 'sort')?.replace(/:(asc|desc)$/, '');
  const shown = columns.length === 0 ? columnsThatDiffer(comparison) : columnsNamed(values, runs, columns);
  const [sorted] = by === undefined ? [] : columnsNamed(values, runs, [by]);
  // What the runs are sorted by comes first.
  const others = shown.filter(({ name }) => sorted === undefined || (name !== by && name !== completeName(sorted)));
  writeLines(call.io, manyRunsLines(comparison, sorted === undefined ? shown : [sorted, ...others], sorted, screen));
}

function completeName({ values }: { readonly values: Readonly<Record<number, { readonly name: string }>> }): string {
  return Object.values(values)[0]!.name;
}
