/** The remote that a command's run goes through: `--remote NAME`. */
import type { remoteOf } from '../../remote/through/run-through.ts';
import { text } from '../arguments/options.ts';
import type { Call } from '../arguments/verb.ts';

type Opening = typeof remoteOf;

/** Undefined without the option. @throws UsageError for a name that the cache of the request does not know */
export async function throughRemote(
  call: Call,
  request: Parameters<Opening>[0],
): Promise<ReturnType<Opening> | undefined> {
  const name = text(call, 'remote');
  if (name === undefined) return undefined;
  const through = await import('../../remote/through/run-through.ts');
  return through.remoteOf(request, name);
}
