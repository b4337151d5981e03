/** A study: an experiment that is loaded, with its pipeline, ready to be planned and run. */
import type { MetricOf } from '../../core/authoring/experiment.ts';
import type { AnyPipeline } from '../../core/authoring/pipeline.ts';
import type { Layer } from '../../core/params/setting.ts';
import type { EnvironmentReads } from '../../identity/environment/environment-reads.ts';
import type { Project } from '../../planning/request/project.ts';

export interface StudyBranch {
  readonly name: string;
  /** The branch that it was made from; null for the base. It may be none of the study's. */
  readonly parent: string | null;
  /** Everything that it sets, the lowest layer first. */
  readonly layers: readonly Layer[];
  /** One of all combinations of some values: it is left out, and not refused, if another branch is the same. */
  readonly isCombination: boolean;
}

export interface Study {
  readonly name: string;
  readonly pipeline: AnyPipeline;
  /** Where the pipeline is. */
  readonly project: Project;
  /** The base first. */
  readonly branches: readonly StudyBranch[];
  /** Branches of cumulative paths, by name and in their order. */
  readonly paths: readonly (readonly string[])[];
  readonly seeds: readonly number[];
  readonly metrics: Readonly<Record<string, MetricOf>>;
  /** The environment variables that the pipeline's modules read. */
  readonly env: EnvironmentReads;
}

/** What the study's own run is recorded as: a pipeline beside the one that its branches are of. */
export function studyPipeline({ pipeline, name }: Pick<Study, 'pipeline' | 'name'>): string {
  return `${pipeline.name}/${name}`;
}

/** One run of the study: what it is called in the study's graph. */
export function runName(branch: string, seed: number): string {
  return `${branch}/seed-${seed}`;
}

/** The tag of the run that records a branch with a seed. */
export function runTag({ name }: Pick<Study, 'name'>, branch: string, seed: number): string {
  return `${name}/${runName(branch, seed)}`;
}
