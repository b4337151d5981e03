/**
 * Finds a number that was printed somewhere: among the results of runs first, then in JSON outputs, effect tables and
 * metrics, the newest first. The same digits before digits that were rounded; an effect table says how it rounds.
 */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { JsonOutput, JsonResult } from '../../store/query/numbers.ts';
import type { FoundCell } from '../effects/find-cell.ts';
import { cellsWritten, cellSubject, cellWords } from './effect-subject.ts';
import { numbersIn } from './json-numbers.ts';
import { matchOf, type NumberQuery, parseNumber } from './number-match.ts';
import type { Subject } from './subject.ts';

/** How much of the record is looked at. */
export const LATEST_RUNS = 1000;
export const NEWEST_STATES = 5000;

interface Candidate {
  readonly match: 'exact' | 'rounded';
  readonly kind: 'value' | 'metric';
  readonly state: number;
  readonly output: string | undefined;
  readonly path: string;
  readonly value: number;
  readonly run: number | undefined;
  readonly node: string | undefined;
  readonly result: string | undefined;
}

/** Undefined if no number on record is written so. @throws UsageError with the candidates if it is several */
export function findNumber(cache: Cache, text: string): Subject | undefined {
  const query = parseNumber(text)!;
  const { numbers } = cache.query;
  const sources: readonly (() => Iterable<Candidate>)[] = [
    () => numbers.results(LATEST_RUNS).flatMap((result) => inJson(query, result)),
    () => numbers.json(NEWEST_STATES).flatMap((output) => inJson(query, output)),
  ];
  let rounded: readonly Candidate[] = [];
  const exactIn = (found: readonly Candidate[]): readonly Candidate[] => {
    if (rounded.length === 0) rounded = found;
    return found.filter(({ match }) => match === 'exact');
  };
  for (const source of sources) {
    const exact = exactIn([...source()]);
    if (exact.length > 0) return theOne(cache, text, exact);
  }
  const cells = cellsWritten(cache, text, query);
  if (cells.exact.length > 0) return theCell(cache, text, cells.exact, rounded);
  const exact = exactIn(inMetrics(cache, query));
  if (exact.length > 0) return theOne(cache, text, exact);
  if (rounded.length > 0) return theOne(cache, text, rounded);
  return cells.rounded.length === 0 ? undefined : theCell(cache, text, cells.rounded, []);
}

/** @param others numbers of states that may be meant as well. @throws UsageError if several may be meant */
function theCell(cache: Cache, text: string, cells: readonly FoundCell[], others: readonly Candidate[]): Subject {
  const [first] = cells;
  if (cells.length + others.length === 1) return cellSubject(cache, text, first!);
  throw ambiguous(text, [...cells.map(cellWords), ...candidateWords(cache, oneOfEachState(others))]);
}

function inJson(query: NumberQuery, output: JsonOutput | JsonResult): readonly Candidate[] {
  const { state, output: name, content } = output;
  const result = 'run' in output ? output : undefined;
  const whole = JSON.parse(Buffer.from(content).toString()) as CanonicalValue;
  const found: Candidate[] = [];
  for (const { path, value } of numbersIn(whole)) {
    const match = matchOf(query, value);
    if (match === undefined) continue;
    const of = { run: result?.run, node: result?.node, result: result?.name };
    found.push({ match, kind: 'value', state, output: name, path, value, ...of });
  }
  return found;
}

function inMetrics({ query: { numbers } }: Cache, query: NumberQuery): readonly Candidate[] {
  return numbers.metrics(NEWEST_STATES, query.least, query.most).flatMap(({ state, name, value }): Candidate[] => {
    const match = matchOf(query, value);
    if (match === undefined) return [];
    const of = { output: undefined, run: undefined, node: undefined, result: undefined };
    return [{ match, kind: 'metric', state, path: name, value, ...of }];
  });
}

const MOST_CANDIDATES = 6;

function ambiguous(text: string, words: readonly string[]): UsageError {
  const more = words.length > MOST_CANDIDATES ? ', ...' : '';
  return new UsageError(
    `${text} may be ${words.length} numbers on record; name one of them, or give more digits: ${words.slice(0, MOST_CANDIDATES).join(', ')}${more}.`,
  );
}

function oneOfEachState(candidates: readonly Candidate[]): readonly Candidate[] {
  const byState = new Map<number, Candidate>();
  for (const candidate of candidates) if (!byState.has(candidate.state)) byState.set(candidate.state, candidate);
  return [...byState.values()];
}

function candidateWords({ query }: Cache, candidates: readonly Candidate[]): readonly string[] {
  const made = new Map(query.ancestry.states(candidates.map(({ state }) => state)).map((state) => [state.id, state]));
  return candidates.map((candidate) => {
    const { run, node } = made.get(candidate.state)!;
    const within = [candidate.output, candidate.path].filter((part) => part !== undefined && part !== '');
    return `run:${candidate.run ?? run}/${[candidate.node ?? node, ...within].join('.')} (${candidate.value})`;
  });
}

/** @throws UsageError if several states have the number, and not the same bytes */
function theOne(cache: Cache, text: string, candidates: readonly Candidate[]): Subject {
  const { query } = cache;
  const single = oneOfEachState(candidates);
  const made = new Map(query.ancestry.states(single.map(({ state }) => state)).map((state) => [state.id, state]));
  const outputs = query.ancestry.outputs(single.map(({ state }) => state));
  const digestOf = ({ state, output }: Candidate) => outputs.get(state)?.find(({ name }) => name === output)?.digest;
  const [first, ...others] = single;
  const { state, output, kind, path, value, result } = first!;
  const digest = digestOf(first!);
  const isSame = (other: Candidate): boolean => digest !== undefined && digestOf(other) === digest;
  if (!others.every(isSame)) throw ambiguous(text, candidateWords(cache, single));
  const { key, node, run } = made.get(state)!;
  return {
    kind,
    asked: text,
    run: first!.run ?? run,
    roots: [{ id: state, state: key, node: first!.node ?? node, output, result }],
    path,
    value,
    digest,
    file: undefined,
    others: others.map((other) => ({ state: made.get(other.state)!.key, node: made.get(other.state)!.node })),
  };
}
