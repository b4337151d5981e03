/** `restage report`: a run or an experiment as one HTML file that can be passed on. */
import { EXIT, UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { formatBytes } from '../../ui/text/format.ts';
import { flag, text } from '../arguments/options.ts';
import { COMMON, outputOption } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { branchesMeant, oneRunNeeded } from '../lookup/branches-meant.ts';
import { lookUp } from '../lookup/look-up.ts';
import { withCache } from '../lookup/open-cache.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { writeOutputFile } from '../output/output-file.ts';

export const verb: Verb = {
  name: 'report',
  summary: 'a run or an experiment as one HTML file: results, charts, graph, lineage, costs, verdicts',
  positionals: [
    {
      name: 'run|experiment',
      help: 'a run (12, run:12 or its tag), or the name of an experiment; default: the latest run, or the experiment that it is of',
      optional: true,
      complete: ['tags'],
    },
  ],
  options: [outputOption('where to write it; default: report-N.html, with the number of the run'), ...COMMON],
  examples: [
    'restage report',
    'restage report run:12 -o run-12.html',
    'restage report ingredients -o ingredients.html',
  ],
  also: ['html', 'summary', 'publish'],
  async run(call) {
    await withCache(call, async (cache) => {
      const run = await runMeant(cache, call);
      const { runReport } = await import('../../audit/report/run-report.ts');
      const facts = runReport(cache, run);
      const isJson = flag(call, 'json');
      const file = text(call, 'output') ?? (isJson ? undefined : `report-${run.id}.html`);
      if (file !== undefined) {
        const { reportPage } = await import('../../report/page/page.ts');
        const page = await reportPage(facts);
        writeOutputFile(call.io, file, page);
        if (!isJson && file !== '/dev/stdout')
          writeLines(call.io, [
            `run ${run.id} of ${run.pipeline} is in ${file} (${formatBytes(Buffer.byteLength(page))})`,
          ]);
      }
      if (isJson) writeJson(call, { kind: 'report', file: file ?? null, ...facts });
    });
    return EXIT.ok;
  },
};

/** Of an experiment the run that made the states of its branches. @throws UsageError */
async function runMeant(cache: Cache, call: Call): Promise<RunRecord> {
  const { query } = cache;
  const [word] = call.positionals;
  if (word === undefined) {
    const [latest] = query.runs.list({ limit: 1 });
    if (latest === undefined)
      throw new UsageError('No run is on record yet; run a pipeline with: restage run PIPELINE');
    const study = query.studies.withBranch(latest.id);
    return study === undefined ? latest : query.runs.get(study.run)!;
  }
  const branches = branchesMeant(query, word);
  if (branches?.branch === null) return query.runs.get(branches.study.run)!;
  if (branches !== undefined) throw oneRunNeeded(branches);
  const found = await lookUp(cache, /^\d{1,15}$/.test(word) ? `run:${word}` : word, call);
  if (found.kind === 'run') return found.run;
  throw new UsageError(`${word} is not a run; name a run as run:N or by its tag, or an experiment.`);
}
