/**
 * The values of a run that have names: its parameters, facts about it, the numbers in its results, its metrics. This
 * file says how people name them.
 *
 * A name is complete (`train.rate`, `seed`, `score.ams`, `fit.loss`, `fit@fold=3.loss`) or the last part of one or
 * several (`rate`, `ams`). A complete name is looked for among parameters, then facts, results and metrics; the end of
 * a name has to be that of one value, where a result counts before a metric. `result:ams` looks among results alone.
 */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { UsageError } from '../../errors.ts';

export const VALUE_KINDS = ['param', 'run', 'result', 'metric'] as const;

export type ValueKind = (typeof VALUE_KINDS)[number];

export interface RunValue {
  readonly kind: ValueKind;
  /** Its complete name. */
  readonly name: string;
  /** A metric may be NaN or infinite. */
  readonly value: CanonicalValue;
  /** The standard error of a result that is written as `{ value, error }`. */
  readonly error: number | null;
  /** A metric of a fan-out is the mean of so many instances; 1 for everything else. */
  readonly count: number;
}

/** A number of a run: a result or a metric. */
export interface Quantity extends RunValue {
  readonly kind: 'result' | 'metric';
  readonly value: number;
}

/** Values of a run by kind and complete name. Kinds are read when they are needed: metrics take the longest. */
export interface NamedValues {
  readonly run: number;
  readonly of: (kind: ValueKind) => ReadonlyMap<string, RunValue>;
  /** The metrics of each instance of a fan-out, by `node.metric`: only found by their complete names. */
  readonly instances: () => ReadonlyMap<string, RunValue>;
}

/** Undefined if the run has no such value. @throws UsageError if several values are meant */
export function findValue(values: NamedValues, text: string): RunValue | undefined {
  const { kinds, name } = split(text);
  for (const kind of kinds) {
    const exact = values.of(kind).get(name) ?? errorOf(values.of(kind), name);
    if (exact !== undefined) return exact;
  }
  const ending = kinds.flatMap((kind) => [...values.of(kind).values()].filter((each) => endsWith(each.name, name)));
  // A stage often records as a metric what it also returns: the result is what the pipeline names.
  const isResult = ending.some(({ kind }) => kind === 'result');
  const meant = isResult ? ending.filter(({ kind }) => kind !== 'metric') : ending;
  if (meant.length > 1) throw ambiguous(values.run, text, meant);
  if (meant.length === 1) return meant[0];
  const base = name.endsWith('.error') ? findValue(values, text.slice(0, -'.error'.length)) : undefined;
  if (base !== undefined && base.error !== null) return withError(base);
  return kinds.includes('metric') ? values.instances().get(name) : undefined;
}

/**
 * ` (did you mean "ams"?)` or nothing, for a name that no run has: those that end with its last word, or a similar one.
 */
export function valueMeant(all: Iterable<NamedValues>, text: string): string {
  const { kinds, name } = split(text);
  const known = new Set<string>();
  const last = name.slice(name.lastIndexOf('.') + 1);
  const alike = new Set<string>();
  for (const values of all)
    for (const kind of kinds)
      for (const complete of values.of(kind).keys()) {
        known.add(complete);
        known.add(complete.slice(complete.lastIndexOf('.') + 1));
        if (last !== name && endsWith(complete, last)) alike.add(complete);
      }
  if (alike.size === 0 || alike.size > MOST_ALIKE) return didYouMean(name, known);
  return ` (did you mean ${[...alike].map((each) => `"${each}"`).join(' or ')}?)`;
}

const MOST_ALIKE = 3;

function split(text: string): { readonly kinds: readonly ValueKind[]; readonly name: string } {
  const kind = VALUE_KINDS.find((each) => text.startsWith(`${each}:`));
  return kind === undefined ? { kinds: VALUE_KINDS, name: text } : { kinds: [kind], name: text.slice(kind.length + 1) };
}

/** Names of metrics may hold spaces and slashes: `loss` is the end of `fit.validation loss` and `fit.train/loss`. */
export function endsWith(complete: string, name: string): boolean {
  return complete === name || ['.', ' ', '/'].some((sign) => complete.endsWith(sign + name));
}

function errorOf(values: ReadonlyMap<string, RunValue>, name: string): RunValue | undefined {
  const base = name.endsWith('.error') ? values.get(name.slice(0, -'.error'.length)) : undefined;
  return base === undefined || base.error === null ? undefined : withError(base);
}

/** `score.ams.error` of `score.ams`. */
function withError({ kind, name, error, count }: RunValue): RunValue {
  return { kind, name: `${name}.error`, value: error!, error: null, count };
}

const MOST_CANDIDATES = 6;

function ambiguous(run: number, text: string, candidates: readonly RunValue[]): UsageError {
  const names = candidates.map(({ kind, name }) => `${name} (${kind === 'param' ? 'a parameter' : `a ${kind}`})`);
  const list = names.slice(0, MOST_CANDIDATES).join(', ') + (names.length > MOST_CANDIDATES ? ', ...' : '');
  return new UsageError(`${text} is ambiguous in run ${run}: it may be ${list}; write more of the name.`);
}
