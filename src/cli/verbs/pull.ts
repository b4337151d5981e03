/** `restage pull`: brings runs and states of a remote, record and bytes together, into this cache. */
import { EXIT, UsageError } from '../../errors.ts';
import type { Remote } from '../../remote/remote.ts';
import { flag, text } from '../arguments/options.ts';
import { COMMON, REMOTE } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { cacheDirectoryOfVerb, isBundle } from '../lookup/open-cache.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { stopped } from '../reporting/stopped.ts';

export const verb: Verb = {
  name: 'pull',
  summary: 'bring runs or states of a remote into this cache, with all that they were made of',
  positionals: [
    {
      name: 'what',
      help: 'what "restage remote list NAME" shows: ids, tags, nodes or states; or latest',
      optional: true,
      many: true,
    },
  ],
  options: [{ long: 'all', short: 'a', help: 'everything in the remote' }, REMOTE, ...COMMON],
  examples: ['restage pull latest', 'restage pull baseline --remote group', 'restage pull --all'],
  also: ['fetch', 'download', 'clone'],
  async run(call) {
    const isAll = flag(call, 'all');
    if (isAll === call.positionals.length > 0)
      throw new UsageError(
        'restage pull needs what to pull, or --all; "restage remote list NAME" shows what is in a remote.',
      );
    const directory = cacheDirectoryOfVerb(call);
    if (isBundle(directory))
      throw new UsageError(`${directory} is a bundle, and nothing can be added to it; name a cache.`);
    const { withRemoteToRead } = await import('../lookup/open-remote.ts');
    const { remoteNamed } = await import('../../remote/settings.ts');
    const { interruptible } = await import('../reporting/interruptible.ts');
    const { name } = remoteNamed(directory, text(call, 'remote'));
    const sentence = (): string => 'the pull ends; what has arrived stays, and the next pull goes on from there';
    return interruptible(call.io, sentence, ({ signal }) =>
      stopped(signal, () =>
        withRemoteToRead(directory, name, (remote) => pullAll(call, directory, remote, name, signal), signal),
      ),
    );
  },
};

async function pullAll(
  call: Call,
  directory: string,
  remote: Remote,
  name: string,
  signal: AbortSignal,
): Promise<number> {
  const { Cache } = await import('../../store/cache.ts');
  const { entriesMeant, listEntries } = await import('../../remote/select-entries.ts');
  const { pull } = await import('../../remote/pull.ts');
  const { pullLines } = await import('../show/cache/remote.ts');
  const { transferLines } = await import('../reporting/transfer-lines.ts');
  const listed = await listEntries(remote, signal);
  const entries = flag(call, 'all') ? listed.entries : entriesMeant(listed, call.positionals, remote.address);
  const onProgress = flag(call, 'json') ? undefined : transferLines(call.io);
  const pulled = await Cache.using(Cache.open(directory), (cache) =>
    pull(cache, remote, entries, { signal, ...(onProgress && { onProgress }) }),
  );
  const { unread } = listed;
  if (flag(call, 'json')) writeJson(call, { kind: 'pull', remote: name, address: remote.address, unread, pulled });
  else {
    const newer = unread === 0 ? [] : ['some entries are of a newer format; update restage to pull them'];
    writeLines(call.io, [...pullLines(pulled, name), ...newer]);
  }
  return pulled.some(({ outcome }) => outcome === 'conflict') ? EXIT.diverged : EXIT.ok;
}
