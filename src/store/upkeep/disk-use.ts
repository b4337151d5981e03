/**
 * What takes up space in a cache directory: its files by kind, and recorded bytes by the pipeline and stage that made
 * them.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../core/identity/digest.ts';
import { asCacheError, DATABASE_FILE, type SqliteDatabase } from '../database/database.ts';
import { openToLook } from '../database/open-to-look.ts';
import { namesIn } from '../files/temporary-files.ts';
import { objectsInWriting } from '../objects/object-store.ts';
import { type FilesUse, filesUse } from './files-use.ts';
import { KEEP_RUNS } from './gc/collect.ts';
import { holdingsOf, objectFiles } from './gc/holdings.ts';
import { toldStates } from './gc/told-states.ts';

/** What the states of a stage take. An artifact that several states have belongs to the earliest of them alone. */
export interface StageUse {
  readonly pipeline: string;
  readonly stage: string;
  readonly states: number;
  /** How long its states took to make, in seconds. */
  readonly seconds: number;
  /** Files of the object store that are there, and their lengths. */
  readonly objects: number;
  readonly objectBytes: number;
  /** Of the bytes in files, what `gc` would free. */
  readonly evictableBytes: number;
  /** Bytes of outputs in the database. */
  readonly inlineBytes: number;
}

export interface DiskUse {
  /** All of the kinds below. */
  readonly bytes: number;
  /** The database with its log, in bytes. */
  readonly databaseBytes: number;
  readonly objects: FilesUse;
  readonly downloads: FilesUse;
  /** Objects that are being written, or were left by a process that died. */
  readonly unfinished: FilesUse;
  /** Of the objects, the code of stages and its sources. */
  readonly code: FilesUse;
  /** Of the objects, those that no row of the record names: nothing on record needs them. */
  readonly unrecorded: FilesUse;
  /** Of the objects, those that `gc` would evict without any options. */
  readonly evictable: FilesUse;
  /** The largest first. */
  readonly stages: readonly StageUse[];
}

/** Reads the record and the lengths of the files, and no content. @throws CacheError */
export function diskUse(directory: string): DiskUse {
  try {
    const db = openToLook(directory);
    try {
      return measure(db, directory);
    } finally {
      db.close();
    }
  } catch (error) {
    throw asCacheError(error, directory);
  }
}

function measure(db: SqliteDatabase, directory: string): DiskUse {
  const present = objectFiles(directory);
  const unrecorded = new Map(present);
  const stages = new Map(statesByStage(db).map((use) => [nameOf(use), { ...use }]));
  const objects = filesUse(present.values());
  const code = { files: 0, bytes: 0 };
  for (const { digest, bytes, place, pipeline, stage } of recorded(db)) {
    const name = digest.toString('hex') as Digest;
    const file = place === 'object' ? present.get(name) : undefined;
    unrecorded.delete(name);
    const use = pipeline === null || stage === null ? undefined : stages.get(nameOf({ pipeline, stage }));
    if (use === undefined) {
      if (file === undefined) continue;
      code.files++;
      code.bytes += file;
    } else if (place === 'inline') use.inlineBytes += bytes;
    else if (file !== undefined) {
      use.objects++;
      use.objectBytes += file;
    }
  }
  const { candidates } = holdingsOf(db, { directory, files: present, keepRuns: KEEP_RUNS, now: Date.now() });
  const told = toldStates(
    db,
    candidates.map(({ state }) => state),
  );
  for (const { state, bytes } of candidates) stages.get(nameOf(told.get(state)!))!.evictableBytes += bytes;
  const databaseBytes = filesUse(
    ['', '-wal', '-shm', '-journal'].flatMap((suffix) => lengthOf(join(directory, DATABASE_FILE + suffix)) ?? []),
  ).bytes;
  const downloads = filesIn(join(directory, 'downloads'));
  const unfinished = filesIn(objectsInWriting(directory));
  return {
    bytes: databaseBytes + objects.bytes + downloads.bytes + unfinished.bytes,
    databaseBytes,
    objects,
    downloads,
    unfinished,
    code,
    unrecorded: filesUse(unrecorded.values()),
    evictable: {
      files: candidates.reduce((files, { artifacts }) => files + artifacts.length, 0),
      bytes: candidates.reduce((total, { bytes }) => total + bytes, 0),
    },
    stages: [...stages.values()].sort((a, b) => b.objectBytes + b.inlineBytes - a.objectBytes - a.inlineBytes),
  };
}

type Counted = { -readonly [K in keyof StageUse]: StageUse[K] };

function statesByStage(db: SqliteDatabase): readonly Counted[] {
  return db
    .prepare<[], Counted>(
      `SELECT pipeline.text AS pipeline, stage.text AS stage, count(*) AS states, sum(state.seconds) AS seconds,
              0 AS objects, 0 AS objectBytes, 0 AS evictableBytes, 0 AS inlineBytes
       FROM state JOIN attempt ON attempt.id = state.attempt JOIN run ON run.id = attempt.run
       JOIN name AS pipeline ON pipeline.id = run.pipeline JOIN name AS stage ON stage.id = state.stage
       GROUP BY pipeline.id, stage.id ORDER BY pipeline.text, stage.text`,
    )
    .all();
}

interface RecordedArtifact {
  readonly digest: Buffer;
  readonly bytes: number;
  readonly place: 'inline' | 'object';
  readonly pipeline: string | null;
  readonly stage: string | null;
}

function recorded(db: SqliteDatabase): Iterable<RecordedArtifact> {
  return db
    .prepare<[], RecordedArtifact>(
      `SELECT artifact.digest, artifact.bytes, artifact.place, pipeline.text AS pipeline, stage.text AS stage
       FROM artifact
       LEFT JOIN (SELECT artifact, min(state) AS state FROM state_output GROUP BY artifact) AS first
         ON first.artifact = artifact.id
       LEFT JOIN state ON state.id = first.state LEFT JOIN attempt ON attempt.id = state.attempt
       LEFT JOIN run ON run.id = attempt.run LEFT JOIN name AS pipeline ON pipeline.id = run.pipeline
       LEFT JOIN name AS stage ON stage.id = state.stage
       WHERE artifact.place <> 'external'`,
    )
    .iterate();
}

function nameOf({ pipeline, stage }: Pick<StageUse, 'pipeline' | 'stage'>): string {
  return JSON.stringify([pipeline, stage]);
}

function filesIn(directory: string): FilesUse {
  return filesUse(namesIn(directory).flatMap((name) => lengthOf(join(directory, name)) ?? []));
}

/** Undefined for what is not a file, or went away meanwhile. */
function lengthOf(path: string): number | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true ? stat.size : undefined;
}
