/**
 * The nodes of a run with how each was made, and the states of other runs that they rest on: the lineage of every
 * number of the run, each state once.
 */
import type { CacheKey } from '../../core/identity/digest.ts';
import type { VisitOutcome } from '../../events.ts';
import type { MetricRecord } from '../../store/query/attempts.ts';
import type { InputOfState, MadeState } from '../../store/query/ancestry.ts';
import type { Readers } from '../../store/query/readers.ts';
import type { VisitRecord } from '../../store/query/visits.ts';
import { fieldsByMeaning } from '../lineage/field-meaning.ts';
import type { LineageState } from '../lineage/lineage.ts';
import { type Edge, graphOfRun } from '../view/run-graph.ts';
import type { RunView } from '../view/run-view.ts';
import { stageNamesOf } from '../view/stage-names.ts';

/** How a state was made. */
export interface ReportState extends Omit<LineageState, 'node' | 'stage' | 'inputs' | 'observed' | 'accesses'> {
  /** The last value of each of its metrics. */
  readonly metrics: readonly MetricRecord[];
}

export interface ReportNode {
  readonly node: string;
  readonly stage: string;
  /** Null for a node of another run. */
  readonly outcome: VisitOutcome | null;
  readonly reason: string | null;
  /** Null if it failed or was skipped. */
  readonly made: ReportState | null;
  readonly inputs: readonly Edge[];
}

export interface ReportNodes {
  /** In an order in which producers come first. */
  readonly nodes: readonly ReportNode[];
  /** What was made in other runs under other nodes, producers first. */
  readonly elsewhere: readonly ReportNode[];
}

export function reportNodes(query: Readers, view: RunView): ReportNodes {
  const visits = [...view.nodes.values()];
  const graph = graphOfRun(query, view);
  const stages = stageNamesOf(query, visits);
  const own = new Set(visits.flatMap(({ state }) => state?.id ?? []));
  const above = statesElsewhere(query, graph);
  const others = above.filter((id) => !own.has(id));
  const states = readStates(query, [...own, ...others]);
  const nodes = visits.map(({ node, outcome, reason, state }: VisitRecord): ReportNode => ({
    node,
    stage: stages.get(node)!,
    outcome,
    reason,
    made: state === null ? null : states.get(state.id)!.state,
    inputs: graph.get(node) ?? [],
  }));
  const inputs = query.ancestry.inputs(others);
  const byId = new Map(query.ancestry.states(above).map((state) => [state.id, state]));
  return {
    nodes: producersFirst(nodes),
    elsewhere: others.map((id) => {
      const { node, stage, state } = states.get(id)!;
      const edges = (inputs.get(id) ?? []).map((input) => edgeOf(input, byId));
      return { node, stage, outcome: null, reason: null, made: state, inputs: edges };
    }),
  };
}

/** Ids of the states that nodes took from other runs, with all that they were made of. */
function statesElsewhere(query: Readers, graph: ReadonlyMap<string, readonly Edge[]>): readonly number[] {
  const keys = new Set<CacheKey>();
  for (const edges of graph.values()) for (const { from } of edges) if (from.kind === 'state') keys.add(from.state);
  if (keys.size === 0) return [];
  return query.ancestry.above(query.states.byKeys([...keys]).flatMap((state) => state?.id ?? []));
}

function edgeOf(input: InputOfState, states: ReadonlyMap<number, MadeState>): Edge {
  const { slot, index, digest, bytes, producer, output, path } = input;
  if (producer === null) return { slot, index, digest, bytes, from: { kind: 'file', path: path ?? '' } };
  const { key, node } = states.get(producer)!;
  return { slot, index, digest, bytes, from: { kind: 'state', state: key, node, output: output! } };
}

interface MadeHere {
  readonly node: string;
  readonly stage: string;
  readonly state: ReportState;
}

function readStates({ ancestry, attempts, verifications }: Readers, ids: readonly number[]) {
  const [fields, outputs, metrics, verified] = [
    ancestry.fields(ids),
    ancestry.outputs(ids),
    attempts.finalMetrics(ids),
    verifications.latest(ids),
  ];
  return new Map(
    ancestry
      .states(ids)
      .map(({ id, key, node, stage, code, run, worker, startedAt, seconds, compute }): [number, MadeHere] => {
        const state = {
          code,
          run,
          worker,
          startedAt,
          seconds,
          compute,
          ...fieldsByMeaning(fields.get(id) ?? []),
          state: key,
          outputs: outputs.get(id) ?? [],
          metrics: metrics.get(id) ?? [],
          verified: verified.get(id) ?? null,
        };
        return [id, { node, stage, state }];
      }),
  );
}

/** Those that failed or were skipped come last: nobody knows what they took. */
function producersFirst(nodes: readonly ReportNode[]): readonly ReportNode[] {
  const byName = new Map(nodes.map((each) => [each.node, each]));
  const sorted = new Set<ReportNode>();
  const starts = [...nodes.filter(({ made }) => made !== null), ...nodes.filter(({ made }) => made === null)];
  for (const start of starts) {
    const stack = [{ node: start, next: 0 }];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const from = sorted.has(top.node) ? undefined : top.node.inputs[top.next++]?.from;
      if (from === undefined) {
        sorted.add(top.node);
        stack.pop();
      } else if (from.kind === 'node') {
        const producer = byName.get(from.node);
        if (producer !== undefined && !sorted.has(producer)) stack.push({ node: producer, next: 0 });
      }
    }
  }
  return [...sorted];
}
