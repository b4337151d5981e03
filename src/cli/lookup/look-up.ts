/**
 * What a word of the command line names in the cache: see store/reference, which `open()` and pipelines ask as well.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { projectRoot } from '../../identity/environment/package-root.ts';
import { findProject } from '../../planning/request/project.ts';
import { UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import { findReference } from '../../store/reference/find.ts';
import type { Found } from '../../store/reference/found.ts';
import { pipelinesCalled } from '../../store/reference/pipelines.ts';
import type { PipelineId } from '../../store/query/runs.ts';
import { text } from '../arguments/options.ts';
import type { Call } from '../arguments/verb.ts';
import { branchesMeant, oneRunNeeded, unknownBranch, withBranchRun } from './branches-meant.ts';
import { nothingCalled } from './not-found.ts';

/** @throws UsageError if the word names nothing, or more than one thing */
export async function lookUp(cache: Cache, word: string, call: Call): Promise<Found> {
  const found = findOne(cache, word, call);
  if (found === undefined) throw await nothingCalled(cache, word, call);
  return found;
}

/** An experiment or a branch is several runs, which a tag that is on all of them would say less well. */
function findOne(cache: Cache, word: string, call: Call): Found | undefined {
  let found: Found | undefined;
  let ambiguity: UsageError | undefined;
  try {
    found = findNamed(cache, word, call);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    ambiguity = error;
  }
  if (found !== undefined) return found;
  const branches = branchesMeant(cache.query, word);
  if (branches !== undefined) throw oneRunNeeded(branches);
  const wrong = unknownBranch(cache.query, word) ?? ambiguity;
  if (wrong !== undefined) throw wrong;
  return undefined;
}

/** Undefined if the word names nothing. @throws UsageError if it names more than one thing */
export function findNamed(cache: Cache, word: string, call: Call): Found | undefined {
  const root = projectRoot(call.io.cwd);
  return findReference(cache.query, withBranchRun(cache.query, word), {
    pipelines: pipelinesMeant(cache, call),
    isThere: (source) => root === undefined || existsSync(join(root, source)),
  });
}

/**
 * The pipelines of --pipeline, which takes a path as well as a name; undefined without it. @throws UsageError,
 * DefinitionError
 */
export function pipelinesMeant({ query }: Cache, call: Call): readonly PipelineId[] | undefined {
  const word = text(call, 'pipeline');
  if (word === undefined) return undefined;
  const { cwd } = call.io;
  const isPath = existsSync(resolve(cwd, word)) && projectRoot(cwd) !== undefined;
  return pipelinesCalled(query, isPath ? findProject(word, cwd).source : word);
}
