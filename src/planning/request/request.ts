/** A request about a pipeline: the vocabulary that the command line and `restage` (the package) share. */
import type { Override } from '../../core/params/override.ts';
import type { Layer } from '../../core/params/setting.ts';

/** Which cache. */
export interface CacheRequest {
  /** Default: `cache/` beside the nearest package.json of the pipeline or, without one, of the working directory. */
  readonly cacheDirectory?: string;
  /** Relative paths start here; default: the process's working directory. */
  readonly workingDirectory?: string;
}

/** Which pipeline, with which parameters, under which conditions. `resolveRequest` fills in the defaults. */
export interface PipelineRequest extends CacheRequest {
  /** A folder with an index file, or a file, whose default export is a pipeline. */
  readonly pipeline: string;
  /**
   * Parameters, a plain object in the pipeline's form. Members that it leaves out keep the values that they have
   * without it.
   */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Parameters as `-S` has them: a path, and a text that the schema reads. They win over `params`. */
  readonly overrides?: readonly Override[];
  /** What `params` and `overrides` are laid over: what restage read from files, or took from a run. */
  readonly layers?: readonly Layer[];
  /**
   * Nodes (`train-fold@fold=3`), stages (`train-fold`, all instances) or outputs (`score.metrics`); default:
   * everything.
   */
  readonly targets?: readonly string[];
  /** As targets, for `--until`: these nodes and everything that they need. */
  readonly until?: readonly string[];
  /** As targets, but without the nodes that they need: those must be in the cache. */
  readonly only?: readonly string[];
  /** A backend's name, or `auto`. */
  readonly backend?: string;
  /** `cpu`, `gpu`, `gpu:N`, `software` or `auto`: the device that the backend computes on. */
  readonly device?: string;
  /** The run's seed, a non-negative integer; default 0. */
  readonly seed?: number;
  /** Run the targets (all nodes, without targets) even if their states exist. */
  readonly force?: boolean;
}
