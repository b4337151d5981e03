/**
 * Finds what a word of `how` and `uses` means. A word is read in this order, and the first that exists counts: a
 * reference, a metric or a value in JSON of a node (`score.ams`), a file by its content, a number.
 */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Digest } from '../../core/identity/digest.ts';
import { UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { StateRecord } from '../../store/query/states.ts';
import { noState } from '../../store/reference/find.ts';
import type { Found, FoundNode } from '../../store/reference/found.ts';
import { effectsInFile, effectsOfArtifact, effectSubject } from './effect-subject.ts';
import { exportedArtifact } from './exported-file.ts';
import { LATEST_STUDIES } from '../effects/find-cell.ts';
import { findNumber, LATEST_RUNS, NEWEST_STATES } from './find-number.ts';
import { memberOf } from './find-member.ts';
import { parseNumber } from './number-match.ts';
import type { Root, Subject } from './subject.ts';

export interface SubjectSearch {
  /** What a reference names; undefined if nothing. @throws UsageError if it names several things, or half of one */
  readonly find: (reference: string) => Found | undefined;
  /** Where files are looked for. */
  readonly directory: string;
}

/**
 * Undefined if the word means nothing on record.
 * @throws UsageError for several candidates, a node without a state, code, or a file of which nothing is on record
 */
export async function findSubject(cache: Cache, word: string, search: SubjectSearch): Promise<Subject | undefined> {
  if (/^\.{0,2}\//.test(word)) return subjectOfFile(cache, word, resolve(search.directory, word));
  const byName = attempt(() => search.find(word));
  if (byName.found !== undefined) return subjectOf(cache, word, byName.found);
  const member = attempt(() => memberOf(cache, word, search.find));
  if (member.found !== undefined) return member.found;
  const path = resolve(search.directory, word);
  if (isFile(path)) return subjectOfFile(cache, word, path);
  const error = member.error ?? byName.error;
  if (error !== undefined) throw error;
  const run = /^\d{1,15}$/.test(word) ? cache.query.runs.listed(Number(word)) : undefined;
  if (run !== undefined) return subjectOf(cache, word, { kind: 'run', run });
  if (parseNumber(word) === undefined) return undefined;
  const number = findNumber(cache, word);
  if (number === undefined)
    throw new UsageError(
      `No number on record is written ${word}, among the results of the latest ${LATEST_RUNS} runs and the JSON outputs and metrics of the newest ${NEWEST_STATES} states, or in the effect tables of the latest ${LATEST_STUDIES} experiments; name its node or run.`,
    );
  return number;
}

export function nothingOnRecord({ directory }: Cache, word: string): UsageError {
  return new UsageError(
    `Nothing in the cache ${directory} is called ${word}; name a node, run:N, a tag, a digest or a file.`,
  );
}

/** A word may be a value or a file where it is half of a reference: the error is told if it is neither. */
function attempt<T>(find: () => T | undefined): { readonly found?: T | undefined; readonly error?: UsageError } {
  try {
    return { found: find() };
  } catch (error) {
    if (error instanceof UsageError) return { error };
    throw error;
  }
}

const NOTHING = {
  run: undefined,
  path: undefined,
  value: undefined,
  digest: undefined,
  file: undefined,
  others: [],
} as const;

/** @throws UsageError for what has no lineage */
function subjectOf(cache: Cache, asked: string, found: Found): Subject {
  const { query } = cache;
  switch (found.kind) {
    case 'node': {
      if (found.state === undefined) throw new UsageError(noState(query, found));
      const root = rootOf(cache, found.state, found.node);
      return { ...NOTHING, kind: 'state', asked, run: runOf(found), roots: [root] };
    }
    case 'state':
      return { ...NOTHING, kind: 'state', asked, roots: [rootOf(cache, found.state)] };
    case 'output': {
      const { output } = found;
      const name = output.name.slice(output.name.lastIndexOf('.') + 1);
      const root = { ...rootOf(cache, found.state, found.of?.node), output: name };
      const run = found.of === undefined ? undefined : runOf(found.of);
      return { ...NOTHING, kind: 'output', asked, run, roots: [root], digest: output.digest };
    }
    case 'artifact':
      return (
        effectsOfArtifact(cache, asked, found.artifact.digest) ??
        subjectOfBytes(cache, asked, found.artifact.digest, undefined)
      );
    case 'run':
      return { ...NOTHING, kind: 'run', asked, run: found.run.id, roots: rootsOfRun(cache, found.run.id) };
    case 'effects':
      return effectSubject(cache, asked, found);
    case 'code':
      throw new UsageError(
        `${asked} is the code of a stage, which no state made; "restage show ${asked}" tells about it, and "restage uses ${asked}" lists what it made.`,
      );
  }
}

function runOf({ latest, state }: FoundNode): number | undefined {
  return latest?.state?.id === state?.id ? latest?.run : undefined;
}

function rootOf(
  { query }: Cache,
  { id, key, attempt: made }: Pick<StateRecord, 'id' | 'key' | 'attempt'>,
  node?: string,
): Root {
  return { id, state: key, node: node ?? query.attempts.get(made)!.node, output: undefined, result: undefined };
}

/** The run's results; of a run without results on record, the states that no other one of it takes. */
function rootsOfRun({ query }: Cache, run: number): readonly Root[] {
  const visits = new Map(query.visits.ofRun(run).map(({ node, state }) => [node, state]));
  const results = query.runs.results(run).flatMap(({ name, node, output }): Root[] => {
    const state = visits.get(node);
    return state == null ? [] : [{ id: state.id, state: state.key, node, output, result: name }];
  });
  if (results.length > 0) return results;
  const ends = [...visits].flatMap(([node, state]): Root[] =>
    state === null ? [] : [{ id: state.id, state: state.key, node, output: undefined, result: undefined }],
  );
  if (ends.length === 0) throw new UsageError(`Run ${run} has no state, so there is nothing to tell how it was made.`);
  const inputs = query.ancestry.inputs(ends.map(({ id }) => id));
  const taken = new Set([...inputs.values()].flat().map(({ producer }) => producer));
  return ends.filter(({ id }) => !taken.has(id));
}

/** @throws UsageError for a file of which nothing is on record */
async function subjectOfFile(cache: Cache, asked: string, path: string): Promise<Subject> {
  if (!existsSync(path)) throw new UsageError(`There is no file ${path}; check the path.`);
  if (!isFile(path)) throw new UsageError(`${path} is not a file; name a file, or something on record.`);
  const { digest } = await cache.memos.fileDigest(path);
  const effects = effectsInFile(cache, asked, digest);
  if (effects !== undefined) return effects;
  const origin = exportedArtifact(cache, digest) ?? digest;
  const known = cache.query.prefixes.artifacts(origin, 1)[0];
  if (known !== undefined) return subjectOfBytes(cache, asked, origin, asked);
  const before = cache.query.lineage.readAt(path, NEWEST_STATES);
  throw new UsageError(
    before === undefined
      ? `No state on record made or read a file with the content of ${asked} (SHA-256 ${digest.slice(0, 16)}...).`
      : `The content of ${asked} is not on record: ${before.node} read another content at this path (${before.digest.slice(0, 8)}); ask with "restage how ${before.digest.slice(0, 8)}".`,
  );
}

/** The newest state that has these bytes; a file of the user's if none has. */
function subjectOfBytes({ query }: Cache, asked: string, digest: Digest, file: string | undefined): Subject {
  const makers = query.ancestry.makers(digest);
  const [newest, ...others] = query.ancestry.states(makers.map(({ state }) => state)).toReversed();
  if (newest === undefined) return { ...NOTHING, kind: 'input', asked, roots: [], digest, file };
  const { output } = makers.find(({ state }) => state === newest.id)!;
  const root: Root = { id: newest.id, state: newest.key, node: newest.node, output, result: undefined };
  return {
    ...NOTHING,
    kind: 'output',
    asked,
    run: newest.run,
    roots: [root],
    digest,
    file,
    others: others.map(({ key, node }) => ({ state: key, node })),
  };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
