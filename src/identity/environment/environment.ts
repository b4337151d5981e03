/** The environment of a run: host, versions, git. Recorded with the run; never part of a key. */
import { existsSync, realpathSync } from 'node:fs';
import { arch, availableParallelism, cpus, hostname, platform, release, totalmem, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import { OWN_GROUP } from '../../own-process.ts';
import { restageVersion } from './package-root.ts';
import { WORKER_THREADS } from '../compute/worker-environment.ts';

export function environmentFacts(): { readonly digest: Digest; readonly facts: string } {
  const facts = JSON.stringify({
    host: hostname(),
    user: userName(),
    platform: platform(),
    release: release(),
    arch: arch(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    node: process.version,
    v8: process.versions.v8,
    restage: restageVersion(),
    workers: WORKER_THREADS,
  });
  return { digest: sha256(facts), facts };
}

/** Null for a user without a name, as in some containers. */
function userName(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}

export interface GitState {
  readonly commit: string;
  readonly dirty: boolean;
}

/** Such as `git version 2.39.5`; null where git is not installed. */
export async function gitVersion(): Promise<string | null> {
  return (await outputOf(['--version'], '.'))?.trim() ?? null;
}

/**
 * The checked-out commit, and whether tracked files differ from it; null outside a git repository, or before the first
 * commit.
 */
export async function gitState(directory: string): Promise<GitState | null> {
  // Most of the time that git takes is that of starting a process.
  if (!mayBeInRepository(directory)) return null;
  const output = await outputOf(['status', '--porcelain=v2', '--branch', '--untracked-files=no'], directory);
  if (output === null) return null;
  const lines = output.split('\n').filter((line) => line !== '');
  const commit = lines.find((line) => line.startsWith('# branch.oid '))?.slice('# branch.oid '.length);
  if (commit === undefined || commit === '(initial)') return null;
  return { commit, dirty: lines.some((line) => !line.startsWith('#')) };
}

/** False where git would find no repository with a working tree, since no directory above has a `.git`. */
function mayBeInRepository(directory: string): boolean {
  for (let at = realpathSync(directory); ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return true;
    if (at === dirname(at)) return false;
  }
}

/** The output of git; null if git fails or is not installed. */
function outputOf(args: readonly string[], directory: string): Promise<string | null> {
  // Not imported: Node takes 5 ms for this module, and most runs need it only here.
  const { spawn } = process.getBuiltinModule('node:child_process');
  return new Promise((resolve) => {
    const child = spawn('git', args, {
      cwd: directory,
      env: gitEnvironment(),
      stdio: ['ignore', 'pipe', 'ignore'],
      // An interrupted run has its commit on record too.
      ...OWN_GROUP,
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', () => resolve(null));
    child.on('close', (code) => resolve(code === 0 ? Buffer.concat(chunks).toString() : null));
  });
}

/**
 * The environment without what points git to a repository: a hook of another one may have started this process. What
 * git writes for its own speed is left out as well, since the hook's git may hold the lock.
 */
function gitEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !REPOSITORY_VARIABLES.has(name));
  return { ...Object.fromEntries(kept), GIT_OPTIONAL_LOCKS: '0' };
}

/** As `git rev-parse --local-env-vars` names them, without GIT_CONFIG_COUNT, which may say that a directory is safe. */
const REPOSITORY_VARIABLES: ReadonlySet<string> = new Set([
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_CONFIG',
  'GIT_CONFIG_PARAMETERS',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_INTERNAL_SUPER_PREFIX',
  'GIT_NAMESPACE',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
]);
