/** `restage run`: makes a run of the request, reports its events, and passes Ctrl-C to both. */
import { resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import type { OpenIdleWork } from '../../execution/scheduling/idle-work.ts';
import type { RunAids } from '../../run/frame.ts';
import { resolveRequest } from '../../planning/request/resolve-request.ts';
import type { RunRequest } from '../../run/request.ts';
import { flag, list, text, wholeNumber } from '../arguments/options.ts';
import { share } from '../arguments/share.ts';
import { LIMITS, limitsOf } from '../arguments/limits.ts';
import { COMMON, EXECUTOR, IDENTITY, PIPELINE, REPORTING, SELECTION, TARGETS, THROUGH } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { pipelineRequest } from '../lookup/pipeline-request.ts';
import { throughRemote } from '../lookup/through-remote.ts';

export const verb: Verb = {
  name: 'run',
  summary: 'run what is not up to date',
  positionals: [PIPELINE, TARGETS],
  options: [
    ...IDENTITY,
    ...SELECTION,
    { long: 'jobs', short: 'j', value: 'N', least: 1, help: 'how many workers at once; default: the number of cores' },
    { long: 'dry-run', short: 'n', help: 'say what would run, and run nothing (as plan)' },
    { long: 'watch', short: 'w', help: 'stay, and run again what an edit of sources, parameters or inputs changes' },
    { long: 'poll', help: 'with --watch: look for edits twice a second, where the system reports none' },
    { long: 'fail-fast', help: 'stop after the first failure' },
    {
      long: 'max-failures',
      value: 'N',
      least: 1,
      help: 'stop after N failures; default: run whatever does not depend on a failed node',
    },
    { long: 'strict', help: 'fail a stage that reads something that it does not declare' },
    { long: 'isolate', help: 'give each stage a worker process that executes nothing else' },
    EXECUTOR,
    { long: 'detach', help: 'end once all remaining nodes wait or run elsewhere; the next run continues with them' },
    { long: 'trace', help: 'record the digests of what stages trace, so that verify can compare with them' },
    {
      long: 'openlineage',
      value: 'FILE|URL',
      complete: ['files'],
      help: 'report the run as OpenLineage events while it goes on, to a file or by POST to an address',
    },
    THROUGH,
    { long: 'in-idle', value: 'P%', help: 'verify this share of the hits, on slots that the run leaves idle' },
    ...LIMITS,
    { long: 'pool', value: 'name=N', many: true, help: 'the size of a named pool' },
    ...REPORTING,
    ...COMMON,
  ],
  exclusive: [
    ['watch', 'dry-run'],
    ['remote', 'dry-run'],
    ['fail-fast', 'max-failures'],
  ],
  examples: ['restage run pipelines/higgs', 'restage run pipelines/higgs score -S cut.topPercent=5 -j 4'],
  also: ['start', 'exec', 'execute', 'make', 'build', 'repro', 'resume', 'go', 'watch', 'dev'],
  async run(call) {
    if (flag(call, 'poll') && !flag(call, 'watch'))
      throw new UsageError('--poll says how --watch looks for edits; give --watch too.');
    if (flag(call, 'dry-run')) return (await import('./plan.ts')).verb.run(call);
    const request = await runRequest(call);
    if (text(call, 'like') !== undefined) {
      const { sayWhatDiffers } = await import('../lookup/like-run.ts');
      await sayWhatDiffers(call, resolveRequest(request));
    }
    const { run } = await import('../../run/run.ts');
    const aids = {
      openIdleWork: await idleWork(share(call, 'in-idle')),
      openRemote: await throughRemote(call, request),
    };
    if (flag(call, 'watch')) return watchRuns(call, aids);
    const { reportedRun } = await import('../reporting/reported-run.ts');
    const place = text(call, 'openlineage');
    if (place === undefined) return reportedRun(call, (reported) => run({ ...request, ...reported }, undefined, aids));
    const told = await toldTo(call, place, request);
    return reportedRun(call, (reported) =>
      told({ ...request, ...reported }, (listened) => run(listened, undefined, aids)),
    );
  },
};

async function watchRuns(call: Call, aids: RunAids): Promise<number> {
  const { runIf } = await import('../../run/run.ts');
  const { watchedRuns } = await import('../reporting/watched-runs.ts');
  const place = text(call, 'openlineage');
  const told = place === undefined ? undefined : await toldTo(call, place, await runRequest(call));
  return watchedRuns(call, {
    // What is forced once would be forced by every edit.
    request: async (isFirst) => ({ ...(await runRequest(call)), ...(isFirst ? {} : { force: false }) }),
    requestFiles: list(call, 'params').map((file) => resolve(call.io.cwd, file)),
    start(request, { planning, wanted }) {
      const start = (listened: RunRequest) => runIf(listened, planning, wanted, undefined, aids);
      return told === undefined ? start(request) : told(request, start);
    },
  });
}

async function toldTo(call: Call, place: string, request: RunRequest) {
  const { toldInOpenLineage } = await import('../reporting/told-in-openlineage.ts');
  return toldInOpenLineage(call, place, resolveRequest(request).cacheDirectory);
}

async function idleWork(sample: number | undefined): Promise<OpenIdleWork | undefined> {
  if (sample === undefined) return undefined;
  const { verifyInIdle } = await import('../../audit/verify/verify-in-idle.ts');
  const { idleSentence } = await import('../show/verify/verify.ts');
  return verifyInIdle(sample, idleSentence);
}

async function runRequest(call: Call): Promise<RunRequest> {
  const jobs = wholeNumber(call, 'jobs');
  const executor = text(call, 'executor');
  const maxFailures = flag(call, 'fail-fast') ? 1 : wholeNumber(call, 'max-failures');
  return {
    ...(await pipelineRequest(call)),
    pools: Object.fromEntries(list(call, 'pool').map(parsePool)),
    ...(flag(call, 'strict') ? { strict: true } : {}),
    ...(flag(call, 'isolate') ? { isolate: true } : {}),
    ...(flag(call, 'trace') ? { trace: true } : {}),
    ...(flag(call, 'detach') ? { detach: true } : {}),
    ...(executor === undefined ? {} : { executor }),
    ...(jobs === undefined ? {} : { jobs }),
    ...limitsOf(call),
    ...(maxFailures === undefined ? {} : { maxFailures }),
  };
}

function parsePool(argument: string): readonly [string, number] {
  const [, name, size] = /^([^=]+)=(\d+)$/.exec(argument) ?? [];
  if (name === undefined)
    throw new UsageError(`--pool ${argument} is not of the form name=N; write for example --pool licence=2.`);
  return [name, Number(size)];
}
