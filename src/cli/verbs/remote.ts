/** `restage remote`: places that several caches share, by name. `remote list NAME` says what is in one. */
import { EXIT, RemoteError, UsageError } from '../../errors.ts';
import { COMMON } from '../arguments/shared.ts';
import { flag } from '../arguments/options.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { cacheDirectoryOfVerb } from '../lookup/open-cache.ts';
import { writeJson } from '../output/json.ts';
import { complain, writeLines } from '../output/lines.ts';
import { screenOf } from '../output/screen.ts';
import { tableLines } from '../output/table.ts';

const ACTIONS = ['add', 'list', 'remove'];

export const verb: Verb = {
  name: 'remote',
  summary: 'places that caches share: add one, list them or what is in one, or remove one',
  positionals: [
    { name: 'action', help: 'add, list or remove; default: list', optional: true, complete: [{ words: ACTIONS }] },
    { name: 'name', help: 'the name of the remote', optional: true },
    {
      name: 'address',
      help: 'where it is: a directory, ssh://user@host/path or s3://bucket/folder',
      optional: true,
      complete: ['folders'],
    },
  ],
  options: [...COMMON],
  examples: [
    'restage remote add group /mnt/group/restage',
    'restage remote add bucket s3://group/restage',
    'restage remote list',
    'restage remote list group',
  ],
  also: ['remotes', 'origin'],
  async run(call) {
    const [action = 'list', name, address] = call.positionals;
    if (action === 'add') await add(call, name, address);
    else if (action === 'remove') await remove(call, name, address);
    else if (action === 'list') await list(call, name, address);
    else throw new UsageError(`restage remote ${action} is unknown; write restage remote add, list or remove.`);
    return EXIT.ok;
  },
};

async function add(call: Call, name: string | undefined, given: string | undefined): Promise<void> {
  if (name === undefined || given === undefined)
    throw new UsageError(
      'restage remote add needs a name and an address; write for example: restage remote add group /mnt/group/restage',
    );
  const { addRemote } = await import('../../remote/settings.ts');
  const { absoluteAddress } = await import('../../remote/places/open-place.ts');
  const address = absoluteAddress(given, call.io.cwd);
  const lacks = await lackOf(address);
  addRemote(cacheDirectoryOfVerb(call), { name, address });
  if (flag(call, 'json')) writeJson(call, { kind: 'remote', action: 'add', name, address });
  else writeLines(call.io, [`${name} is ${address}; "restage push --remote ${name}" pushes to it`]);
  if (lacks !== undefined) complain(call.io, lacks);
}

/** What has to be there before it can be used, such as keys: nobody is asked. @throws UsageError if it is malformed */
async function lackOf(address: string): Promise<string | undefined> {
  const { openPlace } = await import('../../remote/places/open-place.ts');
  try {
    await (await openPlace(address)).close();
    return undefined;
  } catch (error) {
    if (error instanceof RemoteError) return error.message;
    throw error;
  }
}

async function remove(call: Call, name: string | undefined, more: string | undefined): Promise<void> {
  if (name === undefined || more !== undefined)
    throw new UsageError('restage remote remove needs the name of a remote, and nothing else.');
  const { removeRemote } = await import('../../remote/settings.ts');
  const { address } = removeRemote(cacheDirectoryOfVerb(call), name);
  if (flag(call, 'json')) writeJson(call, { kind: 'remote', action: 'remove', name, address });
  else writeLines(call.io, [`${name} is forgotten; what is in ${address} stays there`]);
}

async function list(call: Call, name: string | undefined, more: string | undefined): Promise<void> {
  if (more !== undefined) throw new UsageError('restage remote list takes the name of one remote at most.');
  const directory = cacheDirectoryOfVerb(call);
  if (name !== undefined) {
    const { withRemoteToRead } = await import('../lookup/open-remote.ts');
    const { listEntries } = await import('../../remote/select-entries.ts');
    const { contentLines, contentFacts } = await import('../show/cache/remote.ts');
    await withRemoteToRead(directory, name, async (remote) => {
      const listed = await listEntries(remote);
      if (flag(call, 'json'))
        writeJson(call, { kind: 'remote-content', name, address: remote.address, ...contentFacts(listed) });
      else writeLines(call.io, contentLines(listed, remote.address, screenOf(call.io)));
    });
    return;
  }
  const { remotesOf } = await import('../../remote/settings.ts');
  const remotes = remotesOf(directory);
  if (flag(call, 'json')) writeJson(call, { kind: 'remotes', remotes });
  else if (remotes.length === 0)
    writeLines(call.io, ['The cache has no remote yet; add one with: restage remote add NAME ADDRESS']);
  else {
    const rows = remotes.map((remote) => [remote.name, remote.address]);
    writeLines(call.io, tableLines([{ title: 'remote' }, { title: 'address' }], rows, screenOf(call.io).width));
  }
}
