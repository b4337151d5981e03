/**
 * Reads the values of runs from the record. Runs share states, so the metrics of a state and the numbers in an artifact
 * are read once, whichever runs had them.
 */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { Digest } from '../../core/identity/digest.ts';
import { decodeArtifact } from '../../core/artifact/registry.ts';
import { ArtifactCorruptError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { MetricRecord } from '../../store/query/attempts.ts';
import type { ResultOutput, RunRecord } from '../../store/query/runs.ts';
import type { NodeState } from '../../store/query/visits.ts';
import { paramsOf } from '../view/run-view.ts';
import { type NumberLeaf, numberLeaves } from './number-leaves.ts';
import type { NamedValues, Quantity, RunValue, ValueKind } from './run-value.ts';

/** Where the values of a run are: the states of its nodes, and its results. */
export interface RunParts {
  readonly states: () => readonly NodeState[];
  readonly results: () => readonly ResultOutput[];
}

/** A JSON result that is larger holds data. */
const MOST_BYTES = 64 * 1024;

export class RunValuesReader {
  readonly #cache: Cache;
  readonly #runs = new Map<number, RunValues>();
  readonly #metrics = new Map<number, readonly MetricRecord[]>();
  readonly #leaves = new Map<Digest, CanonicalValue>();

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  of(run: RunRecord): RunValues {
    let values = this.#runs.get(run.id);
    if (values === undefined) {
      const { visits, runs } = this.#cache.query;
      const parts = { states: () => visits.statesOf(run.id), results: () => runs.resultOutputs(run.id) };
      values = this.ofParts(run, parts);
      this.#runs.set(run.id, values);
    }
    return values;
  }

  /** The values of a part of a run, which has fewer states and results than the run. */
  ofParts(run: RunHead, parts: RunParts): RunValues {
    return new RunValues(run, this, parts);
  }

  /** The last value of each metric of each of these nodes. */
  metricsOf(states: readonly NodeState[]): NodeMetrics {
    const unread = states.filter(({ state }) => !this.#metrics.has(state)).map(({ state }) => state);
    const read = this.#cache.query.attempts.finalMetrics(new Set(unread));
    for (const state of unread) this.#metrics.set(state, read.get(state) ?? []);
    return states.map((state) => [state, this.#metrics.get(state.state)!]);
  }

  /** The numbers in a result; none in one that is large or not JSON. @throws ArtifactCorruptError */
  numbersOf({ name, artifact }: ResultOutput): readonly NumberLeaf[] {
    if (artifact?.kind !== 'json' || artifact.bytes > MOST_BYTES) return [];
    let value = this.#leaves.get(artifact.digest);
    if (value === undefined) {
      value = decodeArtifact(artifact.kind, this.#cache.read(artifact), name) as CanonicalValue;
      this.#leaves.set(artifact.digest, value);
    }
    return numberLeaves(value, name);
  }
}

/** A result that cannot be read any more. */
export interface LostResult {
  readonly name: string;
  /** One sentence. */
  readonly why: string;
}

/** What the record has of a run besides its nodes. */
export type RunHead = Pick<RunRecord, 'id' | 'params' | 'seed' | 'backend' | 'outcome' | 'startedAt' | 'endedAt'>;

export class RunValues implements NamedValues {
  readonly run: number;
  readonly #record: RunHead;
  readonly #reader: RunValuesReader;
  readonly #parts: RunParts;
  readonly #metrics = once((): NodeMetrics => this.#reader.metricsOf(this.#parts.states()));
  readonly #kinds: Partial<Record<ValueKind, ReadonlyMap<string, RunValue>>> = {};
  #instances: ReadonlyMap<string, Quantity> | undefined;
  #results: { readonly numbers: ReadonlyMap<string, Quantity>; readonly lost: readonly LostResult[] } | undefined;

  constructor(record: RunHead, reader: RunValuesReader, parts: RunParts) {
    this.run = record.id;
    this.#record = record;
    this.#reader = reader;
    this.#parts = { states: once(parts.states), results: once(parts.results) };
  }

  of(kind: ValueKind): ReadonlyMap<string, RunValue> {
    return (this.#kinds[kind] ??= this.#read(kind));
  }

  results(): ReadonlyMap<string, Quantity> {
    return this.#readResults().numbers;
  }

  metrics(): ReadonlyMap<string, Quantity> {
    return this.of('metric') as ReadonlyMap<string, Quantity>;
  }

  instances(): ReadonlyMap<string, Quantity> {
    return (this.#instances ??= instancesOf(this.#metrics()));
  }

  /** The states that a number of the run is of, and what of them it is: several of the mean of a fan-out. */
  sourcesOf({ kind, name }: Pick<Quantity, 'kind' | 'name'>): readonly NumberSource[] {
    if (kind === 'metric')
      return this.#metrics().flatMap(([state, metrics]) =>
        metrics.flatMap(({ name: metric }): NumberSource[] =>
          [state.node, groupOf(state.node)].some((owner) => `${owner}.${metric}` === name)
            ? [{ ...state, kind, name: metric }]
            : [],
        ),
      );
    const result = this.#parts.results().find((each) => isWithin(name, each.name));
    const state = this.#parts.states().find(({ node }) => node === result?.node);
    return state === undefined
      ? []
      : [{ ...state, kind: 'output', name: result!.output + name.slice(result!.name.length) }];
  }

  /** Results whose bytes are gone or damaged. */
  lost(): readonly LostResult[] {
    return this.#readResults().lost;
  }

  #read(kind: ValueKind): ReadonlyMap<string, RunValue> {
    switch (kind) {
      case 'param':
        return named('param', paramsOf(this.#record));
      case 'run':
        return named('run', factsOf(this.#record));
      case 'result':
        return this.results();
      case 'metric':
        return meansOf(this.#metrics());
    }
  }

  #readResults() {
    if (this.#results === undefined) {
      const numbers = new Map<string, Quantity>();
      const lost: LostResult[] = [];
      for (const result of this.#parts.results())
        try {
          for (const { path, value, error } of this.#reader.numbersOf(result))
            numbers.set(path, { kind: 'result', name: path, value, error, count: 1 });
        } catch (error) {
          if (!(error instanceof ArtifactCorruptError)) throw error;
          lost.push({ name: result.name, why: error.message });
        }
      this.#results = { numbers, lost };
    }
    return this.#results;
  }
}

/** A state that a number is of. */
export interface NumberSource extends NodeState {
  readonly kind: 'metric' | 'output';
  /** The metric; or the output, with the path of the number in it. */
  readonly name: string;
}

/** Whether a path is that of a result, or begins with it. */
export function isWithin(path: string, result: string): boolean {
  return path === result || (path.startsWith(result) && ['.', '['].includes(path[result.length]!));
}

/** `fit` of `fit@fold=3`. */
export function groupOf(node: string): string {
  return node.split('@', 1)[0]!;
}

/** What may be asked of a run besides its parameters, as if it were one. */
function factsOf({ seed, backend, outcome, startedAt, endedAt }: RunHead): ReadonlyMap<string, CanonicalValue> {
  return new Map<string, CanonicalValue>([
    ['seed', seed],
    ['backend', backend],
    ['outcome', outcome],
    ...(endedAt === null ? [] : [['seconds', (endedAt - startedAt) / 1000] as const]),
  ]);
}

function named(kind: ValueKind, values: ReadonlyMap<string, CanonicalValue>): ReadonlyMap<string, RunValue> {
  return new Map([...values].map(([name, value]) => [name, { kind, name, value, error: null, count: 1 }]));
}

type NodeMetrics = readonly (readonly [state: NodeState, metrics: readonly MetricRecord[]])[];

function instancesOf(nodes: NodeMetrics): ReadonlyMap<string, Quantity> {
  return new Map(
    nodes.flatMap(([{ node }, metrics]) =>
      metrics.map(({ name, value }) => quantity(`${node}.${name}`, value, 1)).map((each) => [each.name, each] as const),
    ),
  );
}

/** Each metric once for the nodes of one name: the mean of a fan-out. */
function meansOf(nodes: NodeMetrics): ReadonlyMap<string, Quantity> {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const [{ node }, metrics] of nodes)
    for (const { name, value } of metrics) {
      const complete = `${groupOf(node)}.${name}`;
      const { sum, count } = sums.get(complete) ?? { sum: 0, count: 0 };
      sums.set(complete, { sum: sum + value, count: count + 1 });
    }
  return new Map([...sums].map(([name, { sum, count }]) => [name, quantity(name, sum / count, count)]));
}

function quantity(name: string, value: number, count: number): Quantity {
  return { kind: 'metric', name, value, error: null, count };
}

/** The answer of the first call, for all. */
function once<T>(ask: () => T): () => T {
  let answer: { readonly value: T } | undefined;
  return () => (answer ??= { value: ask() }).value;
}
