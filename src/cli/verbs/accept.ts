/** `restage accept`: declares that what would run means the states that are on record; takes that back; lists it. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EXIT, UsageError } from '../../errors.ts';
import { projectRoot } from '../../identity/environment/package-root.ts';
import { entryIn } from '../../planning/request/find-pipelines.ts';
import { pipelinesAround } from '../../planning/request/project.ts';
import { resolveRequest } from '../../planning/request/resolve-request.ts';
import type { Cache } from '../../store/cache.ts';
import type { StateRecord } from '../../store/query/states.ts';
import { flag, text } from '../arguments/options.ts';
import { COMMON, IDENTITY, OF_PIPELINE } from '../arguments/shared.ts';
import { TOLERANCE, toleranceOf } from '../arguments/tolerance.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { isPipelinePath } from '../lookup/is-pipeline.ts';
import { lookUp } from '../lookup/look-up.ts';
import { refuseBundle, withCache, withWritableCache } from '../lookup/open-cache.ts';
import { pipelineRequest } from '../lookup/pipeline-request.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { screenOf } from '../output/screen.ts';

export const verb: Verb = {
  name: 'accept',
  summary: 'declare that an edit, a backend or a new name changes no result: nodes keep their states on record',
  positionals: [
    {
      name: 'node',
      help: 'nodes that would run (train-fold@fold=3), all instances of one, or a stage (train-fold)',
      optional: true,
      many: true,
      complete: ['recorded nodes'],
    },
  ],
  options: [
    { long: 'message', short: 'm', value: 'WHY', help: 'why it changes no result; every later answer repeats it' },
    { long: 'state', value: 'STATE', help: "accept this state of the stage instead of the node's nearest one" },
    { long: 'renamed', value: 'OLD', help: 'the former name of the node or its stage; nothing else may differ' },
    ...TOLERANCE.map((option) => ({ ...option, help: `for verify: ${option.help}` })),
    { long: 'dry-run', short: 'n', help: 'say what would be accepted, and in what it differs' },
    { long: 'list', short: 'l', help: 'list what was accepted, and what came of it' },
    { long: 'revoke', help: 'take it back, by its number or its node; -m says why' },
    OF_PIPELINE,
    ...IDENTITY,
    ...COMMON,
  ],
  exclusive: [
    ['list', 'revoke'],
    ['list', 'dry-run'],
    ['revoke', 'dry-run'],
    ['state', 'renamed'],
  ],
  examples: [
    "restage accept train-fold -m 'only a log line'",
    "restage accept score --rtol 1e-6 -m 'tfjs-wasm agrees' --backend tfjs-wasm",
    'restage accept --list',
    "restage accept --revoke 3 -m 'it did change the weights'",
  ],
  also: ['neutral', 'touch', 'approve', 'commit'],
  async run(call) {
    if (flag(call, 'list')) await list(call);
    else if (call.positionals.length === 0)
      throw new UsageError(
        'restage accept needs a node; write for example: restage accept train-fold -m "only a log line"',
      );
    else if (flag(call, 'revoke')) await takeBack(call);
    else await declare(call);
    return EXIT.ok;
  },
};

async function list(call: Call): Promise<void> {
  const { equivalenceLines } = await import('../show/equivalence/equivalence.ts');
  await withCache(call, ({ query }) => {
    const equivalences = query.equivalences.list();
    if (flag(call, 'json')) writeJson(call, { kind: 'equivalences', equivalences });
    else writeLines(call.io, equivalenceLines(equivalences, screenOf(call.io)));
  });
}

async function takeBack(call: Call): Promise<void> {
  const { revoke } = await import('../../audit/equivalence/revoke.ts');
  const { revokedLines } = await import('../show/equivalence/equivalence.ts');
  await withWritableCache(call, (cache) => {
    const revoked = revoke(cache, call.positionals, text(call, 'message') ?? '');
    if (flag(call, 'json')) writeJson(call, { kind: 'revoked', equivalences: revoked });
    else writeLines(call.io, revokedLines(revoked));
  });
}

async function declare(call: Call): Promise<void> {
  const dryRun = flag(call, 'dry-run');
  const renamed = text(call, 'renamed');
  const message = text(call, 'message') ?? (renamed === undefined ? undefined : `renamed from ${renamed}`);
  if (message === undefined && !dryRun)
    throw new UsageError(
      'restage accept needs to know why, since every later answer repeats it; add for example -m "only a log line"',
    );
  const tolerance = toleranceOf(call);
  const { accept } = await import('../../audit/equivalence/accept.ts');
  const { acceptedLines } = await import('../show/equivalence/equivalence.ts');
  await (dryRun ? withCache : withWritableCache)(call, async (cache) => {
    refuseBundle(cache);
    const asked = await pipelineRequest(withPipelineFirst(cache, call));
    const request = resolveRequest({ ...asked, cacheDirectory: cache.directory });
    const state = await stateNamed(cache, call);
    const report = await accept(cache, request, { message: message ?? '', tolerance, state, renamed, dryRun });
    if (flag(call, 'json')) writeJson(call, { kind: 'accept', dryRun, message: message ?? null, tolerance, ...report });
    else writeLines(call.io, acceptedLines(report, screenOf(call.io)));
  });
}

/** As other verbs take a pipeline and nodes of it: the pipeline that is meant, and the nodes. @throws UsageError */
function withPipelineFirst(cache: Cache, call: Call): Call {
  const [first = ''] = call.positionals;
  const named = text(call, 'pipeline');
  if (named === undefined && call.positionals.length > 1 && isPipelinePath(call.io, first)) return call;
  return { ...call, positionals: [named ?? pipelineMeant(cache, call), ...call.positionals] };
}

/** The pipeline of this folder, the only one nearby, or that of the latest run. @throws UsageError */
function pipelineMeant({ query, directory }: Cache, { io: { cwd } }: Call): string {
  if (entryIn(cwd) !== undefined) return '.';
  const nearby = pipelinesAround(cwd);
  if (nearby.length === 1) return nearby[0]!;
  const root = projectRoot(cwd);
  const source = query.runs.list({ limit: 1 })[0]?.source;
  if (root !== undefined && source !== undefined && existsSync(join(root, source))) return resolve(root, source);
  throw new UsageError(`The latest run in ${directory} is of a pipeline that is not here; name one with --pipeline.`);
}

async function stateNamed(cache: Cache, call: Call): Promise<StateRecord | undefined> {
  const word = text(call, 'state');
  if (word === undefined) return undefined;
  const found = await lookUp(cache, word, call);
  if ((found.kind === 'state' || found.kind === 'node' || found.kind === 'output') && found.state !== undefined)
    return found.state;
  throw new UsageError(`${word} is not a state; name one by its digest, or a node in a run, such as run:3/score.`);
}
