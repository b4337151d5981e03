/** The remote that a command's run goes through: `--remote NAME`. */
import type { RunRequest } from '../../run/request.ts';
import type { OpenRunRemote } from '../../run/run-remote.ts';
import { text } from '../arguments/options.ts';
import type { Call } from '../arguments/verb.ts';

/** Undefined without the option. @throws UsageError for a name that the cache of the request does not know */
export async function throughRemote(call: Call, request: RunRequest): Promise<OpenRunRemote | undefined> {
  const name = text(call, 'remote');
  if (name === undefined) return undefined;
  const { remoteOf } = await import('../../remote/through/run-through.ts');
  return remoteOf(request, name);
}
