/**
 * Evicts bytes that can be made again. Rows stay, so every question about what was made is still answered; only files
 * of objects go. First the record says that they are evicted, and that is on the disk, then they are removed: a process
 * that is killed in between leaves files that are there, which is always right.
 */
import { evictAlone, type EvictingUse } from '../../coordination/cache-use.ts';
import { AttemptHandles } from '../../coordination/attempt-handles.ts';
import { Leases } from '../../coordination/leases.ts';
import { ownerWords } from '../../coordination/owner.ts';
import { asCacheError, openDatabase, type SqliteDatabase } from '../../database/database.ts';
import { openToLook } from '../../database/open-to-look.ts';
import { ObjectStore } from '../../objects/object-store.ts';
import { EvictionWriter } from '../../record/evictions.ts';
import { CacheInUseError } from '../../../errors.ts';
import { removeAbandoned } from '../abandoned.ts';
import { type FilesUse, filesUse } from '../files-use.ts';
import { chooseEvictions, type Chosen } from './choose-evictions.ts';
import { type Holdings, holdingsOf, type KeptFiles, objectFiles } from './holdings.ts';
import { type ToldState, toldStates } from './told-states.ts';

export interface CollectRequest {
  readonly keepRuns: number;
  /** Evicts no more than is needed for the objects to take so many bytes; null: all that nothing keeps. */
  readonly maxBytes: number | null;
  /** Says what would go, and changes nothing. */
  readonly dryRun: boolean;
  readonly now?: number;
}

/** A state whose bytes go. */
export interface EvictedState extends ToldState {
  readonly files: number;
  readonly bytes: number;
  /** What it takes to make it again, with what is gone by its turn. */
  readonly seconds: number;
}

export interface CollectReport {
  readonly maxBytes: number | null;
  readonly keepRuns: number;
  readonly dryRun: boolean;
  /** All objects, before and after. */
  readonly before: FilesUse;
  readonly after: FilesUse;
  /** In the order of eviction. */
  readonly evicted: readonly EvictedState[];
  /** How long the evicted states took to make, each once, in seconds. */
  readonly seconds: number;
  /** Objects that no row named. */
  readonly unrecorded: FilesUse;
  /** What stays, and why; the largest first. */
  readonly kept: readonly KeptFiles[];
}

/** The default of how many of the latest runs of each pipeline keep their bytes. */
export const KEEP_RUNS = 10;

/** So many files are removed within the time in which an owner has to show that it is alive. */
const BATCH = 500;

/** @throws CacheInUseError if another process uses the cache's bytes; CacheError if the cache cannot be written */
export function collect(directory: string, request: CollectRequest): CollectReport {
  try {
    if (!request.dryRun) return collectNow(directory, request);
    const db = openToLook(directory);
    try {
      return reportOf(db, planned(db, directory, request), request);
    } finally {
      db.close();
    }
  } catch (error) {
    throw asCacheError(error, directory);
  }
}

function collectNow(directory: string, request: CollectRequest): CollectReport {
  const db = openDatabase(directory);
  try {
    // A row that a crash of the machine takes back would turn an evicted file into a lost one.
    db.pragma('synchronous = FULL');
    const use = evictAlone(new Leases(db, Date.now), (owner) => wordsOf(db, owner));
    try {
      refuseAttemptsElsewhere(db, directory);
      removeAbandoned(directory);
      const plan = planned(db, directory, request);
      carryOut(db, directory, plan, use);
      return reportOf(db, plan, request);
    } finally {
      use.release();
    }
  } finally {
    db.close();
  }
}

interface CollectPlan {
  readonly holdings: Holdings;
  readonly chosen: readonly Chosen[];
}

function planned(db: SqliteDatabase, directory: string, request: CollectRequest): CollectPlan {
  const { keepRuns, maxBytes, now = Date.now() } = request;
  const files = objectFiles(directory);
  const holdings = db.transaction(() => holdingsOf(db, { directory, files, keepRuns, now }))();
  const { candidates, lineage, objects, unrecorded } = holdings;
  const left = objects.bytes - filesUse(unrecorded.map(({ bytes }) => bytes)).bytes;
  const wanted = maxBytes === null ? Number.POSITIVE_INFINITY : left - maxBytes;
  return { holdings, chosen: chooseEvictions(candidates, lineage, wanted) };
}

function carryOut(db: SqliteDatabase, directory: string, { holdings, chosen }: CollectPlan, use: EvictingUse): void {
  const objects = new ObjectStore(directory);
  const evictions = new EvictionWriter(db);
  // Nothing else runs in this process meanwhile, no timer either.
  use.renew();
  for (const artifact of holdings.returned) evictions.returnedRow(artifact);
  for (const batch of batches(holdings.unrecorded)) {
    use.renew();
    for (const { digest } of batch) objects.remove(digest);
  }
  for (const batch of batches(chosen.flatMap((each) => each.artifacts))) {
    use.renew();
    evictions.add(batch, Date.now());
    for (const artifact of batch) objects.remove(holdings.digestOf(artifact));
  }
}

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += BATCH) yield items.slice(at, at + BATCH);
}

function reportOf(
  db: SqliteDatabase,
  { holdings, chosen }: CollectPlan,
  { keepRuns, maxBytes, dryRun }: CollectRequest,
): CollectReport {
  const { objects: before, unrecorded, kept, lineage } = holdings;
  const told = toldStates(
    db,
    chosen.map(({ state }) => state),
  );
  const garbage = filesUse(unrecorded.map((each) => each.bytes));
  const files = garbage.files + chosen.reduce((total, { artifacts }) => total + artifacts.length, 0);
  const bytes = garbage.bytes + chosen.reduce((total, each) => total + each.bytes, 0);
  return {
    ...{ maxBytes, keepRuns, dryRun, before, kept },
    after: { files: before.files - files, bytes: before.bytes - bytes },
    evicted: chosen.map((each) => {
      const { bytes: free, seconds } = each;
      return { ...told.get(each.state)!, files: each.artifacts.length, bytes: free, seconds };
    }),
    seconds: chosen.reduce((total, { state }) => total + lineage.seconds(state), 0),
    unrecorded: garbage,
  };
}

/** `run 3 (process 4711)`; the process alone where it makes no run, as one that verifies. */
function wordsOf(db: SqliteDatabase, owner: string): string {
  const run = db
    .prepare<[string], number>(
      `SELECT id FROM run WHERE owner = ? AND NOT EXISTS (SELECT 1 FROM run_end e WHERE e.run = run.id)
       ORDER BY id DESC LIMIT 1`,
    )
    .pluck()
    .get(owner);
  return run === undefined ? ownerWords(owner) : `run ${run} (${ownerWords(owner)})`;
}

/** An attempt may go on where its run has ended, and reads its inputs whenever it likes. @throws CacheInUseError */
function refuseAttemptsElsewhere(db: SqliteDatabase, directory: string): void {
  const isMade = db.prepare<[Buffer], number>('SELECT 1 FROM state WHERE key = ?').pluck();
  const open = new AttemptHandles(directory).keys().find((key) => isMade.get(Buffer.from(key, 'hex')) === undefined);
  if (open === undefined) return;
  throw new CacheInUseError(
    `Nothing is evicted, since an attempt that a run submitted elsewhere may still read its inputs; run again, and the run takes it over. "restage fsck --repair" removes what nobody has come back for in 30 days.`,
  );
}
