/** The way forward as calls: from the inputs in the arena to the sums of the heads. */
import type { Linear, NetworkGraph, Step } from '../network/graph.ts';
import { type Call, call } from './kernel.ts';
import { normalise, normaliseBatch } from './kernels/batch-norm.ts';
import { HEAD, headLosses, headResults } from './kernels/heads.ts';
import { lookUp } from './kernels/inputs.ts';
import { linear } from './kernels/linear.ts';
import { sum } from './kernels/move.ts';
import { ACTIVATION, activation, dropout, prelu } from './kernels/steps.ts';
import type { ArenaLayout, PlacedStep, StateLayout } from './layout.ts';
import type { Lists } from './lists.ts';

/** What plans are made from. */
export interface Plan {
  readonly graph: NetworkGraph;
  readonly arena: ArenaLayout;
  readonly state: StateLayout;
  readonly lists: Lists;
}

/** In training if the arena has room for what the way back needs. */
export function forward(plan: Plan): readonly Call[] {
  const { graph, arena, state } = plan;
  const through = graph.nodes.flatMap((node, index): readonly Call[] => {
    const [into] = arena.features[index] as readonly [number];
    switch (node.op) {
      case 'continuous':
      case 'select':
        return [];
      case 'embedding': {
        const { column, table, width } = node;
        const numbers = { codes: arena.codes[column]!, table: state.parameterAt[table]!, width, into };
        return [call(lookUp, numbers, [arena.rows, width])];
      }
      case 'sum': {
        const [added] = arena.features[node.added] as readonly [number];
        const inputs = plan.lists.add(rowsOf(arena, node.inputs));
        return [call(sum, { added, inputs, into }, [arena.rows, node.width])];
      }
      case 'layer': {
        const placed = arena.steps.get(index);
        return [
          linearCall(plan, node, node.width, into),
          ...node.steps.flatMap((step, i) => stepCalls(plan, step, placed?.[i], into, node.width)),
        ];
      }
    }
  });
  return [...through, ...graph.heads.map((head, i) => linearCall(plan, head, head.outputs, arena.heads[i]!.sums))];
}

/** From the sums of the heads to their results. */
export function results({ graph, arena }: Plan): readonly Call[] {
  return graph.heads.map(({ kind, outputs }, i) => {
    const { sums, results: into } = arena.heads[i]!;
    return call(headResults, { kind: HEAD[kind], sums, outputs, into }, [arena.rows]);
  });
}

/** From the sums of the heads to sums of losses. */
export function losses({ graph, arena }: Plan): readonly Call[] {
  return graph.heads.map(({ kind, outputs, target, factor }, i) => {
    const { sums, losses: into } = arena.heads[i]!;
    const targets = arena.targets + target;
    const numbers = { kind: HEAD[kind], sums, outputs, targets, weights: arena.weights, into, factor };
    return call(headLosses, numbers, [arena.rows]);
  });
}

/** The arena rows of the features of several nodes, one after another. */
export function rowsOf({ features }: ArenaLayout, nodes: readonly number[]): readonly number[] {
  return nodes.flatMap((node) => features[node]!);
}

function linearCall(
  { arena, state, lists }: Plan,
  { inputs, fanIn, weight }: Linear,
  width: number,
  into: number,
): Call {
  const numbers = { inputs: lists.add(rowsOf(arena, inputs)), fanIn, weight: state.parameterAt[weight]!, width, into };
  return call(linear, numbers, [arena.rows, width]);
}

/** @param placed undefined if there is no way back */
function stepCalls(
  { arena, state }: Plan,
  step: Step,
  placed: PlacedStep | undefined,
  values: number,
  width: number,
): readonly Call[] {
  const all = [arena.rows, width] as const;
  const kept = { kept: placed?.kept ?? 0, keeps: placed === undefined ? 0 : 1 };
  switch (step.kind) {
    case 'activation':
      return [call(activation, { kind: ACTIVATION[step.activation], values, ...kept }, all)];
    case 'prelu': {
      const slope = state.parameterAt[step.slope]!;
      return [call(prelu, { values, aside: placed?.aside ?? 0, slope, ...kept }, all)];
    }
    case 'dropout': {
      if (placed === undefined) return [];
      const { shift, dropped } = step;
      return [call(dropout, { values, kept: placed.kept, gains: placed.gains, width, shift, dropped }, all)];
    }
    case 'batchNorm': {
      const numbers = {
        values,
        scale: state.parameterAt[step.scale]!,
        shift: state.parameterAt[step.shift]!,
        mean: state.statistics + state.statisticAt[step.mean]!,
        variance: state.statistics + state.statisticAt[step.variance]!,
      };
      if (placed === undefined) return [call(normalise, numbers, all)];
      return [call(normaliseBatch, { ...numbers, kept: placed.kept, factors: placed.aside, width }, [width])];
    }
  }
}
