/**
 * What is said about today: of each thing that a past result depends on, whether it is the same, has changed, or is
 * gone.
 */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { Digest } from '../../core/identity/digest.ts';
import type { GitState } from '../../identity/environment/environment.ts';

export type Standing = 'same' | 'changed' | 'gone' | 'unknown';

export type TodayKind = 'file' | 'read' | 'code' | 'package' | 'parameter' | 'variable' | 'backend' | 'runtime';

/** One thing that a past result depends on. */
export interface TodayFact {
  readonly kind: TodayKind;
  /** A path, a stage, a package, a parameter's path, a variable, a backend; `node`. */
  readonly name: string;
  readonly standing: Standing;
  /** A digest, a version, a parameter's JSON; null where there is nothing to show. */
  readonly then: string | null;
  readonly now: string | null;
  /** Why it is unknown, or what else is to be said; null if nothing is. */
  readonly note: string | null;
}

export interface Today {
  readonly facts: readonly TodayFact[];
  /** The project's commit; null outside of a git repository. */
  readonly git: GitState | null;
}

/** What a past result depends on. */
export interface Past {
  readonly files: readonly { readonly path: string; readonly digest: Digest }[];
  /** Declared paths, relative to the project. */
  readonly reads: readonly { readonly name: string; readonly digest: Digest }[];
  /** `value` is the preview, which tells a secret from other variables. */
  readonly variables: readonly { readonly name: string; readonly digest: Digest; readonly value: string }[];
  readonly codes: readonly PastCode[];
  /** What states computed on, such as `portable 2 on cpu`, and the digest of that field of their keys. */
  readonly backends: readonly { readonly words: string; readonly digest: Digest }[];
  /** Such as `node 20`. */
  readonly runtimes: readonly string[];
  /** The parameters of a run, which are compared with today's defaults. */
  readonly run: { readonly source: string; readonly params: CanonicalValue } | undefined;
}

/** Code of a stage, by which states were made. */
export interface PastCode {
  /** The pipeline's file, relative to the project. */
  readonly source: string;
  /** The latest run of the pipeline, whose stages are asked about together. */
  readonly latestRun: number | undefined;
  readonly stage: string;
  readonly digest: Digest;
  /** Other code of the stage that gave the same bytes. */
  readonly equivalents: readonly Digest[];
  readonly module: string;
  readonly packages: readonly { readonly name: string; readonly value: string; readonly digest: Digest }[];
}

export interface TodaysPlace {
  /** Directory of the project; undefined where there is none. */
  readonly root: string | undefined;
  readonly workingDirectory: string;
}
