/** What a reference may name. */
import type { Output } from '../../core/artifact/artifact.ts';
import type { EffectReference } from '../../core/reference/effect-reference.ts';
import type { Digest } from '../../core/identity/digest.ts';
import type { AttemptRecord } from '../query/attempts.ts';
import type { EffectTableRecord } from '../query/effects.ts';
import type { ArtifactRecord } from '../query/prefixes.ts';
import type { PipelineId, RunRecord } from '../query/runs.ts';
import type { StateRecord } from '../query/states.ts';
import type { VisitRecord } from '../query/visits.ts';

export type Found = FoundRun | FoundNode | FoundState | FoundOutput | FoundArtifact | FoundCode | FoundEffects;

/** What is found, in words. */
export const FOUND_WORDS: Readonly<Record<Found['kind'], string>> = {
  run: 'a run',
  node: 'a node',
  state: 'a state',
  output: 'an output',
  artifact: 'an artifact',
  code: 'the code of a stage',
  effects: 'an effect table',
};

export interface FoundRun {
  readonly kind: 'run';
  readonly run: RunRecord;
}

/**
 * A node by its latest visit, whatever that came to; or by its visit in one run.
 */
export interface FoundNode {
  readonly kind: 'node';
  readonly node: string;
  readonly pipeline: PipelineId;
  /** Undefined as long as its first run has not come to an end with it. */
  readonly latest: VisitRecord | undefined;
  /** The state of that visit or, where it has none, of the last visit that has one; in one run, of that run alone. */
  readonly state: StateRecord | undefined;
  /** An attempt that is later than the latest visit: it is being made, or its process died. */
  readonly trying: AttemptRecord | undefined;
  /** It was asked for in one run. */
  readonly inRun: boolean;
}

export interface FoundState {
  readonly kind: 'state';
  readonly state: StateRecord;
}

export interface FoundOutput {
  readonly kind: 'output';
  /** The node by which it was named; undefined if it was named by a digest or a tag. */
  readonly of: FoundNode | undefined;
  readonly state: StateRecord;
  /** Named `<node>.<output>`, with the node that it was named by, or that made it. */
  readonly output: Output;
}

export interface FoundArtifact {
  readonly kind: 'artifact';
  readonly artifact: ArtifactRecord;
}

/** A stage's code. */
export interface FoundCode {
  readonly kind: 'code';
  readonly digest: Digest;
}

/** Effect tables: one or more, all of one study. */
export interface FoundEffects {
  readonly kind: 'effects';
  readonly tables: readonly EffectTableRecord[];
  /** Which row or number of them is meant; undefined for all. */
  readonly reference: EffectReference | undefined;
}

/** Whether the latest visit has no state, so that the state shown is an older one. */
export function isOlderState({ latest, state }: FoundNode): boolean {
  return state !== undefined && latest?.state?.id !== state.id;
}
