/**
 * Every error a user can meet, as coded classes.
 *
 * A message is one sentence: what is wrong, where, and what to do. `code` is stable and may be matched on;
 * `exitCode` is what the command line returns for it. Anything else that is thrown is a bug in restage.
 */

export const EXIT = {
  ok: 0,
  stageFailed: 1,
  usage: 2,
  stale: 3,
  diverged: 4,
  cache: 5,
  interrupted: 130,
} as const;

export abstract class RestageError extends Error {
  abstract readonly code: string;
  abstract readonly exitCode: number;

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    // Without a class or a constant at module level: whatever imports one error would have to keep it.
    Object.defineProperty(this, Symbol.for('restage.error'), { value: true });
  }
}

/** Whether it is one of restage's, also of another copy of this module: the bundles of stages have their own. */
export function isRestageError(value: unknown): value is RestageError {
  try {
    return (value as Readonly<Record<symbol, unknown>> | null | undefined)?.[Symbol.for('restage.error')] === true;
  } catch {
    return false;
  }
}

/** Standard output takes nothing more, as on a full disk. That nobody reads it any more is not an error. */
export class StandardOutputError extends RestageError {
  readonly code = 'OUTPUT';
  readonly exitCode = EXIT.cache;
}

/** The pipeline's definition is wrong: found before anything runs. */
export class DefinitionError extends RestageError {
  readonly code: string = 'DEFINITION';
  readonly exitCode = EXIT.usage;
}

/** The wiring has a cycle; `path` lists the nodes on it, first and last the same. */
export class CycleError extends DefinitionError {
  override readonly code = 'CYCLE';
  readonly path: readonly string[];

  constructor(pipeline: string, path: readonly string[]) {
    super(
      `Pipeline ${pipeline} has a cycle: ${path.join(' -> ')}; a node cannot depend on its own output, so remove one of these inputs.`,
    );
    this.path = path;
  }
}

/** A parameter is unknown or of the wrong type. */
export class ParamError extends RestageError {
  readonly code = 'PARAM';
  readonly exitCode = EXIT.usage;
}

/** A value without a canonical form: it cannot enter a cache key or be a JSON output. */
export class UnhashableValueError extends RestageError {
  readonly code = 'UNHASHABLE';
  readonly exitCode = EXIT.usage;
  readonly path: string;

  constructor(path: string, found: string) {
    super(
      `${path.charAt(0).toUpperCase()}${path.slice(1)} is ${found}, which JSON cannot hold; use null, booleans, finite numbers, strings, arrays and plain objects.`,
    );
    this.path = path;
  }
}

/** The command line or the call was wrong: an unknown verb, target, option or file. */
export class UsageError extends RestageError {
  readonly code = 'USAGE';
  readonly exitCode = EXIT.usage;
}

/** The record of a run or a state is longer than what others read from a remote. */
export class RecordTooLongError extends UsageError {}

/** The cache itself is unusable: permission, space, schema version. */
export class CacheError extends RestageError {
  readonly code: string = 'CACHE';
  readonly exitCode = EXIT.cache;
}

/** Another process uses the cache's bytes, so none can be evicted now. */
export class CacheInUseError extends CacheError {
  override readonly code = 'CACHE_IN_USE';
}

/** An artifact's bytes are missing or are not what their digest says. */
export class ArtifactCorruptError extends CacheError {
  override readonly code: string = 'ARTIFACT_CORRUPT';
}

/** An artifact's bytes were evicted by "restage gc": they can be made again. */
export class ArtifactEvictedError extends ArtifactCorruptError {
  override readonly code = 'ARTIFACT_EVICTED';
}

/**
 * What travelled as a part of a record is not one. The message is a clause: who names the file or the remote ends the
 * sentence.
 */
export class SliceError extends CacheError {}

/** Bytes that should be an artifact of some codec are not. */
export class DecodeError extends RestageError {
  readonly code = 'DECODE';
  readonly exitCode = EXIT.stageFailed;
}

/** Bad data, found while running: thrown by stages to fail with one sentence and no stack trace. */
export class DataError extends RestageError {
  readonly code = 'DATA';
  readonly exitCode = EXIT.stageFailed;
}

/** A stage reached something that it does not declare, in a run that does not allow that. */
export class UndeclaredInputError extends RestageError {
  readonly code = 'UNDECLARED';
  readonly exitCode = EXIT.stageFailed;
}

/** A file could not be fetched, or is not the one that is pinned. */
export class DownloadError extends RestageError {
  readonly code = 'DOWNLOAD';
  readonly exitCode = EXIT.stageFailed;
}

/** A compute backend is unavailable. */
export class BackendError extends RestageError {
  readonly code = 'BACKEND';
  readonly exitCode = EXIT.usage;
}

/**
 * The device that an attempt computed on fails: what was computed on it since cannot be trusted, and its process takes
 * no further task.
 */
export class DeviceError extends RestageError {
  readonly code = 'DEVICE';
  readonly exitCode = EXIT.stageFailed;
  /**
   * `lost`: it was taken away or reset; `memory`: it has too little; `misused`: the stage asked for what it cannot do.
   */
  readonly failure: 'lost' | 'memory' | 'misused';

  constructor(failure: DeviceError['failure'], message: string) {
    super(message);
    this.failure = failure;
  }
}

/** A state on record cannot be executed again: something that it was made of is gone. */
export class RepeatError extends RestageError {
  readonly code = 'REPEAT';
  readonly exitCode = EXIT.usage;
}

/** A bundle cannot be made, or a file is not a bundle that can be trusted. */
export class BundleError extends RestageError {
  readonly code = 'BUNDLE';
  readonly exitCode = EXIT.usage;
}

/** A remote did not do what it was asked. */
export class RemoteError extends RestageError {
  readonly code = 'REMOTE';
  readonly exitCode = EXIT.cache;
  /**
   * `denied`: without the right to; `unreachable`: nobody answered, or the answer ended early; `busy`: told to come
   * later; `full`: no space, or over a quota; `foreign`: it belongs to something else than restage, or to a newer one;
   * `damaged`: bytes are not what their digest says; `refused`: any other answer.
   */
  readonly failure: 'denied' | 'unreachable' | 'busy' | 'full' | 'foreign' | 'damaged' | 'refused';

  constructor(failure: RemoteError['failure'], message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.failure = failure;
  }
}

/** Ends an exhaustive switch; reaching it is a bug. */
export function unreachable(value: never): never {
  throw new Error(`internal error: unexpected ${JSON.stringify(value)}`);
}
