/** `how`: the lineage of what was asked for, how it stands with that today, and the command that makes it again. */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { Cache } from '../../store/cache.ts';
import type { Readers } from '../../store/query/readers.ts';
import { today } from '../today/today.ts';
import type { Past, Today, TodaysPlace } from '../today/today-facts.ts';
import { findSubject, nothingOnRecord, type SubjectSearch } from './find-subject.ts';
import { type Lineage, lineageOf } from './lineage.ts';
import { type Remake, remake } from './remake.ts';
import type { Subject } from './subject.ts';

export interface How extends Lineage {
  /** Undefined where nobody asked. */
  readonly today: Today | undefined;
  /** Undefined for a file that no stage made. */
  readonly again: Remake | undefined;
}

/** @param place where today is looked at; undefined to leave it out */
export async function how(cache: Cache, subject: Subject, place: TodaysPlace | undefined): Promise<How> {
  const lineage = lineageOf(cache, subject);
  const now = place === undefined ? undefined : await today(cache, pastOf(cache, lineage), place);
  return { ...lineage, today: now, again: remake(lineage, now) };
}

/** The same of a word. @throws UsageError as `findSubject`, and for a word that means nothing on record */
export async function howOf(
  cache: Cache,
  word: string,
  search: SubjectSearch,
  place: TodaysPlace | undefined,
): Promise<How> {
  const subject = await findSubject(cache, word, search);
  if (subject === undefined) throw nothingOnRecord(cache, word);
  return how(cache, subject, place);
}

function pastOf({ query }: Cache, { subject, states, codes, files, runs, renewed }: Lineage): Past {
  const sourceOf = new Map(runs.map(({ run, source }) => [run, source]));
  const latest = new Map([...new Set(sourceOf.values())].map((source) => [source, query.runs.latestOf(source)?.id]));
  const byStage = new Map(states.map((state) => [`${sourceOf.get(state.run)!} ${state.code}`, state]));
  // Branches differ in parameters: no run has those of all.
  const shown = subject.effects === undefined ? (subject.run ?? states.at(-1)?.run) : undefined;
  const run = runs.find((each) => each.run === shown);
  return {
    files,
    reads: unique(states.flatMap(({ reads }) => reads)),
    variables: unique(states.flatMap(({ env }) => env)),
    codes: [...byStage.values()].map(({ stage, code, run: made, packages }) => {
      const source = sourceOf.get(made)!;
      const { module } = codes.find(({ digest }) => digest === code)!;
      const equivalents = renewed.filter((each) => each.stage === stage).map((each) => each.code);
      return { source, latestRun: latest.get(source), stage, digest: code, equivalents, module, packages };
    }),
    backends: backendsOf(query, states),
    runtimes: [...new Set(states.flatMap(({ runtime }) => (runtime === null ? [] : [runtime])))],
    run: run === undefined ? undefined : { source: run.source, params: run.params as CanonicalValue },
  };
}

function backendsOf(query: Readers, states: Lineage['states']): Past['backends'] {
  const keys = states.flatMap(({ state, backend }) => (backend === null ? [] : [state]));
  if (keys.length === 0) return [];
  return [
    ...new Map(query.states.backends(keys).map(({ digest, preview }) => [digest, { words: preview, digest }])).values(),
  ];
}

function unique<T extends { readonly name: string; readonly digest: string }>(fields: readonly T[]): readonly T[] {
  return [...new Map(fields.map((field) => [`${field.name} ${field.digest}`, field])).values()];
}
