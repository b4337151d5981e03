/**
 * The passes over a network as lists of kernel calls, made once; a step walks them and allocates nothing.
 *
 * Forward, for each layer: the sums z = W x + b, then the activation h in place, and its slope beside it. Backward,
 * from the output, the derivatives of the loss: dz = dh times the slope; dW and db = dz times x, summed over the batch;
 * for the inputs that are learned, dx = W^T dz, added to the dx of later layers.
 */
import type { NetworkSpec } from '../network/network.ts';
import { FEATURE_BYTES, type Kernels, START } from './kernels.ts';
import type { HiddenLayer, Layer, Layout, Table } from './layout.ts';

/**
 * Calls a kernel on the first `blocks` blocks. If `add` is 1, not 0, it adds its sums over events to the existing
 * values.
 */
export type Call = (blocks: number, add: number) => void;

export interface Plan {
  /** From the inputs to the logits. */
  readonly forward: readonly Call[];
  /** From the logits, after `forward`, to the gradient: of these rows only, or added to the gradient of other rows. */
  readonly backward: readonly Call[];
}

export function makePlan(spec: NetworkSpec, layout: Layout, kernels: Kernels): Plan {
  const { hidden, output, tables, logits, logitSlopes } = layout;
  const forward = [
    ...tables.map((table) => lookUp(layout, kernels, table)),
    ...hidden.flatMap((layer) => {
      const out = layer.to.values + layer.outputs * FEATURE_BYTES;
      const { to, activationSlopes, neurons } = layer;
      return [
        sums(layout, kernels, layer, out, to.blockBytes),
        (blocks: number) => kernels[spec.activation](blocks, out, to.blockBytes, activationSlopes, neurons),
      ];
    }),
    sums(layout, kernels, output, logits, FEATURE_BYTES),
  ];
  const backward = [
    (blocks: number) => kernels.crossEntropySlope(blocks, logits, layout.targets, layout.weights, logitSlopes),
    ...layout.regions.map(
      ({ values, blockBytes, panels }) =>
        (blocks: number) =>
          kernels.pack(blocks, values, blockBytes, panels, blockBytes / (8 * FEATURE_BYTES)),
    ),
    ...backThroughLayer(layout, kernels, output, logitSlopes, true),
    ...hidden.toReversed().flatMap((layer, i) => [
      throughActivation(layout, kernels, layer),
      // In a dense network the last layer's are the first derivatives by the inputs of all; the others' are added.
      ...backThroughLayer(layout, kernels, layer, layout.sumSlopes, !spec.dense || i === 0),
    ]),
    ...tables.map((table) => lookUpGradient(layout, kernels, table)),
  ];
  return { forward, backward };
}

function sums({ parameters }: Layout, kernels: Kernels, layer: Layer, out: number, outBlock: number): Call {
  const { from, first, inputs, neurons, rowBytes } = layer;
  const weights = parameters + layer.weights;
  const x = from.values + first * FEATURE_BYTES;
  const bias = weights + 4 * inputs;
  return (blocks) =>
    kernels.gemm(blocks, weights, rowBytes, 4, x, from.blockBytes, inputs, out, outBlock, bias, neurons, START.bias);
}

function throughActivation({ sumSlopes }: Layout, kernels: Kernels, layer: HiddenLayer): Call {
  const { to, outputs, activationSlopes, neurons } = layer;
  const byOutput = to.slopes + outputs * FEATURE_BYTES;
  return (blocks) => kernels.backThrough(blocks, byOutput, to.blockBytes, activationSlopes, sumSlopes, neurons);
}

/** @param bySums the derivatives by the layer's sums, [blocks][neurons][32] */
function backThroughLayer(layout: Layout, kernels: Kernels, layer: Layer, bySums: number, set: boolean): Call[] {
  const { from, first, learned, neurons, firstPanel, panelCount, rowBytes } = layer;
  const gradient = layout.gradient + layer.matrix;
  const weights = layout.parameters + layer.weights;
  const block = neurons * FEATURE_BYTES;
  const byInputs = from.slopes + first * FEATURE_BYTES;
  const start = set ? START.zero : START.present;
  const calls: Call[] = [
    (blocks, add) => {
      const x = from.panels + firstPanel * 8 * FEATURE_BYTES * blocks;
      kernels.weightGradient(blocks, x, panelCount, bySums, block, neurons, gradient, add);
    },
  ];
  if (learned > 0)
    calls.push((blocks) =>
      kernels.gemm(blocks, weights, 4, rowBytes, bySums, block, neurons, byInputs, from.blockBytes, 0, learned, start),
    );
  return calls;
}

function lookUp({ input, parameters }: Layout, kernels: Kernels, table: Table): Call {
  const { codes, size } = table;
  const out = input.values + table.feature * FEATURE_BYTES;
  const weights = parameters + table.weights;
  return (blocks) => kernels.lookUp(blocks, codes, weights, size, out, input.blockBytes);
}

function lookUpGradient({ input, gradient }: Layout, kernels: Kernels, table: Table): Call {
  const { codes, cardinality, size } = table;
  const byInputs = input.slopes + table.feature * FEATURE_BYTES;
  const out = gradient + table.weights;
  return (blocks, add) =>
    kernels.lookUpGradient(blocks, codes, cardinality, size, byInputs, input.blockBytes, out, add);
}
