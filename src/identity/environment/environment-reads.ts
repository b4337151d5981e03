/**
 * Which environment variables code reads while it is imported and called. A pipeline's `build` may read some, and a
 * memoised graph must depend on them as it depends on files. Only digests of values are kept, since values may be
 * secrets.
 */
import { syncBuiltinESMExports } from 'node:module';
import { type Digest, sha256 } from '../../core/identity/digest.ts';

/** Names with the digests of their values; null for one that is not set. */
export type EnvironmentReads = readonly (readonly [name: string, digest: Digest | null])[];

type Environment = Readonly<Record<string, string | undefined>>;

/** Stands for the list of all names, if code reads that list: no variable has this name. */
const NAMES = '';

export function environmentDigest(name: string, environment: Environment = real ?? process.env): Digest | null {
  const value = name === NAMES ? JSON.stringify(Object.keys(environment).sort()) : environment[name];
  return value === undefined ? null : sha256('restage/environment/v1\0', value);
}

export function isSameEnvironment(reads: EnvironmentReads): boolean {
  return reads.every(([name, digest]) => environmentDigest(name) === digest);
}

type Recording = Map<string, Digest | null>;

/** The recordings in progress: a script may load two pipelines at once, and each gets the reads of both. */
const recordings = new Set<Recording>();
/** The real environment while `process.env` is the watched one. */
let real: NodeJS.ProcessEnv | undefined;
/** The variables that the code itself has set: reading them says nothing about the given environment. */
const written = new Set<string>();

/** Does the work, and returns what it read from the environment. */
export async function recordingReads<T>(
  work: () => T | Promise<T>,
): Promise<{ readonly result: T; readonly reads: EnvironmentReads }> {
  const recording: Recording = new Map();
  if (recordings.size === 0) {
    real = process.env;
    replaceEnvironment(watched(real));
  }
  recordings.add(recording);
  try {
    const result = await work();
    return { result, reads: [...recording].sort(([a], [b]) => (a < b ? -1 : 1)) };
  } finally {
    recordings.delete(recording);
    if (recordings.size === 0) {
      replaceEnvironment(real!);
      real = undefined;
      written.clear();
    }
  }
}

function replaceEnvironment(environment: NodeJS.ProcessEnv): void {
  process.env = environment;
  // For `import { env } from 'node:process'`.
  syncBuiltinESMExports();
}

function watched(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const note = (name: string | symbol): void => {
    // Code that kept the watched environment may read from it after the work is done.
    if (typeof name === 'symbol' || recordings.size === 0 || written.has(name)) return;
    const digest = environmentDigest(name, environment);
    for (const recording of recordings) if (!recording.has(name)) recording.set(name, digest);
  };
  return new Proxy(environment, {
    get(target, name): unknown {
      note(name);
      return Reflect.get(target, name);
    },
    has(target, name) {
      note(name);
      return Reflect.has(target, name);
    },
    getOwnPropertyDescriptor(target, name) {
      note(name);
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
    ownKeys(target) {
      note(NAMES);
      return Reflect.ownKeys(target);
    },
    // Without these two traps, Node tries to define a property, and fails.
    set(target, name, value) {
      if (typeof name === 'string') written.add(name);
      return Reflect.set(target, name, value);
    },
    deleteProperty(target, name) {
      if (typeof name === 'string') written.add(name);
      return Reflect.deleteProperty(target, name);
    },
  });
}
