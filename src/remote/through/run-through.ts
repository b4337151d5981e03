/** A run from code, with the remote that its request names. */
import type { RunReport, RunRequest } from '../../run/request.ts';
import { resolveRun } from '../../run/request.ts';
import type { OpenRunRemote } from '../../run/run-remote.ts';
import { run } from '../../run/run.ts';
import { remoteNamed } from '../settings.ts';
import { through } from './through.ts';

export interface RunThroughRequest extends RunRequest {
  /**
   * The name of a remote of the cache (`restage remote add`): states are taken out of it instead of being made, and
   * what is made is pushed; default: none.
   */
  readonly remote?: string;
}

/** @throws UsageError for a name that the cache does not know, and as `run` */
export async function runThrough({ remote, ...request }: RunThroughRequest): Promise<RunReport> {
  if (remote === undefined) return run(request);
  return run(request, undefined, { openRemote: remoteOf(request, remote) });
}

/** @throws UsageError for a name that the cache of the request does not know */
export function remoteOf(request: RunRequest, name: string): OpenRunRemote {
  return through(remoteNamed(resolveRun(request).cacheDirectory, name));
}
