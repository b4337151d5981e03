/**
 * What a question about lineage is about: one number, an output, a state, a run, effects of an experiment, or a file
 * that no stage made.
 */
import type { CacheKey, Digest } from '../../core/identity/digest.ts';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { EffectChoice } from '../effects/effect-choice.ts';

export type SubjectKind = 'value' | 'metric' | 'output' | 'state' | 'run' | 'input' | 'effects';

/** A state whose lineage is asked for, and what of it. */
export interface Root {
  /** Id of its row. */
  readonly id: number;
  readonly state: CacheKey;
  readonly node: string;
  /** Undefined where the whole state is meant. */
  readonly output: string | undefined;
  /** The name under which it is a result of the run. */
  readonly result: string | undefined;
  /** Of effects, which value it is of: the first, if it is of several. */
  readonly label?: string;
}

export interface Subject {
  readonly kind: SubjectKind;
  /** As it was asked for. */
  readonly asked: string;
  /** The run in which it was asked for, or the latest one that has it; undefined where no run is known. */
  readonly run: number | undefined;
  /** None of an input, which no state made. */
  readonly roots: readonly Root[];
  /** Of a value its path in the output, of a metric its name, of one number of an effect what it is: `difference`. */
  readonly path: string | undefined;
  /** The value or the metric itself. */
  readonly value: CanonicalValue | undefined;
  /** The digest that was found: of an output, an artifact or a file, or of the only effect table. */
  readonly digest: Digest | undefined;
  /** The file that was named, as it was named. */
  readonly file: string | undefined;
  /** Other states on record that have the same bytes, or the same number: they are told, not followed. */
  readonly others: readonly { readonly state: CacheKey; readonly node: string }[];
  /** Which rows of which effect tables are asked for; undefined of everything else. */
  readonly effects?: EffectChoice;
}
