/** `uses`: what was made from something on record, over any number of steps, and which results of runs rest on it. */
import type { CacheKey, Digest } from '../../core/identity/digest.ts';
import type { Cache } from '../../store/cache.ts';
import type { Found } from '../../store/reference/found.ts';
import type { RunResult } from '../../store/record/facts.ts';
import { recordedEffects } from '../effects/recorded-table.ts';
import { findSubject, nothingOnRecord, type SubjectSearch } from './find-subject.ts';

export interface UserState {
  readonly state: CacheKey;
  readonly node: string;
  readonly stage: string;
  /** The run that made it. */
  readonly run: number;
  /** Whether it took the thing itself, not only something that was made from it. */
  readonly direct: boolean;
}

/** An effect table of an experiment. */
export interface UserTable {
  /** The digest by which it is on record. */
  readonly table: Digest;
  readonly study: string;
  /** The run of the study. */
  readonly run: number;
  readonly metric: string;
  /** Whether it compares the steps of a cumulative path. */
  readonly isPath: boolean;
}

export interface Uses {
  readonly asked: string;
  readonly kind: 'code' | 'source' | 'file' | 'output' | 'state' | 'run' | 'effects';
  readonly digest: Digest | undefined;
  /** Producers first. */
  readonly states: readonly UserState[];
  /** Effect tables with a value of it or of what was made from it, each in its latest study, newest first. */
  readonly effects: readonly UserTable[];
  /** Of the latest runs, newest first. */
  readonly results: readonly (RunResult & { readonly run: number; readonly state: CacheKey })[];
}

/** How many runs are asked whether their results rest on it. */
const LATEST_RUNS = 1000;

interface Start {
  readonly kind: Uses['kind'];
  readonly digest: Digest | undefined;
  /** States that are the thing itself: what was made from them is told, they are not. */
  readonly themselves: readonly number[];
  /** States that took it. */
  readonly direct: readonly number[];
  /** The states that it is of, where it is a part of them. */
  readonly within?: readonly number[];
}

/** Undefined if the word means nothing on record. @throws UsageError as `findSubject` */
export async function uses(cache: Cache, word: string, search: SubjectSearch): Promise<Uses | undefined> {
  const start = await startOf(cache, word, search);
  if (start === undefined) return undefined;
  const { ancestry } = cache.query;
  const themselves = new Set(start.themselves);
  const ids = ancestry.below([...themselves, ...start.direct]).filter((id) => !themselves.has(id));
  const made = ancestry.states(ids);
  const inputs = ancestry.inputs(themselves.size === 0 ? [] : ids);
  const direct = new Set(start.direct);
  const isDirect = (id: number): boolean =>
    direct.has(id) || (inputs.get(id) ?? []).some(({ producer }) => producer !== null && themselves.has(producer));
  const keys = new Map(ancestry.states([...themselves, ...ids]).map(({ id, key }) => [id, key]));
  return {
    asked: word,
    kind: start.kind,
    digest: start.digest,
    states: made.map(({ id, key, node, stage, run }) => ({ state: key, node, stage, run, direct: isDirect(id) })),
    effects: tablesOn(cache, [...themselves, ...ids, ...(start.within ?? [])]),
    results: ancestry
      .results(LATEST_RUNS)
      .filter(({ state }) => keys.has(state))
      .map(({ state, ...result }) => ({ ...result, state: keys.get(state)! })),
  };
}

function tablesOn(cache: Cache, states: readonly number[]): readonly UserTable[] {
  return cache.query.effects.restingOn(states).map((record): UserTable => {
    const { metric, isPath } = recordedEffects(cache, record).table;
    return { table: record.key, study: record.study, run: record.run, metric: metric.name, isPath };
  });
}

/** The same. @throws UsageError for a word that means nothing on record as well */
export async function usesOf(cache: Cache, word: string, search: SubjectSearch): Promise<Uses> {
  const found = await uses(cache, word, search);
  if (found === undefined) throw nothingOnRecord(cache, word);
  return found;
}

async function startOf(cache: Cache, word: string, search: SubjectSearch): Promise<Start | undefined> {
  const { ancestry } = cache.query;
  const code = codeNamed(search, word);
  if (code !== undefined) return { kind: 'code', digest: code, themselves: [], direct: ancestry.ofCode(code) };
  const subject = await findSubject(cache, word, search);
  if (subject === undefined) return undefined;
  const { kind, roots, digest } = subject;
  switch (kind) {
    case 'run':
      return { kind: 'run', digest: undefined, themselves: statesOf(cache, subject.run!), direct: [] };
    case 'state':
    case 'metric':
      return { kind: 'state', digest: undefined, themselves: roots.map(({ id }) => id), direct: [] };
    case 'output':
    case 'value':
      return {
        kind: 'output',
        digest,
        themselves: [],
        direct: ancestry.takers(digest!),
        within: roots.map(({ id }) => id),
      };
    // Files are written from it, and no state is.
    case 'effects':
      return { kind: 'effects', digest, themselves: [], direct: [] };
    case 'input': {
      const sources = ancestry.sourceOf(digest!);
      const takers = ancestry.takers(digest!);
      if (takers.length > 0 || sources.length === 0) return { kind: 'file', digest, themselves: [], direct: takers };
      return {
        kind: 'source',
        digest,
        themselves: [],
        direct: sources.flatMap((source) => ancestry.ofCode(source.code)),
      };
    }
  }
}

function codeNamed({ find }: SubjectSearch, word: string): Digest | undefined {
  if (!/^[0-9a-f]+$/.test(word)) return undefined;
  const found: Found | undefined = find(word);
  return found?.kind === 'code' ? found.digest : undefined;
}

function statesOf({ query }: Cache, run: number): readonly number[] {
  return query.visits.ofRun(run).flatMap(({ state }) => (state === null ? [] : [state.id]));
}
