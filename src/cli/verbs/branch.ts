/** `restage branch`: goes on from a run or a state on record, with other parameters. */
import { join, relative } from 'node:path';
import { UsageError } from '../../errors.ts';
import { projectRoot } from '../../identity/environment/package-root.ts';
import type { BranchedGraph } from '../../study/branching/branch-off.ts';
import type { BranchRequest } from '../../study/branching/run-branch.ts';
import type { Cache } from '../../store/cache.ts';
import { isOlderState } from '../../store/reference/found.ts';
import { plural } from '../../ui/text/format.ts';
import { list, text, wholeNumber } from '../arguments/options.ts';
import { COMMON, IDENTITY, REPORTING, THROUGH } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { lookUp } from '../lookup/look-up.ts';
import { cacheDirectoryOfVerb, withCache } from '../lookup/open-cache.ts';
import { throughRemote } from '../lookup/through-remote.ts';
import { reportedRun } from '../reporting/reported-run.ts';
import { complain } from '../output/lines.ts';

export const verb: Verb = {
  name: 'branch',
  summary: 'go on from a run or a state on record, with other parameters',
  positionals: [
    {
      name: 'from',
      help: 'a run (run:3, a tag), or a node in it (run:3/train), or a state by its digest',
      complete: ['tags', 'nodes'],
    },
  ],
  options: [
    { long: 'as', value: 'NAME', help: 'the tag of the new run; required' },
    ...IDENTITY.filter(({ long }) => ['set', 'params', 'backend', 'device'].includes(long)),
    { long: 'jobs', short: 'j', value: 'N', least: 1, help: 'how many workers at once; default: the number of cores' },
    THROUGH,
    ...REPORTING,
    ...COMMON,
  ],
  examples: ['restage branch run:3 --as wider -S cut.topPercent=5', 'restage branch run:3/train-fold --as other-cut'],
  also: ['fork', 'checkout'],
  async run(call) {
    const request = await branchRequest(call);
    const { runBranch } = await import('../../study/branching/run-branch.ts');
    const openRemote = await throughRemote(call, request);
    const onBranched = ({ kept }: BranchedGraph): void => sayWhatIsKept(call, request, kept);
    return reportedRun(
      call,
      (reported) => runBranch({ ...request, ...reported, onBranched }, undefined, { openRemote }),
      relative(call.io.cwd, request.pipeline),
    );
  },
};

function sayWhatIsKept({ io }: Call, { as, run }: BranchRequest, kept: readonly string[]): void {
  complain(io, `${as} keeps ${plural(kept.length, 'node')} of run ${run} as they were`);
}

/** @throws UsageError */
async function branchRequest(call: Call): Promise<BranchRequest> {
  const [from] = call.positionals;
  const as = text(call, 'as');
  if (from === undefined || as === undefined)
    throw new UsageError(
      'restage branch needs a run or a state, and a name; write for example: restage branch run:3 --as wider -S layers=4',
    );
  const cacheDirectory = cacheDirectoryOfVerb(call);
  const { run, node, source } = await withCache(call, (cache) => originOf(cache, call, from));
  const { parseOverride } = await import('../../core/params/override.ts');
  const { readParamsFile } = await import('../../planning/definition/params-file.ts');
  const layers = [];
  for (const file of list(call, 'params')) layers.push(await readParamsFile(file, call.io.cwd, cacheDirectory));
  const jobs = wholeNumber(call, 'jobs');
  const [backend, device] = ['backend', 'device'].map((name) => text(call, name));
  return {
    pipeline: join(projectRoot(call.io.cwd) ?? call.io.cwd, source),
    workingDirectory: call.io.cwd,
    cacheDirectory,
    run,
    node,
    as,
    layers,
    overrides: list(call, 'set').map(parseOverride),
    ...(jobs === undefined ? {} : { jobs }),
    ...(backend === undefined ? {} : { backend }),
    ...(device === undefined ? {} : { device }),
  };
}

/** @throws UsageError for what is neither a run nor a state of one */
async function originOf(
  cache: Cache,
  call: Call,
  from: string,
): Promise<{ readonly run: number; readonly node: string | null; readonly source: string }> {
  const found = await lookUp(cache, /^\d{1,15}$/.test(from) ? `run:${from}` : from, call);
  switch (found.kind) {
    case 'run':
      return { run: found.run.id, node: null, source: found.run.source };
    case 'node': {
      const run = found.latest?.run;
      // To go on from an older state than that of the latest visit is a decision, and not restage's.
      if (found.state === undefined || run === undefined || isOlderState(found)) throw noState(from);
      return { run, node: found.node, source: cache.query.runs.get(run)!.source };
    }
    case 'state': {
      const { node, run } = cache.query.attempts.get(found.state.attempt)!;
      return { run, node, source: cache.query.runs.get(run)!.source };
    }
    case 'output':
    case 'artifact':
    case 'code':
    case 'effects':
      throw new UsageError(`${from} is neither a run nor a state; name a run (run:3) or a node in it (run:3/train).`);
  }
}

function noState(from: string): UsageError {
  return new UsageError(`${from} has no state to go on from; name a run in which it finished.`);
}
