/**
 * `restage diff`: how two runs, states, outputs or codes differ; with --working, how a run differs from a run as it
 * would be now.
 */
import { join } from 'node:path';
import { EXIT, UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import { projectRoot } from '../../identity/environment/package-root.ts';
import { resolveRequest } from '../../planning/request/resolve-request.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { flag, refusePipelineOptions, text } from '../arguments/options.ts';
import { COMMON, IDENTITY, OF_PIPELINE } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { lookUp, pipelinesMeant } from '../lookup/look-up.ts';
import { refuseBundle, withCache } from '../lookup/open-cache.ts';
import { pipelineRequest } from '../lookup/pipeline-request.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { screenOf } from '../output/screen.ts';
import { diffLines, workingLines } from '../show/changes/diff.ts';

const REFERENCE = 'a run (run:3), a node in it (run:3/score), an output (score.result), a tag or a digest';

export const verb: Verb = {
  name: 'diff',
  summary: 'how two runs, states, outputs or codes of stages differ',
  positionals: [
    { name: 'before', help: REFERENCE, optional: true, complete: ['recorded nodes', 'tags'] },
    { name: 'after', help: 'another of that kind', optional: true, complete: ['recorded nodes', 'tags'] },
  ],
  options: [
    {
      long: 'working',
      help: 'compare a run (default: the latest) with what a run of its pipeline would be now; -S and --like say which',
    },
    { long: 'exit-code', help: 'exit with 4 if they differ' },
    { long: 'tool', value: 'COMMAND', help: 'hand both outputs, or both codes, to this program; it takes two paths' },
    OF_PIPELINE,
    ...IDENTITY,
    ...COMMON,
  ],
  exclusive: [
    ['tool', 'json'],
    ['tool', 'working'],
  ],
  examples: [
    'restage diff run:3 run:4',
    'restage diff run:3 --working',
    'restage diff run:3/score run:4/score',
    'restage diff run:3/clean.events run:4/clean.events --tool meld',
  ],
  also: ['difference', 'cmp'],
  async run(call) {
    return withCache(call, async (cache) => (flag(call, 'working') ? tellWorking(cache, call) : tell(cache, call)));
  },
};

async function tellWorking(cache: Cache, call: Call): Promise<number> {
  refuseBundle(cache);
  const { differsFromWorking, diffWorking } = await import('../../audit/diff/diff-working.ts');
  const run = await runMeant(cache, call);
  const root = projectRoot(call.io.cwd);
  if (root === undefined)
    throw new UsageError('No package.json was found above the working directory; change to the folder of the project.');
  const asked = await pipelineRequest({ ...call, positionals: [join(root, run.source)] });
  const request = { ...resolveRequest(asked), cacheDirectory: cache.directory };
  const found = await diffWorking(cache, run, request);
  if (flag(call, 'json')) writeJson(call, { kind: 'working', ...found });
  else writeLines(call.io, workingLines(found, screenOf(call.io)));
  return flag(call, 'exit-code') && differsFromWorking(found) ? EXIT.diverged : EXIT.ok;
}

async function runMeant(cache: Cache, call: Call): Promise<RunRecord> {
  const [word, second] = call.positionals;
  if (second !== undefined) throw new UsageError('--working takes one run, or none for the latest.');
  if (word === undefined) {
    const [pipeline] = pipelinesMeant(cache, call) ?? [];
    const run = pipeline === undefined ? cache.query.runs.latestOfAll() : cache.query.runs.latest(pipeline);
    if (run !== undefined) return run;
    throw new UsageError(`There is no run in ${cache.directory}; run a pipeline first.`);
  }
  const found = await lookUp(cache, referenceOf(word), call);
  if (found.kind === 'run') return found.run;
  throw new UsageError(`--working compares a run, and ${word} is not one; name run:N or the tag of a run.`);
}

function referenceOf(word: string): string {
  return /^\d{1,15}$/.test(word) ? `run:${word}` : word === 'latest' ? 'run:latest' : word;
}

async function tell(cache: Cache, call: Call): Promise<number> {
  refusePipelineOptions(call);
  const { comparable, diff, isDifferent } = await import('../../audit/diff/diff.ts');
  const [before, after] = await Promise.all(
    call.positionals.map(async (word) => comparable(cache, word, await lookUp(cache, referenceOf(word), call))),
  );
  if (before === undefined || after === undefined)
    throw new UsageError(
      'diff compares two things, such as run:1 run:2; or name a run and --working, to compare it with a run as it would be now.',
    );
  const tool = text(call, 'tool');
  if (tool !== undefined) {
    const { runTool } = await import('../output/outside-tool.ts');
    return runTool(cache, tool, before, after);
  }
  const found = diff(cache, before, after);
  if (flag(call, 'json')) writeJson(call, found);
  else writeLines(call.io, diffLines(found, screenOf(call.io)));
  return flag(call, 'exit-code') && isDifferent(found) ? EXIT.diverged : EXIT.ok;
}
