/** The name of an experiment on record, or of a branch of it, where a command line takes the path of a pipeline. */
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { projectRoot } from '../../identity/environment/package-root.ts';
import { declaresExperiment } from '../../planning/request/find-pipelines.ts';
import type { Call } from '../arguments/verb.ts';
import { branchesMeant, unknownBranch } from './branches-meant.ts';
import { cacheDirectoryOfVerb, openedAt } from './open-cache.ts';

export interface ExperimentFile {
  /** As a command takes it. */
  readonly path: string;
  /** Null for all branches. */
  readonly branch: string | null;
}

/**
 * Undefined for a word that names a path, and for one that names no experiment with a file. @throws UsageError for an
 * unknown branch
 */
export async function experimentFile(call: Call): Promise<ExperimentFile | undefined> {
  const [word] = call.positionals;
  const { cwd } = call.io;
  const root = projectRoot(cwd);
  if (word === undefined || root === undefined || existsSync(resolve(cwd, word))) return undefined;
  const { DATABASE_FILE } = await import('../../store/database/database.ts');
  const directory = cacheDirectoryOfVerb(call);
  if (!existsSync(join(directory, DATABASE_FILE))) return undefined;
  return openedAt(directory, ({ query }) => {
    const meant = branchesMeant(query, word);
    const unknown = meant === undefined ? unknownBranch(query, word) : undefined;
    if (unknown !== undefined) throw unknown;
    const run = meant && query.runs.get(meant.study.run);
    if (run === undefined) return undefined;
    const file = join(root, run.source);
    // A sweep was asked for on the command line and has no file.
    if (!existsSync(file) || !declaresExperiment(file)) return undefined;
    return { path: relative(cwd, file), branch: meant!.branch };
  });
}
