/** `restage status --watch`: tells of a run that another process makes, as that one would, and leaves it alone. */
import { type Followed, follow } from '../run/broadcast.ts';
import { resolveRequest } from '../planning/request/resolve-request.ts';
import { EXIT } from '../errors.ts';
import { type LiveRun, liveRuns } from '../store/coordination/live-file.ts';
import { shellWord } from '../ui/text/format.ts';
import { chooseReporter } from './choose-reporter.ts';
import { cacheDirectoryOfVerb, requireCache } from './open-cache.ts';
import { pipelineRequest } from './pipeline-request.ts';
import { exitCodeOf } from './run.ts';
import { suggest } from './suggest.ts';
import type { Call } from './verbs.ts';

/** Watches the newest run, of the pipeline if one is named; gives the exit code, or undefined if none is going on. */
export async function watchRun(call: Call): Promise<number | undefined> {
  const [pipeline] = call.positionals;
  const { cacheDirectory, entry } = await place(call);
  requireCache(cacheDirectory, call.io);
  for (;;) {
    const all = liveRuns(cacheDirectory);
    const run = all.find((candidate) => entry === undefined || candidate.entry === entry);
    const others = all.filter((candidate) => candidate !== run).map(nameOf);
    if (run === undefined) {
      const what = pipeline === undefined ? 'No run is' : `No run of ${pipeline} is`;
      const also = others.length === 0 ? '' : ` (but ${others.join(', ')})`;
      const start = `restage run ${pipeline === undefined ? '<pipeline>' : shellWord(pipeline)}`;
      call.io.writeError(`restage: ${what} in progress in ${cacheDirectory}${also}; start one with: ${start}\n`);
      return undefined;
    }
    if (others.length > 0)
      call.io.writeError(`restage: watching ${nameOf(run)}; also in progress: ${others.join(', ')}.\n`);
    const code = await watch(call, cacheDirectory, run);
    if (code !== undefined) return code;
  }
}

async function place(call: Call): Promise<{ readonly cacheDirectory: string; readonly entry?: string }> {
  if (call.positionals.length === 0) return { cacheDirectory: cacheDirectoryOfVerb(call) };
  const { cacheDirectory, project } = resolveRequest(await pipelineRequest(call));
  return { cacheDirectory, entry: project.entry };
}

/** Undefined if it ended before it could be looked at. */
async function watch(call: Call, cacheDirectory: string, run: LiveRun): Promise<number | undefined> {
  const argv = run.argv.length > 0 ? run.argv : ['restage', 'run', run.entry];
  const controller = new AbortController();
  let codeOfLeaving: number = EXIT.interrupted;
  const stop = (): void => {
    codeOfLeaving = EXIT.ok;
    controller.abort();
  };
  const stopListening = call.io.onInterrupt(() => controller.abort());
  const reporter = await chooseReporter(call, { argv, pipeline: run.entry, stop });
  let followed: Followed;
  try {
    followed = await follow(cacheDirectory, run, (event) => reporter.event(event), controller.signal);
    if (followed.how === 'finished') reporter.finish(followed.report);
  } finally {
    reporter.close?.();
    stopListening();
  }
  switch (followed.how) {
    case 'missed':
      return undefined;
    case 'finished':
      return exitCodeOf(followed.report.outcome);
    case 'left':
      return codeOfLeaving;
    case 'died':
      call.io.writeError(
        `restage: ${nameOf(run)} died, its process was killed; what it finished is kept, so go on with: ${argv.map(shellWord).join(' ')}\n`,
      );
      return EXIT.stageFailed;
    case 'broke':
      call.io.writeError(
        `restage: ${nameOf(run)} ended in an error that its own process tells; see how far it came with: ${suggest(call, 'log', String(run.run))}\n`,
      );
      return EXIT.stageFailed;
  }
}

function nameOf({ run, pipeline }: LiveRun): string {
  return `run ${run} of ${pipeline}`;
}
