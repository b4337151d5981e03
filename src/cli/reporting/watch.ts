/** `restage status --watch`: reports a run of another process as that process does, and does not touch it. */
import { resolveRequest } from '../../planning/request/resolve-request.ts';
import { type Followed, follow } from '../../run/broadcast.ts';
import { EXIT, RestageError, type StandardOutputError } from '../../errors.ts';
import { type LiveRun, liveRuns } from '../../store/coordination/live-file.ts';
import { shellWord } from '../../ui/text/format.ts';
import type { Call } from '../arguments/verb.ts';
import { cacheDirectoryOfVerb, requireCache } from '../lookup/open-cache.ts';
import { pipelineRequest } from '../lookup/pipeline-request.ts';
import { suggest } from '../output/suggest.ts';
import { chooseReporter } from './choose-reporter.ts';
import { exitCodeOf } from './exit-code.ts';
import { complain } from '../output/lines.ts';

/** The run that was watched has no report: its process was killed, or ended in an error that is not the run's. */
class WatchedRunError extends RestageError {
  readonly code = 'WATCHED_RUN';
  readonly exitCode = EXIT.stageFailed;
}

/**
 * Watches the newest run, of the pipeline if one is named. Returns the exit code, or undefined if no run is in
 * progress.
 * @throws UsageError, WatchedRunError
 */
export async function watchRun(call: Call): Promise<number | undefined> {
  const [pipeline] = call.positionals;
  const { cacheDirectory, entry } = await place(call);
  await requireCache(cacheDirectory, call.io);
  for (;;) {
    const all = liveRuns(cacheDirectory);
    const run = all.find((candidate) => entry === undefined || candidate.entry === entry);
    const others = all.filter((candidate) => candidate !== run).map(nameOf);
    if (run === undefined) {
      const what = pipeline === undefined ? 'No run is' : `No run of ${pipeline} is`;
      const also = others.length === 0 ? '' : ` (but ${others.join(', ')})`;
      const start = `restage run ${pipeline === undefined ? '<pipeline>' : shellWord(pipeline)}`;
      complain(call.io, `${what} in progress in ${cacheDirectory}${also}; start one with: ${start}`);
      return undefined;
    }
    if (others.length > 0) complain(call.io, `watching ${nameOf(run)}; also in progress: ${others.join(', ')}.`);
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
  let refusal: StandardOutputError | undefined;
  const refused = (error: StandardOutputError): void => void (refusal = error);
  const reporter = await chooseReporter(call, { argv, pipeline: run.entry, stop, refused });
  let followed: Followed;
  try {
    followed = await follow(cacheDirectory, run, (event) => reporter.event(event), controller.signal);
    if (followed.how === 'finished') reporter.finish(followed.report);
  } finally {
    reporter.close?.();
    stopListening();
  }
  if (refusal !== undefined) throw refusal;
  switch (followed.how) {
    case 'missed':
      return undefined;
    case 'finished':
      return exitCodeOf(followed.report.outcome);
    case 'left':
      return codeOfLeaving;
    case 'died':
      throw new WatchedRunError(
        `${nameOf(run)} died: its process was killed. What it finished is kept; continue with: ${argv.map(shellWord).join(' ')}`,
      );
    case 'broke':
      throw new WatchedRunError(
        `${nameOf(run)} ended in an error, which its own process printed; see how far it came with: ${suggest(call, 'log', String(run.run))}`,
      );
  }
}

function nameOf({ run, pipeline }: LiveRun): string {
  return `run ${run} of ${pipeline}`;
}
