/** What the object store of a cache holds, sorted by what may become of it: kept, evictable, or on nobody's record. */
import { statSync } from 'node:fs';
import type { Digest } from '../../../core/identity/digest.ts';
import type { SqliteDatabase } from '../../database/database.ts';
import { ObjectStore, type StoredObject } from '../../objects/object-store.ts';
import { type FilesUse, filesUse } from '../files-use.ts';
import type { Candidate, Lineage } from './choose-evictions.ts';
import { KEPT_BECAUSE, type KeptBecause, keptStates } from './kept-states.ts';
import { madeInputs } from './repeatable-states.ts';

/**
 * Files that stay, and why. `record`: code, traces and tables of effects, which belong to restage's own record.
 * `replaced`: former outputs of states that have come to other bytes since, so nobody can make these again; and in
 * caches of before December 2026 the sources of edits that changed no code.
 */
export interface KeptFiles extends FilesUse {
  readonly because: KeptBecause | 'record' | 'replaced';
}

export interface Holdings {
  /** All objects that are there. */
  readonly objects: FilesUse;
  /** What takes most comes first; reasons that keep nothing are left out. */
  readonly kept: readonly KeptFiles[];
  readonly candidates: readonly Candidate[];
  readonly lineage: Lineage;
  /** The digest of an artifact, by the id of its row. */
  readonly digestOf: (artifact: number) => Digest;
  /** Objects that no row names, left by processes that died. */
  readonly unrecorded: readonly StoredObject[];
  /** Ids of artifacts that were evicted, and whose bytes are there again. */
  readonly returned: readonly number[];
}

export interface HoldingsOptions {
  readonly directory: string;
  /** The objects that are there, with their lengths, as they were before anything was read of the record. */
  readonly files: ReadonlyMap<Digest, number>;
  readonly keepRuns: number;
  readonly now: number;
}

/** An object younger than this may belong to a process that is about to record it. */
const SETTLED_MS = 3_600_000;

interface ArtifactRow {
  readonly id: number;
  readonly digest: Digest;
  readonly bytes: number;
}

/**
 * To be asked before the record: an object that is recorded meanwhile then has its row, and does not count as
 * unrecorded.
 */
export function objectFiles(directory: string): ReadonlyMap<Digest, number> {
  const files = new Map<Digest, number>();
  for (const { digest, bytes } of new ObjectStore(directory).list()) files.set(digest, bytes);
  return files;
}

export function holdingsOf(db: SqliteDatabase, { directory, files, keepRuns, now }: HoldingsOptions): Holdings {
  const store = new ObjectStore(directory);
  const artifacts = new Map(
    db
      .prepare<[], ArtifactRow>(
        "SELECT id, lower(hex(digest)) AS digest, bytes FROM artifact WHERE place = 'object' ORDER BY id",
      )
      .all()
      .map((row) => [row.id, row]),
  );
  const isThere = (id: number): boolean => {
    const row = artifacts.get(id);
    return row !== undefined && files.has(row.digest);
  };
  const states = keptStates(db, { directory, keepRuns, isThere });
  const { kept, makers } = ownersOf(db, { artifacts, isThere, states });
  const onRecord = new Set([...artifacts.values()].map(({ digest }) => digest));
  return {
    objects: filesUse(files.values()),
    kept: summary(kept, (id) => artifacts.get(id)!.bytes),
    candidates: candidatesOf(makers, (id) => artifacts.get(id)!.bytes),
    lineage: lineageOf(db, isThere),
    digestOf: (id) => artifacts.get(id)!.digest,
    unrecorded: [...files].flatMap(([digest, bytes]) =>
      !onRecord.has(digest) && isSettled(store.path(digest), now) ? [{ digest, bytes }] : [],
    ),
    returned: db.prepare<[], number>('SELECT artifact FROM eviction').pluck().all().filter(isThere),
  };
}

/** Why each artifact that is there is kept, or which state may lose it: of several that have it, the earliest. */
function ownersOf(
  db: SqliteDatabase,
  {
    artifacts,
    isThere,
    states,
  }: {
    readonly artifacts: ReadonlyMap<number, ArtifactRow>;
    readonly isThere: (artifact: number) => boolean;
    readonly states: ReadonlyMap<number, KeptBecause>;
  },
): { readonly kept: ReadonlyMap<number, KeptFiles['because']>; readonly makers: ReadonlyMap<number, number> } {
  const kept = new Map<number, KeptFiles['because']>();
  const makers = new Map<number, number>();
  for (const { state, artifact } of outputs(db)) {
    if (!isThere(artifact)) continue;
    const because = states.get(state);
    const before = kept.get(artifact) as KeptBecause | undefined;
    if (because === undefined) {
      if (!makers.has(artifact)) makers.set(artifact, state);
    } else if (before === undefined || KEPT_BECAUSE.indexOf(because) < KEPT_BECAUSE.indexOf(before))
      kept.set(artifact, because);
  }
  const ofRecord = new Set(db.prepare<[], number>(OF_RECORD).pluck().all());
  for (const id of artifacts.keys()) {
    if (!isThere(id) || kept.has(id)) continue;
    if (ofRecord.has(id)) kept.set(id, 'record');
    // What made it has come to other bytes since. Some state may still have it as an input.
    else if (!makers.has(id)) kept.set(id, 'replaced');
  }
  return { kept, makers: new Map([...makers].filter(([artifact]) => !kept.has(artifact))) };
}

const OF_RECORD = `SELECT bundle FROM code UNION SELECT artifact FROM code_source UNION SELECT artifact FROM state_trace
  UNION SELECT inputs FROM effect_table UNION SELECT content FROM effect_table`;

function outputs(db: SqliteDatabase): Iterable<{ readonly state: number; readonly artifact: number }> {
  return db
    .prepare<[], { state: number; artifact: number }>('SELECT state, artifact FROM state_output ORDER BY state, name')
    .all();
}

function candidatesOf(
  makers: ReadonlyMap<number, number>,
  bytesOf: (artifact: number) => number,
): readonly Candidate[] {
  const byState = new Map<number, number[]>();
  for (const [artifact, state] of makers) {
    const known = byState.get(state);
    if (known === undefined) byState.set(state, [artifact]);
    else known.push(artifact);
  }
  return [...byState].map(([state, artifacts]) => ({
    state,
    artifacts,
    bytes: filesUse(artifacts.map(bytesOf)).bytes,
  }));
}

function lineageOf(db: SqliteDatabase, isThere: (artifact: number) => boolean): Lineage {
  const inputs = new Map<number, { producer: number; artifact: number }[]>();
  for (const { state, ...input } of madeInputs(db)) {
    const known = inputs.get(state);
    if (known === undefined) inputs.set(state, [input]);
    else known.push(input);
  }
  const seconds = new Map(
    db
      .prepare<[], { id: number; seconds: number }>('SELECT id, seconds FROM state')
      .all()
      .map(({ id, seconds: took }) => [id, took]),
  );
  return {
    inputs: (state) => inputs.get(state) ?? [],
    seconds: (state) => seconds.get(state)!,
    isGone: (artifact) => !isThere(artifact),
  };
}

function summary(
  kept: ReadonlyMap<number, KeptFiles['because']>,
  bytesOf: (artifact: number) => number,
): readonly KeptFiles[] {
  const sums = new Map<KeptFiles['because'], { files: number; bytes: number }>();
  for (const [artifact, because] of kept) {
    const { files, bytes } = sums.get(because) ?? { files: 0, bytes: 0 };
    sums.set(because, { files: files + 1, bytes: bytes + bytesOf(artifact) });
  }
  return [...sums].map(([because, use]) => ({ because, ...use })).sort((a, b) => b.bytes - a.bytes);
}

function isSettled(path: string, now: number): boolean {
  const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return changed !== undefined && now - changed >= SETTLED_MS;
}
