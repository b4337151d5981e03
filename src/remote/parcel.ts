/**
 * What a run or a state consists of when it travels: its slice of the record, the objects that this names, and the
 * entry.
 */
import { type Digest, sha256, short } from '../core/identity/digest.ts';
import { ArtifactCorruptError, RecordTooLongError, UsageError } from '../errors.ts';
import type { Cache } from '../store/cache.ts';
import { hashFile } from '../store/files/hash-file.ts';
import type { RunRecord } from '../store/query/runs.ts';
import type { StateRecord } from '../store/query/states.ts';
import { cutSlice } from '../store/slice/cut-slice.ts';
import { type RecordSlice, sliceText } from '../store/slice/record-slice.ts';
import { type EntryFacts, type StoredBytes, writeEntry, type WrittenEntry } from './entry.ts';

/** What is pushed, by ids of rows. */
export type Subject =
  { readonly kind: 'run'; readonly run: RunRecord } | { readonly kind: 'state'; readonly state: StateRecord };

export interface Parcel {
  /** How it is called here. */
  readonly name: string;
  readonly record: Buffer;
  readonly entry: WrittenEntry;
  readonly objects: readonly StoredBytes[];
  /** Objects on record whose bytes are not in this cache. */
  readonly missing: readonly StoredBytes[];
}

/**
 * @param longest how long its record may be. @throws UsageError for a run that has no end, RecordTooLongError,
 * CacheError
 */
export function parcelOf(cache: Cache, subject: Subject, longest: number): Parcel {
  const slice = cutSlice(cache.directory, rootsOf(subject));
  const record = Buffer.from(sliceText(slice));
  const name = nameOf(subject);
  const advice =
    subject.kind === 'run' ? 'push its states one by one' : 'share a copy of the cache, which "restage backup" makes';
  requireReadable(record, longest, name, advice);
  const named = objectsIn(slice);
  const objects = named.filter(({ digest, bytes }) => cache.objects.has(digest, bytes));
  const entry = writeEntry({
    kind: subject.kind,
    id: subject.kind === 'run' ? cache.query.runs.idInAllCaches(subject.run.id) : subject.state.key,
    ...factsOf(cache, subject),
    schema: slice.schema,
    record: { digest: sha256(record), bytes: record.length },
    objects,
  });
  return { name, record, entry, objects, missing: named.filter((each) => !objects.includes(each)) };
}

/** That others will read a record of this length. @param name of what it tells. @throws RecordTooLongError */
export function requireReadable(record: Uint8Array, longest: number, name: string, advice: string): void {
  if (record.length > longest)
    throw new RecordTooLongError(
      `The record of ${name} has ${record.length} bytes, logs and metrics included, and ${longest} may travel at once; ${advice}.`,
    );
}

/**
 * That its bytes are what its digest says: others could never be taken back from the remote. @throws
 * ArtifactCorruptError
 */
export async function requireIntact({ objects }: Cache, { digest }: StoredBytes): Promise<void> {
  if ((await hashFile(objects.path(digest))) === digest) return;
  throw new ArtifactCorruptError(
    `The artifact ${short(digest)} at ${objects.path(digest)} does not hold what was stored, so it was not pushed; run again, and it will be made again.`,
  );
}

function rootsOf(subject: Subject): Parameters<typeof cutSlice>[1] {
  const nothing = { states: [], runs: [], wholeRuns: [], withLater: true };
  return subject.kind === 'run'
    ? { ...nothing, wholeRuns: [subject.run.id] }
    : { ...nothing, states: [subject.state.id] };
}

function nameOf(subject: Subject): string {
  if (subject.kind === 'state') return `the state ${short(subject.state.key)} of ${subject.state.stage}`;
  const { id, outcome } = subject.run;
  if (outcome === 'running' || outcome === 'died')
    throw new UsageError(
      `run:${id} has no end: it is running, or its process died; only runs that have ended are pushed, and any of its states by a reference.`,
    );
  return `run:${id}`;
}

/**
 * All that restage keeps as files: outputs, code and traces. Input files stay where they are, and only their digests
 * travel.
 */
function objectsIn({ tables }: RecordSlice): readonly StoredBytes[] {
  const artifacts = tables.find(({ table }) => table === 'artifact')!;
  const [digest, bytes, place] = ['digest', 'bytes', 'place'].map((column) => artifacts.columns.indexOf(column));
  return artifacts.rows
    .filter((row) => row[place!] === 'object')
    .map((row) => ({ digest: (row[digest!] as Buffer).toString('hex') as Digest, bytes: row[bytes!] as number }))
    .sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

function factsOf({ query }: Cache, subject: Subject): EntryFacts {
  if (subject.kind === 'state') {
    const { state } = subject;
    const { run, node } = query.attempts.get(state.attempt)!;
    return {
      ...ofRun(query.runs.get(run)!),
      tags: query.tags.of({ state: state.id }),
      nodes: [{ node, state: state.key }],
    };
  }
  const nodes = query.visits
    .ofRun(subject.run.id)
    .flatMap(({ node, state }) => (state === null ? [] : [{ node, state: state.key }]));
  return { ...ofRun(subject.run), tags: query.tags.of({ run: subject.run.id }), nodes };
}

function ofRun({ pipeline, source, startedAt, outcome }: RunRecord): Omit<EntryFacts, 'tags' | 'nodes'> {
  return { pipeline, source, startedAt, outcome };
}
