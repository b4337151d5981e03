/**
 * The states on record that a node without one is compared with, to say why it runs: its own first, then those of its
 * stage. Both are bounded, and none is newer than the plan: what a run itself makes does not explain it. Fields are
 * read one state after another, since most nodes are explained by the first.
 */
import type { Field } from '../../../core/identity/cache-key.ts';
import type { Cache } from '../../../store/cache.ts';
import type { PipelineId } from '../../../store/query/runs.ts';

type Fields = readonly Field[];

export interface ComparableStates {
  readonly node: string;
  /** Fields of the states that the node had in the latest runs of its pipeline, newest first. */
  readonly own: Iterable<Fields>;
  /** Fields of the latest states of its stage, newest first, with the nodes that made them. */
  readonly ofStage: () => readonly { readonly node: string; readonly fields: Fields }[];
}

/**
 * @param former what the node and its stage were called before: their states count where there are none of the present
 * names
 */
export type Compare = (node: string, stage: string, former?: FormerNames) => ComparableStates;

export interface FormerNames {
  readonly node: string;
  readonly stage: string;
}

const COMPARED_RUNS = 24;
const COMPARED_OF_STAGE = 16;

/**
 * The answers are kept: all nodes of a stage share its states.
 * @param newest id of the newest state that counts
 */
export function comparableStates({ query }: Cache, pipeline: PipelineId, newest: number): Compare {
  const kept = new Map<number, Fields>();
  const byStage = new Map<string, ReturnType<ComparableStates['ofStage']>>();
  let runs: readonly number[] | undefined;
  const fieldsOf = (state: number): Fields => {
    let fields = kept.get(state);
    if (fields === undefined) kept.set(state, (fields = query.states.fields(state)));
    return fields;
  };
  const ofStage = (stage: string): ReturnType<ComparableStates['ofStage']> => {
    let states = byStage.get(stage);
    if (states === undefined) {
      states = query.states
        .recent(stage, COMPARED_OF_STAGE, newest)
        .map(({ id, node }) => ({ node, fields: fieldsOf(id) }));
      byStage.set(stage, states);
    }
    return states;
  };
  const ownOf = (node: string): readonly number[] =>
    query.visits.states(node, (runs ??= query.runs.latestIds(COMPARED_RUNS, [pipeline])), newest);
  return (node, stage, former) => {
    // In a fresh cache there is nothing to look for, a thousand times.
    const now = newest === 0 ? [] : ownOf(node);
    const own = now.length === 0 && newest > 0 && former !== undefined ? ownOf(former.node) : now;
    const ofStages = (): ReturnType<ComparableStates['ofStage']> => {
      const states = ofStage(stage);
      return states.length === 0 && former !== undefined ? ofStage(former.stage) : states;
    };
    return {
      node,
      own: {
        *[Symbol.iterator]() {
          for (const state of own) yield fieldsOf(state);
        },
      },
      ofStage: ofStages,
    };
  };
}
