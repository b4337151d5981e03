/**
 * The passes over a network as lists of kernel calls, made once; a step walks them and allocates nothing.
 *
 * Forward, for each layer: the sums z = W x + b, then its steps in place, with what the way back needs of them beside
 * it. Backward (backward.ts), from the heads: the derivatives of the loss.
 */
import type { GraphNode, NetworkGraph } from '../network/graph.ts';
import { BATCH_NORM } from '../network/batch-norm.ts';
import { backward } from './backward.ts';
import type { Call } from './call.ts';
import { FEATURE_BYTES, type Kernels, START } from './kernels.ts';
import type { Layout, PlacedHead, PlacedLinear, PlacedStep } from './layout.ts';

export interface Plan {
  /** From the inputs to the logits, as in training, and as in use. */
  readonly forward: readonly Call[];
  readonly predict: readonly Call[];
  /** From the logits to what is predicted. */
  readonly results: readonly Call[];
  /** From the logits, after `forward`, to the gradient: of these rows only, or added to the gradient of other rows. */
  readonly backward: readonly Call[];
}

export function makePlan(graph: NetworkGraph, layout: Layout, kernels: Kernels): Plan {
  return {
    forward: forward(graph, layout, kernels, true),
    predict: forward(graph, layout, kernels, false),
    results: layout.heads.flatMap((head) => resultsOf(kernels, head)),
    backward: backward(graph, layout, kernels),
  };
}

function forward({ nodes }: NetworkGraph, layout: Layout, kernels: Kernels, isTraining: boolean): readonly Call[] {
  return [
    ...nodes.flatMap((node, index) => nodeCalls(node, index, layout, kernels, isTraining)),
    ...layout.heads.flatMap((head) => sums(layout, kernels, head, head.logits, head.neurons * FEATURE_BYTES)),
  ];
}

function nodeCalls(
  node: GraphNode,
  index: number,
  layout: Layout,
  kernels: Kernels,
  isTraining: boolean,
): readonly Call[] {
  const { region, first, width } = layout.places[index]!;
  const { blockBytes } = region;
  const out = region.values + first * FEATURE_BYTES;
  const copy = (from: number, feature: number, count: number, to: number, add: number): Call => {
    const source = layout.places[from]!;
    const address = source.region.values + (source.first + feature) * FEATURE_BYTES;
    const target = out + to * FEATURE_BYTES;
    return (blocks) => kernels.move(blocks, address, source.region.blockBytes, target, blockBytes, count, add);
  };
  switch (node.op) {
    case 'continuous':
      return [];
    case 'embedding': {
      const codes = layout.codes[node.column]!;
      const table = layout.parameters + layout.vectors.get(node.table)!;
      return [(blocks) => kernels.lookUp(blocks, codes, table, width, out, blockBytes)];
    }
    case 'select': {
      let to = 0;
      return node.slices.map(({ node: from, from: start, to: end }) => {
        const call = copy(from, start, end - start, to, 0);
        to += end - start;
        return call;
      });
    }
    case 'sum': {
      let to = 0;
      const added = node.inputs.map((from) => {
        const count = layout.places[from]!.width;
        const call = copy(from, 0, count, to, 1);
        to += count;
        return call;
      });
      return [copy(node.added, 0, width, 0, 0), ...added];
    }
    case 'layer': {
      const layer = layout.layers.get(index)!;
      const steps = layer.steps.flatMap((step) =>
        stepCalls(step, { out, blockBytes, width }, layout, kernels, isTraining),
      );
      return [...sums(layout, kernels, layer, out, blockBytes), ...steps];
    }
  }
}

/** z = W x + b, span by span; the last one has the bias, and so begins. */
function sums(
  { parameters }: Layout,
  kernels: Kernels,
  { spans, neurons }: PlacedLinear,
  out: number,
  outBlock: number,
): readonly Call[] {
  return spans.toReversed().map(({ region, first, inputs, weights, rowBytes }, i): Call => {
    const matrix = parameters + weights;
    const bias = matrix + 4 * inputs;
    const x = region.values + first * FEATURE_BYTES;
    const { blockBytes } = region;
    const start = i === 0 ? START.bias : START.present;
    return (blocks) =>
      kernels.gemm(blocks, matrix, rowBytes, 4, x, blockBytes, inputs, out, outBlock, bias, neurons, start);
  });
}

function stepCalls(
  { step, kept, aside }: PlacedStep,
  { out, blockBytes, width }: { readonly out: number; readonly blockBytes: number; readonly width: number },
  { parameters, vectors, statistics }: Layout,
  kernels: Kernels,
  isTraining: boolean,
): readonly Call[] {
  const parameter = (index: number): number => parameters + vectors.get(index)!;
  switch (step.kind) {
    case 'activation': {
      const { activation } = step;
      return [(blocks) => kernels[activation](blocks, out, blockBytes, kept, width)];
    }
    case 'prelu': {
      const slope = parameter(step.slope);
      return [(blocks) => kernels.prelu(blocks, out, blockBytes, kept, width, slope, aside)];
    }
    case 'batchNorm': {
      const [scale, shift] = [parameter(step.scale), parameter(step.shift)];
      const [mean, variance] = [statistics[step.mean]!, statistics[step.variance]!];
      const { momentum, epsilon } = BATCH_NORM;
      if (!isTraining)
        return [(blocks) => kernels.standardise(blocks, out, blockBytes, width, scale, shift, mean, variance, epsilon)];
      return [
        (blocks, _, rows) =>
          kernels.batchNorm(
            blocks,
            rows,
            out,
            blockBytes,
            kept,
            width,
            scale,
            shift,
            aside,
            mean,
            variance,
            momentum,
            epsilon,
          ),
      ];
    }
    case 'dropout': {
      const { shift, dropped } = step;
      if (!isTraining) return [];
      return [(blocks) => kernels.dropOut(blocks, out, blockBytes, kept, width, shift, dropped)];
    }
  }
}

function resultsOf(kernels: Kernels, { head, logits, results }: PlacedHead): readonly Call[] {
  const { outputs } = head;
  switch (head.kind) {
    case 'sigmoid':
      return [(blocks) => kernels.sigmoid(blocks * outputs, logits, results)];
    case 'softmax':
      return [(blocks) => kernels.softmax(blocks, logits, outputs, results)];
    case 'linear':
      return [(blocks) => kernels.move(blocks * outputs, logits, FEATURE_BYTES, results, FEATURE_BYTES, 1, 0)];
  }
}
