/** Questions about runs from code: which runs are meant, with the defaults that the command line has. */
import { UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import type { Found } from '../../store/reference/found.ts';
import { pipelinesCalled } from '../../store/reference/pipelines.ts';
import { type Comparison, compareRuns } from './compare-runs.ts';
import { type MetricHistory, metricHistories } from './metric-history.ts';
import { RunValuesReader } from './run-values.ts';
import { type RunWorld, selectRuns } from './select-runs.ts';
import { sortRuns } from './sort-runs.ts';

/** Which runs: those that are named, or those that everything else is true of. */
export interface RunQuestion {
  /** By number, or by reference: `run:3`, `latest`, a tag. */
  readonly runs?: readonly (number | string)[];
  /** Its name, file or folder; default: the pipeline of the latest run that is meant. */
  readonly pipeline?: string;
  /** The latest so many of them. */
  readonly last?: number;
  /** An expression: `baseline`, `lr-* & !draft`. */
  readonly tag?: string;
  /** A date (`2026-11-28`), a date and a time, or how long ago (`2d`, `3h`). */
  readonly since?: string;
  readonly until?: string;
  readonly outcome?: readonly RunRecord['outcome'][];
  /** Conditions on parameters, results and metrics: `train.rate<0.01 && seed=1`. */
  readonly where?: string;
}

export interface CompareQuestion extends RunQuestion {
  /**
   * A parameter, result or metric: `ams`, `loss:asc`; default: the order of `runs`, or from the oldest to the newest.
   */
  readonly sort?: string;
}

export interface MetricsQuestion extends RunQuestion {
  /** Metrics: `loss` of any node, `fit.loss` of the nodes called fit; default: all. */
  readonly names?: readonly string[];
  /** Nodes: `fit`, `fit@fold=3`; default: all. */
  readonly nodes?: readonly string[];
}

/** Answers these questions in a cache. */
export class RunQuestions {
  readonly #cache: Cache;
  readonly #find: (reference: string) => Found | undefined;

  constructor(cache: Cache, find: (reference: string) => Found | undefined) {
    this.#cache = cache;
    this.#find = find;
  }

  /** Default: the last two runs. @throws UsageError if fewer than two are meant */
  compare({ sort, ...question }: CompareQuestion): Comparison {
    const world = this.#world();
    const runs = this.#runs(world, question, 2);
    if (runs.length < 2)
      throw new UsageError(`A comparison needs two runs, and ${runs.length === 0 ? 'none is' : 'one is'} meant.`);
    return compareRuns(this.#cache, world.values, sort === undefined ? runs : sortRuns(world.values, runs, sort));
  }

  /** Default: the latest run. @throws UsageError for a name that nothing in the runs has */
  metrics({ names, nodes, ...question }: MetricsQuestion): readonly MetricHistory[] {
    const runs = this.#runs(this.#world(), question, 1);
    return metricHistories(this.#cache.query, runs, { names, nodes });
  }

  #world(): RunWorld {
    return { query: this.#cache.query, values: new RunValuesReader(this.#cache), now: Date.now() };
  }

  #runs(world: RunWorld, question: RunQuestion, usual: number): readonly RunRecord[] {
    const { runs, pipeline, last, where, ...filter } = question;
    const named = runs?.map((reference) => this.#named(String(reference)));
    const isFiltered = Object.values({ ...filter, where }).some((each) => each !== undefined);
    const selected = selectRuns(world, {
      ...filter,
      where: where === undefined ? undefined : [where],
      runs: named,
      pipelines: pipeline === undefined ? undefined : pipelinesCalled(this.#cache.query, pipeline),
      onePipeline: true,
      last: last ?? (isFiltered ? undefined : usual),
    });
    return named === undefined ? selected.toReversed() : selected;
  }

  #named(reference: string): RunRecord {
    const found = this.#find(/^\d{1,15}$/.test(reference) || reference === 'latest' ? `run:${reference}` : reference);
    if (found?.kind === 'run') return found.run;
    throw new UsageError(
      `${reference} is not a run in ${this.#cache.directory}; name a run by its number, run:latest or its tag.`,
    );
  }
}
