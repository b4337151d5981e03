/**
 * The way back as calls: from the heads to the gradient, in the reverse order of the graph. The derivatives by a
 * feature are complete once all that take it are done: the first one sets them, the others add.
 */
import type { GraphNode, Linear } from '../network/graph.ts';
import { type Plan, rowsOf } from './forward.ts';
import { type Call, call } from './kernel.ts';
import { normaliseGradient } from './kernels/batch-norm.ts';
import { HEAD, headSlopes } from './kernels/heads.ts';
import { lookUpGradient } from './kernels/inputs.ts';
import { ADD, inputSlopes, weightGradient } from './kernels/linear.ts';
import { handOn } from './kernels/move.ts';
import { backThrough, preluGradient } from './kernels/steps.ts';
import type { PlacedStep } from './layout.ts';

export function backward(plan: Plan): readonly Call[] {
  return new Backward(plan).calls();
}

class Backward {
  readonly #plan: Plan;
  /** Arena rows of derivatives that have been set. */
  readonly #set = new Set<number>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  calls(): readonly Call[] {
    const { graph, arena } = this.#plan;
    const slopes = graph.heads.map(({ kind, outputs, target, factor }, i) => {
      const { sums, results } = arena.heads[i]!;
      const targets = arena.targets + target;
      const numbers = { kind: HEAD[kind], sums, outputs, targets, weights: arena.weights, slopes: results, factor };
      return call(headSlopes, numbers, [arena.rows]);
    });
    return [
      ...slopes,
      ...graph.heads.flatMap((head, i) => this.#throughLinear(head, head.outputs, arena.heads[i]!.results)),
      ...graph.nodes
        .map((node, index) => ({ node, index }))
        .toReversed()
        .flatMap(({ node, index }) => this.#throughNode(node, index)),
    ];
  }

  #throughNode(node: GraphNode, index: number): readonly Call[] {
    const { arena, state, lists } = this.#plan;
    const slopes = arena.slopes.get(arena.features[index]![0]!);
    // A selection's derivatives are those of what it chose; what no head sees has none.
    if (node.op === 'continuous' || node.op === 'select' || slopes === undefined || !this.#set.has(slopes)) return [];
    switch (node.op) {
      case 'embedding': {
        const { column, table, cardinality, width } = node;
        const out = state.gradient + state.parameterAt[table]!;
        const numbers = { codes: arena.codes[column]!, width, cardinality, slopes, out };
        return [call(lookUpGradient, numbers, [cardinality * width])];
      }
      case 'sum': {
        const own = Array.from({ length: node.width }, (_, i) => slopes + i);
        const to = [...arena.features[node.added]!, ...rowsOf(arena, node.inputs)];
        return this.#rounds(to, (i) => own[i % node.width]!).map(({ sources, targets }) => {
          const pairs = lists.add([...sources, ...targets]);
          return call(handOn, { pairs, count: targets.length }, [arena.rows, targets.length]);
        });
      }
      case 'layer': {
        const steps = arena.steps.get(index)!.toReversed();
        return [
          ...steps.flatMap((step) => this.#throughStep(step, slopes, node.width)),
          ...this.#throughLinear(node, node.width, slopes),
        ];
      }
    }
  }

  /** From the derivatives by what a step gives to those by what it took, in the same place. */
  #throughStep({ step, kept, aside }: PlacedStep, slopes: number, width: number): readonly Call[] {
    const { arena, state } = this.#plan;
    const chainRule = (): Call => call(backThrough, { slopes, kept }, [arena.rows, width]);
    const gradientAt = (parameter: number): number => state.gradient + state.parameterAt[parameter]!;
    switch (step.kind) {
      case 'activation':
      case 'dropout':
        return [chainRule()];
      case 'prelu':
        return [call(preluGradient, { slopes, aside, width, out: gradientAt(step.slope) }, [1]), chainRule()];
      case 'batchNorm': {
        const [scale, shift] = [gradientAt(step.scale), gradientAt(step.shift)];
        return [call(normaliseGradient, { slopes, kept, factors: aside, width, scale, shift }, [width])];
      }
    }
  }

  /** @param slopes the first arena row of the derivatives by its sums */
  #throughLinear({ inputs, fanIn, weight }: Linear, width: number, slopes: number): readonly Call[] {
    const { arena, state, lists } = this.#plan;
    const taken = rowsOf(arena, inputs);
    const from = state.parameterAt[weight]!;
    const numbers = { inputs: lists.add(taken), fanIn, width, slopes, out: state.gradient + from };
    const byWeights = call(weightGradient, numbers, [width, fanIn + 1]);
    const byInputs = this.#rounds(taken, (k) => k).map(({ sources, targets }) => {
      const pairs = lists.add([...sources, ...targets]);
      const count = targets.length;
      return call(inputSlopes, { pairs, count, weight: from, width, slopes }, [arena.rows, count]);
    });
    return [byWeights, ...byInputs];
  }

  /**
   * Pairs of what is handed on and where to, for those of these feature rows that are learned. A row that comes several
   * times is in several rounds, for calls write each row once.
   */
  #rounds(
    rows: readonly number[],
    sourceOf: (i: number) => number,
  ): readonly { readonly sources: readonly number[]; readonly targets: readonly number[] }[] {
    const rounds: { sources: number[]; targets: number[] }[] = [];
    const times = new Map<number, number>();
    for (const [i, row] of rows.entries()) {
      const slope = this.#plan.arena.slopes.get(row);
      if (slope === undefined) continue;
      const round = times.get(slope) ?? 0;
      times.set(slope, round + 1);
      rounds[round] ??= { sources: [], targets: [] };
      rounds[round].sources.push(sourceOf(i));
      rounds[round].targets.push(this.#set.has(slope) ? slope + ADD : slope);
      this.#set.add(slope);
    }
    return rounds;
  }
}
