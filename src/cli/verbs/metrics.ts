/** `restage metrics`: how the metrics of runs went, step by step. */
import { EXIT, UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { flag, list } from '../arguments/options.ts';
import { CSV, LAST, RUN_FILTERS, runOptions } from '../arguments/run-selection.ts';
import { COMMON } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { withCache } from '../lookup/open-cache.ts';
import { hasFilters, noRunLikeThat, runsChosen, runsNamed, runWorld } from '../lookup/runs-meant.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { screenOf } from '../output/screen.ts';

export const verb: Verb = {
  name: 'metrics',
  summary: 'how metrics went, step by step, in the latest run or in several',
  positionals: [
    {
      name: 'names',
      help: 'metrics: loss of any node, fit.loss of the nodes called fit; default: all',
      optional: true,
      many: true,
    },
  ],
  options: [
    { long: 'run', value: 'RUN', many: true, help: 'of this run: its number, latest or a tag', complete: ['tags'] },
    { ...LAST, help: 'of the latest N runs of the pipeline; default 1' },
    ...RUN_FILTERS,
    {
      long: 'node',
      value: 'NODE',
      many: true,
      help: 'of these nodes (fit: each of its instances; fit@fold=3)',
      complete: ['recorded nodes'],
    },
    { ...CSV, help: 'every step, as CSV' },
    ...COMMON,
  ],
  exclusive: [['csv', 'json']],
  examples: ['restage metrics', 'restage metrics loss --last 5', 'restage metrics fit.loss --node fit --csv'],
  also: ['plots', 'scalars'],
  async run(call) {
    await withCache(call, async (cache) => {
      const { metricHistories } = await import('../../audit/runs/metric-history.ts');
      const nodes = list(call, 'node');
      const runs = await runsMeant(cache, call);
      const histories = metricHistories(cache.query, runs, { names: call.positionals, nodes });
      if (flag(call, 'json')) {
        writeJson(call, { kind: 'metrics', runs: runs.map(({ id }) => id), histories });
        return;
      }
      if (flag(call, 'csv')) {
        const { writeCsvLines } = await import('../output/csv.ts');
        const rows = histories.flatMap(({ runs: having, node, metric, points }) =>
          having.flatMap((run) => points.map(({ step, value }) => [run, node, metric, step, value])),
        );
        writeCsvLines(call, [['run', 'node', 'metric', 'step', 'value'], ...rows]);
        return;
      }
      const { historyLines } = await import('../show/runs/metric-histories.ts');
      const none = `Nothing in run ${runs.map(({ id }) => id).join(', ')} recorded a metric; a stage does so with metric(name, value).`;
      writeLines(
        call.io,
        histories.length === 0 ? [none] : historyLines(histories, nodes.length > 0, screenOf(call.io)),
      );
    });
    return EXIT.ok;
  },
};

/** From the oldest to the newest, or as they were named. */
async function runsMeant(cache: Cache, call: Call): Promise<readonly RunRecord[]> {
  const named = list(call, 'run');
  if (named.length > 0) {
    if (hasFilters(call) || runOptions(call).last !== undefined)
      throw new UsageError(
        'restage metrics takes runs by --run, or chooses them by --last and filters; give one of the two.',
      );
    return runsNamed(cache, call, named);
  }
  const last = hasFilters(call) ? undefined : 1;
  const chosen = runsChosen(cache, call, runWorld(cache), { last, onePipeline: true }).toReversed();
  if (chosen.length > 0) return chosen;
  throw new UsageError(noRunLikeThat(cache.query, call));
}
