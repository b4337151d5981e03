/**
 * Decides about a node whose inputs all exist: it is a hit, or it has to be made. A pure function of the plan and the
 * facts.
 */
import type { Field } from '../../core/identity/cache-key.ts';
import type { CacheKey } from '../../core/identity/digest.ts';
import { LOST_OUTPUT } from '../../planning/plan/reasons/lost-output.ts';
import type { Step } from '../../planning/plan/plan.ts';
import type { Found } from './made-states.ts';

/** A step of a node that takes part in the run. */
export type ActiveStep = Exclude<Step, { readonly status: 'excluded' }>;

export interface NodeFacts {
  /** The request asks for it to run, even if its state exists. */
  readonly forced: boolean;
  /** Its bytes were lost in this run, so it has to be made again. */
  readonly lost: boolean;
  /** A node gave different bytes than before in this run, so the plan based on the old ones is void. */
  readonly planIsVoid: boolean;
  /** Its state, if it is known to differ from an earlier run only in the keys of its inputs. */
  readonly cutoff: () => Found | undefined;
  /** The key of its actual inputs, with its fields. */
  readonly content: () => { readonly key: CacheKey; readonly fields: readonly Field[] };
  /** The state on record under this key, and whether all of its outputs can be read. */
  readonly recorded: (key: CacheKey) => { readonly state: Found; readonly isComplete: boolean } | undefined;
  /** Why there is no state of these fields, in one clause. */
  readonly explain: (fields: readonly Field[]) => string;
}

export type Decision = HitDecision | MakeDecision;

export interface HitDecision {
  readonly do: 'hit';
  /** `cut-off`: by its actual inputs, not by its plan. */
  readonly how: 'hit' | 'cut-off';
  readonly state: Found;
}

export interface MakeDecision {
  readonly do: 'make';
  readonly key: CacheKey;
  readonly fields: readonly Field[];
  readonly reason: string;
  /** It is made even if its state exists: it is forced, or its bytes are lost. */
  readonly anew: boolean;
}

export function decide(step: ActiveStep, facts: NodeFacts): Decision {
  const { forced, lost } = facts;
  if (!lost && !facts.planIsVoid) {
    if (step.status === 'hit') return { do: 'hit', how: step.planned ? 'hit' : 'cut-off', state: step.state };
    if (step.status === 'run')
      return { do: 'make', key: step.key, fields: step.fields, reason: step.reason, anew: forced };
  }
  const anew = forced || lost;
  const unchanged = anew || facts.planIsVoid ? undefined : facts.cutoff();
  if (unchanged !== undefined) return { do: 'hit', how: 'cut-off', state: unchanged };
  const { key, fields } = facts.content();
  const recorded = facts.recorded(key);
  if (!anew && recorded?.isComplete === true) return { do: 'hit', how: 'cut-off', state: recorded.state };
  // As the planner says it: a forced node whose inputs never had these bytes runs for what changed.
  const reason = lost ? LOST_OUTPUT : recorded === undefined ? facts.explain(fields) : forced ? 'forced' : LOST_OUTPUT;
  return { do: 'make', key, fields, reason, anew };
}
