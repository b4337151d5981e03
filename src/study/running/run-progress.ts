/**
 * Follows the run of an experiment: once all nodes of a branch with a seed have a state, it tells that, with the
 * metrics as they are on record. The run of the branch itself is recorded later, when the whole experiment has ended.
 */
import { type RunHead, RunValuesReader } from '../../audit/runs/run-values.ts';
import type { CacheKey } from '../../core/identity/digest.ts';
import { mean } from '../../core/statistics/moments.ts';
import { RestageError } from '../../errors.ts';
import type { ExperimentRun, RunEvent } from '../../events.ts';
import type { Cache } from '../../store/cache.ts';
import type { NodeState } from '../../store/query/visits.ts';
import { type Place, valuesIn } from '../results/metric-values.ts';
import { usersOf } from '../definition/outline.ts';
import type { StudyGraph, StudyRun } from '../definition/study-graph.ts';
import type { Study } from '../definition/study.ts';

export class StudyProgress {
  readonly #cache: Cache;
  readonly #metrics: Study['metrics'];
  readonly #runs: readonly StudyRun[];
  readonly #reader: RunValuesReader;
  /** Positions of nodes by their names. */
  readonly #positions: ReadonlyMap<string, number>;
  /** For each node of the experiment, the runs that need it. */
  readonly #users: readonly (readonly number[])[];
  /** For each run, how many of its nodes have no state yet. */
  readonly #open: number[];
  readonly #states = new Map<number, string>();

  constructor(cache: Cache, { metrics }: Pick<Study, 'metrics'>, { definition, runs }: StudyGraph) {
    const { nodes } = definition.graph;
    this.#cache = cache;
    this.#metrics = metrics;
    this.#runs = runs;
    this.#reader = new RunValuesReader(cache);
    this.#positions = new Map(nodes.map(({ id }, position) => [id, position]));
    this.#users = usersOf({ definition, runs });
    this.#open = runs.map(({ positions }) => new Set(positions).size);
  }

  /** The runs that are complete by this event. */
  readonly completedBy = (event: RunEvent): readonly ExperimentRun[] => {
    if (event.type !== 'node-ran' && event.type !== 'node-hit') return [];
    const position = this.#positions.get(event.node);
    if (position === undefined) return [];
    // A healed node runs again, and its state stays the same one for all that is complete.
    const isKnown = this.#states.has(position);
    this.#states.set(position, event.state);
    if (isKnown) return [];
    return this.#users[position]!.filter((run) => --this.#open[run]! === 0).map((run) => this.#told(run, event.at));
  };

  #told(run: number, at: number): ExperimentRun {
    const { branch, seed } = this.#runs[run]!;
    const place = this.#placeOf(this.#runs[run]!);
    return {
      type: 'experiment-run',
      at,
      branch: branch.name,
      seed,
      values: Object.fromEntries(
        Object.entries(this.#metrics).map(([name, metric]) => [name, meanOf(this.#cache, place, metric)] as const),
      ),
    };
  }

  #placeOf({ branch, graph, seed, positions }: StudyRun): Place {
    const { query } = this.#cache;
    const stateOf = (node: number): NodeState => {
      const key = this.#states.get(positions[node]!)! as CacheKey;
      return { node: graph.nodes[node]!.id, state: query.states.byKey(key)!.id, key };
    };
    const parts = {
      states: () => graph.nodes.map((_, node) => stateOf(node)),
      results: () =>
        graph.results.map(({ name, node, output }) => {
          const found = query.states.outputs(stateOf(node).state).find((each) => each.name === output);
          return { name, node: graph.nodes[node]!.id, output, artifact: found ?? null };
        }),
    };
    // It has no number: it is not on record yet.
    const head: RunHead = {
      id: 0,
      params: graph.params,
      seed,
      backend: '',
      outcome: 'ok',
      startedAt: 0,
      endedAt: null,
    };
    const values = this.#reader.ofParts(head, parts);
    return { branch: branch.name, seed, missing: [], values, results: parts.results };
  }
}

/** Null where the effect table will say what is wrong. */
function meanOf(cache: Cache, place: Place, metric: Study['metrics'][string]): number | null {
  try {
    const numbers = valuesIn(cache, [place], metric).flatMap(({ found }) =>
      found.kind === 'value' ? [found.value] : found.kind === 'events' ? [...found.values] : [],
    );
    const value = mean(numbers);
    return Number.isFinite(value) ? value : null;
  } catch (error) {
    if (error instanceof RestageError) return null;
    throw error;
  }
}
