/** `restage rm`: takes runs off the record as far as that tells no untruth about states, and names off branches. */
import { EXIT, UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { FOUND_WORDS } from '../../store/reference/found.ts';
import { flag } from '../arguments/options.ts';
import { COMMON, OF_PIPELINE } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { branchesMeant } from '../lookup/branches-meant.ts';
import { lookUp } from '../lookup/look-up.ts';
import { withWritableCache } from '../lookup/open-cache.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { hindranceSentence, removalLines } from '../show/runs/removal.ts';

/** A word of the command line: a run, or a branch, of which only the name goes. */
type Meant = { readonly run: RunRecord; readonly name: string | null };

export const verb: Verb = {
  name: 'rm',
  summary: 'remove runs, whose states stay, or the names of branches',
  positionals: [
    {
      name: 'what',
      help: 'runs (run:3), or branches by the names that "restage branch --as" gave them',
      many: true,
      complete: ['tags'],
    },
  ],
  options: [{ long: 'dry-run', short: 'n', help: 'only say what would be removed' }, OF_PIPELINE, ...COMMON],
  examples: ['restage rm run:3 --dry-run', 'restage rm run:3 run:4', 'restage rm wider'],
  also: ['remove', 'delete', 'forget'],
  async run(call) {
    await withWritableCache(call, async (cache) => {
      const meant: Meant[] = [];
      for (const word of call.positionals) meant.push(await meantBy(cache, word, call));
      const runs = [...new Set(meant.flatMap(({ run, name }) => (name === null ? [run.id] : [])))];
      const names = meant.flatMap(({ run, name }) => (name === null ? [] : [{ name, run: run.id }]));
      const { removals } = cache.record;
      const report = { dryRun: flag(call, 'dry-run'), runs: runs.map((run) => removals.of(run)), branches: names };
      const hindrance = report.dryRun ? removals.hindrance(runs) : removals.remove(runs);
      if (hindrance !== undefined) throw new UsageError(hindranceSentence(hindrance));
      if (!report.dryRun) for (const { name, run } of names) cache.record.tags.remove({ run }, name);
      if (flag(call, 'json')) writeJson(call, { kind: 'removal', ...report });
      else writeLines(call.io, removalLines(report));
    });
    return EXIT.ok;
  },
};

/** @throws UsageError for what is neither, and for a run that has not ended */
async function meantBy(cache: Cache, word: string, call: Call): Promise<Meant> {
  const { query } = cache;
  const experiment = branchesMeant(query, word);
  if (experiment !== undefined)
    throw new UsageError(
      `${word} is ${experiment.branch === null ? 'an experiment' : `a branch of experiment ${experiment.study.name}`}, and stays: its effects are worked out of all its runs. "restage rm" removes single runs.`,
    );
  const found = await lookUp(cache, /^(?:\d{1,15}|latest)$/.test(word) ? `run:${word}` : word, call);
  if (found.kind !== 'run')
    throw new UsageError(
      `${word} is not a run but ${FOUND_WORDS[found.kind]}; name runs by their numbers, such as run:3. "restage gc" removes bytes of states.`,
    );
  const { run } = found;
  const isName = query.tags.of({ run: run.id }).includes(word);
  if (isName && query.studies.origin(run.id) !== undefined) return { run, name: word };
  if (run.outcome === 'running')
    throw new UsageError(
      `Run ${run.id} is in progress, or this machine cannot tell whether it is; wait until it has ended, or interrupt it.`,
    );
  return { run, name: null };
}
