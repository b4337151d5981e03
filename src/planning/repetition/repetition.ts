/**
 * A state on record as work that can be executed again: its code, parameters, seed and inputs, all from the record.
 * What the record only names (packages, the backend, files, variables) is taken as it is now, and told where it
 * differs.
 */
import { statSync } from 'node:fs';
import { EFFECTS, type Effect } from '../../core/authoring/access.ts';
import type { RemoteFile } from '../../core/authoring/file-ref.ts';
import type { Output } from '../../core/artifact/artifact.ts';
import { diffFields, type Field, type FieldChange } from '../../core/identity/cache-key.ts';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { type CacheKey, type Digest, short } from '../../core/identity/digest.ts';
import { BackendError, DefinitionError, RepeatError } from '../../errors.ts';
import { type BackendSearch, resolveRecorded } from '../../identity/compute/backend.ts';
import type { BackendIdentity } from '../../core/identity/backend-identity.ts';
import { type DeclaredRead, declaredReads } from '../../identity/declared-reads.ts';
import { fieldMaker } from '../../identity/node-fields.ts';
import { isSecretField, isSecretVariable } from '../../identity/secret-fields.ts';
import type { Secrets } from '../../identity/secrets.ts';
import { repeatedSecrets } from './repeated-secrets.ts';
import { paramsOf } from '../../identity/param-fields.ts';
import type { Cache } from '../../store/cache.ts';
import { downloadPath } from '../../store/coordination/downloads.ts';
import type { EquivalenceRecord } from '../../store/query/equivalences.ts';
import type { StateRecord } from '../../store/query/states.ts';
import type { StateInput } from '../../store/record/facts.ts';
import { type RecordedCode, recordedCode } from './recorded-code.ts';

export interface Repetition {
  readonly state: CacheKey;
  /** The node and the run that made it. */
  readonly node: string;
  readonly run: number;
  readonly stage: string;
  readonly code: RecordedCode;
  readonly params: CanonicalValue;
  /** Null for a stage without random streams. */
  readonly seed: Digest | null;
  readonly inputs: readonly RepeatedInput[];
  /** As they are on record. */
  readonly outputs: readonly Output[];
  readonly backend: BackendIdentity | null;
  readonly devices: readonly string[];
  /** The declared environment variables by name; undefined for one that is not set. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What is secret of its parameters and variables, as it is now and was then; absent if nothing is. */
  readonly secrets?: Secrets;
  /** Names of the declared variables that are secrets. */
  readonly variables?: readonly string[];
  readonly reads: readonly DeclaredRead[];
  /** Those that the state is known to depend on. */
  readonly effects: readonly Effect[];
  /** What is not as it was: `dep.zod`, `runtime`, `backend`, `env.TOKEN`. */
  readonly differences: readonly FieldChange[];
}

export interface RepeatedInput {
  readonly slot: string;
  readonly index: number | null;
  readonly digest: Digest;
  readonly bytes: number;
  readonly from:
    { readonly state: CacheKey; readonly output: string } | { readonly path: string; readonly remote?: RemoteFile };
}

export interface RepeatPlace {
  /** Directory of the project, which has the packages. */
  readonly root: string;
  readonly search: BackendSearch;
  /** Where a file with this content lies, other than where it was; undefined for one that lies where it was. */
  readonly fileOf?: (digest: Digest) => string | undefined;
  /** Whether the record is that of another cache: its digests of secrets say nothing here. */
  readonly isElsewhere?: boolean;
}

/** What is executed, as the record has it. */
interface Work {
  readonly key: CacheKey;
  readonly stage: string;
  readonly code: Digest;
  readonly fields: readonly Field[];
  readonly inputs: readonly StateInput[];
}

/** @throws RepeatError */
export function repetitionOf(cache: Cache, state: StateRecord, place: RepeatPlace): Promise<Repetition> {
  const { query } = cache;
  const { key, stage, code } = state;
  const [fields, inputs] = [query.states.fields(state.id), query.lineage.inputs(state.id)];
  return repeatable(cache, { key, stage, code: code.digest, fields, inputs }, state, place);
}

/**
 * What the key of an equivalence stands for: the code, parameters and inputs for which the state was accepted. Its
 * outputs are those of the state. @throws RepeatError
 */
export function equivalentRepetitionOf(
  cache: Cache,
  { id, key, stage, code, state }: EquivalenceRecord,
  place: RepeatPlace,
): Promise<Repetition> {
  const { states, equivalences } = cache.query;
  const accepted = states.get(states.byKey(state)!.id)!;
  const { fields, inputs } = equivalences.workOf(id);
  const taken = inputs ?? cache.query.lineage.inputs(accepted.id);
  return repeatable(cache, { key, stage, code, fields, inputs: taken }, accepted, place);
}

/** @param state the one that has the outputs, and says who made them */
async function repeatable(
  cache: Cache,
  { key, stage, code: digest, fields, inputs }: Work,
  state: StateRecord,
  { root, search, fileOf = () => undefined, isElsewhere = false }: RepeatPlace,
): Promise<Repetition> {
  const { query } = cache;
  const { node, run } = query.attempts.get(state.attempt)!;
  const params = paramsOf(fields, (digest) => query.states.previews(digest));
  if ('unknown' in params)
    throw new RepeatError(
      `The value of ${params.unknown} of state ${short(key)} is not on record: an older restage cut it off; run ${node} again.`,
    );
  const code = await recordedCode(cache, digest, root);
  const namesOf = (prefix: string): readonly string[] =>
    fields.flatMap(({ name }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  const variables = fields.flatMap((field) =>
    field.name.startsWith('env.') && isSecretVariable(field) ? [field.name.slice('env.'.length)] : [],
  );
  const open = namesOf('env.').filter((name) => !variables.includes(name));
  const env = Object.fromEntries(open.map((name) => [name, process.env[name]]));
  const found = repeatedSecrets({ params: params.params, variables, fields, node, root, cache, isElsewhere });
  const secrets = found.size === 0 ? {} : { secrets: found };
  const reads = await readsNow(cache, root, stage, namesOf('reads.'));
  const compute = await computeNow(fields, search);
  const backend = compute?.backend ?? null;
  const conditions = {
    seed: 0,
    backend,
    nodeMajor: Number.parseInt(process.versions.node, 10),
    env,
    reads,
    ...secrets,
  };
  const now = fieldMaker(conditions, new Map([[stage, code]])).of({
    id: node,
    stage,
    random: false,
    compute: backend !== null,
    env: [...open, ...variables],
    secrets: variables,
    reads: [...reads.keys()],
    params: params.params,
  });
  const isCompared = (field: Field): boolean => !isElsewhere || !isSecretField(field);
  const before = fields.filter((field) => field.name !== 'seed' && !field.name.startsWith('in.') && isCompared(field));
  return {
    state: key,
    node,
    run,
    stage,
    code,
    params: params.params,
    seed: fields.find(({ name }) => name === 'seed')?.digest ?? null,
    inputs: await Promise.all(inputs.map((input) => inputOf(cache, node, input, fileOf(input.digest)))),
    outputs: query.states.outputs(state.id),
    backend,
    devices: compute?.devices ?? [],
    env,
    ...secrets,
    variables,
    reads: [...reads.values()],
    effects: EFFECTS.filter((effect) =>
      query.accesses.of(state.id).accesses.some(({ kind, declared }) => declared && kind === effect),
    ),
    differences: diffFields(before, now.filter(isCompared)),
  };
}

async function inputOf(
  cache: Cache,
  node: string,
  { slot, index, digest, bytes, from }: StateInput,
  file: string | undefined,
): Promise<RepeatedInput> {
  const input = { slot, index, digest, bytes };
  if (!('path' in from)) return { ...input, from: { state: from.state, output: from.output } };
  if (file !== undefined) return { ...input, from: { path: file } };
  if (/^https?:/.test(from.path)) return { ...input, from: downloaded(cache, from.path, digest, bytes) };
  const now = await cache.memos.fileDigest(from.path).catch(() => undefined);
  if (now?.digest !== digest)
    throw new RepeatError(
      `Input ${slot} of node ${node} was the file ${from.path}, which ${now === undefined ? 'is not there any more' : 'has other content now'}; put it back as it was.`,
    );
  return { ...input, from: { path: from.path } };
}

function downloaded(cache: Cache, url: string, sha256: Digest, bytes: number): RepeatedInput['from'] {
  const path = downloadPath(cache.directory, sha256);
  if (statSync(path, { throwIfNoEntry: false })?.size === bytes) return { path };
  // The record does not say how the server sends it; the pinned digest decides.
  const encoding = /\.gz(?:$|[?#])/.test(url) ? 'gzip' : 'identity';
  return { path, remote: { url, sha256, bytes, encoding, otherwise: 'put the file into the cache by other means' } };
}

async function readsNow(
  cache: Cache,
  root: string,
  stage: string,
  reads: readonly string[],
): Promise<ReadonlyMap<string, DeclaredRead>> {
  try {
    return await declaredReads(cache.memos, root, [{ stage, reads }]);
  } catch (cause) {
    throw cause instanceof DefinitionError ? new RepeatError(cause.message, { cause }) : cause;
  }
}

/** The backend that the state was computed with, as it is now. */
async function computeNow(fields: readonly Field[], search: BackendSearch) {
  const preview = fields.find(({ name }) => name === 'backend')?.preview;
  if (preview === undefined) return null;
  const [, name = '', device = ''] = /^(\S+) .* on (.+)$/.exec(preview) ?? [];
  try {
    return await resolveRecorded(name, device, search);
  } catch (cause) {
    throw cause instanceof BackendError ? new RepeatError(cause.message, { cause }) : cause;
  }
}
