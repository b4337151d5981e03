/** `restage push`: brings runs and states of this cache, record and bytes together, to a remote. */
import { EXIT, UsageError } from '../../errors.ts';
import type { Subject } from '../../remote/parcel.ts';
import type { Remote } from '../../remote/remote.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { FOUND_WORDS } from '../../store/reference/found.ts';
import { noState } from '../../store/reference/find.ts';
import { flag, text } from '../arguments/options.ts';
import { COMMON, OF_PIPELINE, REMOTE } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { cacheDirectoryOfVerb, withWritableCache } from '../lookup/open-cache.ts';
import { writeJson } from '../output/json.ts';
import { complain, writeLines } from '../output/lines.ts';
import { stopped } from '../reporting/stopped.ts';

export const verb: Verb = {
  name: 'push',
  summary: 'bring runs or states to a remote, with all that they were made of',
  positionals: [
    {
      name: 'what',
      help: 'runs, tags, nodes or states; default: the runs of the last pipeline that the remote lacks',
      optional: true,
      many: true,
      complete: ['recorded nodes', 'tags'],
    },
  ],
  options: [REMOTE, OF_PIPELINE, ...COMMON],
  examples: ['restage push', 'restage push run:3 --remote group', 'restage push baseline train'],
  also: ['upload', 'share', 'sync'],
  async run(call) {
    const { withRemoteToWrite } = await import('../lookup/open-remote.ts');
    const { remoteNamed } = await import('../../remote/settings.ts');
    const { interruptible } = await import('../reporting/interruptible.ts');
    const directory = cacheDirectoryOfVerb(call);
    const sentence = (): string => 'the push ends; what was sent stays, and the next push goes on from there';
    return withWritableCache(call, async (cache) => {
      const { name } = remoteNamed(directory, text(call, 'remote'));
      return interruptible(call.io, sentence, ({ signal }) =>
        stopped(signal, () =>
          withRemoteToWrite(directory, name, (remote) => pushAll(call, cache, remote, name, signal), signal),
        ),
      );
    });
  },
};

async function pushAll(call: Call, cache: Cache, remote: Remote, name: string, signal: AbortSignal): Promise<number> {
  const { push } = await import('../../remote/push.ts');
  const { pushLines } = await import('../show/cache/remote.ts');
  const { transferLines } = await import('../reporting/transfer-lines.ts');
  const subjects = await subjectsOf(call, cache, remote, signal);
  const onProgress = flag(call, 'json') ? undefined : transferLines(call.io);
  const tooLong: string[] = [];
  const onTooLong = ({ message }: Error): void => void tooLong.push(message);
  const pushed = await push(cache, remote, subjects, { signal, onTooLong, ...(onProgress && { onProgress }) });
  if (flag(call, 'json')) writeJson(call, { kind: 'push', remote: name, address: remote.address, pushed, tooLong });
  else if (pushed.length > 0 || tooLong.length === 0) writeLines(call.io, pushLines(pushed, name));
  for (const sentence of tooLong) complain(call.io, sentence);
  return tooLong.length > 0 ? EXIT.usage : EXIT.ok;
}

/** The runs that made the states of their experiments: these bring the branches and the effect tables. */
function studiesOf({ query }: Cache, runs: readonly RunRecord[]): readonly RunRecord[] {
  const numbers = new Set(runs.flatMap(({ id }) => query.studies.withBranch(id)?.run ?? []));
  return [...numbers].map((number) => query.runs.get(number)!);
}

/** @throws UsageError */
async function subjectsOf(call: Call, cache: Cache, remote: Remote, signal: AbortSignal): Promise<readonly Subject[]> {
  const { lookUp, pipelinesMeant } = await import('../lookup/look-up.ts');
  if (call.positionals.length === 0) {
    const { notThere } = await import('../../remote/push.ts');
    const pipelines = pipelinesMeant(cache, call) ?? cache.query.runs.pipelines().slice(0, 1);
    const runs = await notThere(cache, remote, cache.query.runs.newestFirst({ pipelines }), signal);
    return runs.map((run) => ({ kind: 'run', run }));
  }
  const { runsOfStudy } = await import('../lookup/runs-meant.ts');
  const subjects: Subject[] = [];
  for (const word of call.positionals) {
    const ofStudy = runsOfStudy(cache, word);
    if (ofStudy !== undefined) {
      subjects.push(...[...ofStudy, ...studiesOf(cache, ofStudy)].map((run): Subject => ({ kind: 'run', run })));
      continue;
    }
    const found = await lookUp(cache, /^\d{1,15}$/.test(word) ? `run:${word}` : word, call);
    if (found.kind === 'run') subjects.push({ kind: 'run', run: found.run });
    else if (found.kind === 'state' || found.kind === 'output') subjects.push({ kind: 'state', state: found.state });
    else if (found.kind === 'node') {
      if (found.state === undefined) throw new UsageError(noState(cache.query, found));
      subjects.push({ kind: 'state', state: found.state });
    } else throw new UsageError(`${word} is ${FOUND_WORDS[found.kind]}; push a run, a tag, a node or a state.`);
  }
  return subjects;
}
