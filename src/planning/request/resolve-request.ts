/**
 * A request with all defaults filled in and all values checked, once: the start of `run`, `plan`, `status`, `graph` and
 * `open`. No code behind this file knows a default.
 */
import { overrideLayers } from '../../core/params/override.ts';
import { type Layer, settingOfUnknown } from '../../core/params/setting.ts';
import { UsageError } from '../../errors.ts';
import { cacheDirectoryOf, findProject, type Project } from './project.ts';
import { projectRoot } from '../../identity/environment/package-root.ts';
import type { CacheRequest, PipelineRequest } from './request.ts';

/** Which nodes take part, by names as on the command line; all nodes if every list is empty. */
export interface Targets {
  readonly targets: readonly string[];
  readonly until: readonly string[];
  readonly only: readonly string[];
  readonly force: boolean;
}

export interface ResolvedRequest extends Targets {
  readonly project: Project;
  /** Absolute; relative paths of the request start here. */
  readonly workingDirectory: string;
  /** Absolute. */
  readonly cacheDirectory: string;
  /** What is given for the pipeline's parameters, the lowest layer first. Plain JSON: it names memos. */
  readonly layers: readonly Layer[];
  /** A backend's name, or `auto`. */
  readonly backend: string;
  /** `cpu`, `gpu`, `gpu:N` or `auto`. */
  readonly device: string;
  readonly seed: number;
}

/** @throws UsageError, DefinitionError */
export function resolveRequest(request: PipelineRequest): ResolvedRequest {
  const {
    workingDirectory = process.cwd(),
    targets = [],
    until = [],
    only = [],
    force = false,
    backend = 'auto',
    device = 'auto',
    seed = 0,
  } = request;
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new UsageError(`The seed must be a whole number from 0 to 2^53 - 1, not ${seed}; give one with --seed N.`);
  if (only.length > 0 && targets.length + until.length > 0)
    throw new UsageError('--only cannot be combined with targets or --until; name the nodes with --only alone.');
  const project = findProject(request.pipeline, workingDirectory);
  const cacheDirectory = cacheDirectoryOf(project.root, request.cacheDirectory, workingDirectory);
  const layers = layersOf(request);
  return { project, workingDirectory, cacheDirectory, layers, targets, until, only, force, backend, device, seed };
}

/** @throws UsageError, ParamError */
function layersOf({ layers = [], params, overrides = [] }: PipelineRequest): readonly Layer[] {
  const given = params === undefined ? [] : [{ source: 'params', setting: settingOfUnknown(params, 'params') }];
  return [...layers, ...given, ...overrideLayers(overrides)];
}

/** Whether all nodes of the graph take part, and none is forced. */
export function wantsEverything({ targets, until, only, force }: Targets): boolean {
  return !force && targets.length + until.length + only.length === 0;
}

/** The cache directory of a request that names no pipeline. @throws UsageError */
export function resolveCacheDirectory({ workingDirectory = process.cwd(), cacheDirectory }: CacheRequest): string {
  const root = projectRoot(workingDirectory);
  if (root === undefined && cacheDirectory === undefined)
    throw new UsageError(`There is no package.json above ${workingDirectory}; name the cache with cacheDirectory.`);
  return cacheDirectoryOf(root ?? workingDirectory, cacheDirectory, workingDirectory);
}
