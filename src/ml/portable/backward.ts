/**
 * The way back: from the heads to the gradient, in the reverse order of the graph. The derivatives by a node's features
 * are complete once all that take them are done: the first one sets them, the others add.
 *
 * For each layer, back through its steps: dz; then dW and db = dz times x, summed over the batch; and, for the inputs
 * that are learned, dx = W^T dz.
 */
import type { GraphNode, NetworkGraph } from '../network/graph.ts';
import type { Call } from './call.ts';
import { FEATURE_BYTES, type Kernels, PANEL, START } from './kernels.ts';
import type { Layout, PlacedHead, PlacedLinear, PlacedStep, Span } from './layout.ts';

/** Where derivatives are, [blocks][features][32]. */
interface Slopes {
  readonly address: number;
  readonly blockBytes: number;
}

export function backward(graph: NetworkGraph, layout: Layout, kernels: Kernels): readonly Call[] {
  return new BackwardPlan(graph, layout, kernels).calls();
}

class BackwardPlan {
  readonly #graph: NetworkGraph;
  readonly #layout: Layout;
  readonly #kernels: Kernels;
  /** Nodes whose derivatives have been set. */
  readonly #set = new Set<number>();

  constructor(graph: NetworkGraph, layout: Layout, kernels: Kernels) {
    this.#graph = graph;
    this.#layout = layout;
    this.#kernels = kernels;
  }

  calls(): readonly Call[] {
    const { heads, layers } = this.#layout;
    const kernels = this.#kernels;
    const taken = new Set([...layers.values(), ...heads].flatMap(({ spans }) => spans.map(({ region }) => region)));
    const packed = [...taken].map(
      ({ values, blockBytes, panels }): Call =>
        (blocks) =>
          kernels.pack(blocks, values, blockBytes, panels, blockBytes / (PANEL * FEATURE_BYTES)),
    );
    return [
      ...heads.map((head) => this.#lossSlope(head)),
      ...packed,
      ...heads.flatMap((head) =>
        this.#throughLinear(head, { address: head.results, blockBytes: head.neurons * FEATURE_BYTES }),
      ),
      ...this.#graph.nodes
        .map((node, index) => ({ node, index }))
        .toReversed()
        .flatMap(({ node, index }) => this.#throughNode(node, index)),
    ];
  }

  #lossSlope({ head, logits, results, targets, weights }: PlacedHead): Call {
    const kernels = this.#kernels;
    const { outputs } = head;
    switch (head.kind) {
      case 'sigmoid':
        return (blocks) => kernels.crossEntropySlope(blocks * outputs, logits, targets, weights, results);
      case 'softmax':
        return (blocks) => kernels.softmaxSlope(blocks, logits, outputs, targets, weights, results);
      case 'linear':
        return (blocks) => kernels.squaredErrorSlope(blocks * outputs, logits, targets, weights, results);
    }
  }

  #throughNode(node: GraphNode, index: number): readonly Call[] {
    switch (node.op) {
      case 'continuous':
        return [];
      case 'embedding': {
        const { address, blockBytes } = this.#slopesOf(index);
        const codes = this.#layout.codes[node.column]!;
        const out = this.#layout.gradient + this.#layout.vectors.get(node.table)!;
        const { cardinality, width } = node;
        const kernels = this.#kernels;
        return [
          (blocks, add) => kernels.lookUpGradient(blocks, codes, cardinality, width, address, blockBytes, out, add),
        ];
      }
      case 'select': {
        let from = 0;
        return node.slices.flatMap(({ node: to, from: start, to: end }) => {
          const call = this.#handOn(index, from, to, end - start);
          from += end - start;
          return call;
        });
      }
      case 'sum': {
        let from = 0;
        const toInputs = node.inputs.flatMap((to) => {
          const { width } = this.#graph.nodes[to]!;
          const call = this.#handOn(index, from, to, width);
          from += width;
          return call;
        });
        return [...this.#handOn(index, 0, node.added, node.width), ...toInputs];
      }
      case 'layer': {
        const layer = this.#layout.layers.get(index)!;
        let slopes = this.#slopesOf(index);
        const steps = layer.steps.toReversed().flatMap((step) => {
          const calls = this.#throughStep(step, slopes, node.width);
          slopes = { address: this.#layout.sumSlopes, blockBytes: node.width * FEATURE_BYTES };
          return calls;
        });
        return [...steps, ...this.#throughLinear(layer, slopes)];
      }
    }
  }

  /** Hands some of a node's derivatives on to all features of an earlier one, if that one is learned. */
  #handOn(node: number, feature: number, to: number, count: number): readonly Call[] {
    if (!this.#graph.nodes[to]!.learned) return [];
    const source = this.#slopesOf(node);
    const target = this.#slopesOf(to);
    const from = source.address + feature * FEATURE_BYTES;
    const add = this.#set.has(to) ? 1 : 0;
    this.#set.add(to);
    const kernels = this.#kernels;
    return [(blocks) => kernels.move(blocks, from, source.blockBytes, target.address, target.blockBytes, count, add)];
  }

  /** From the derivatives by what a step gives to those by what it took, which replace what `sumSlopes` holds. */
  #throughStep({ step, kept, aside }: PlacedStep, { address, blockBytes }: Slopes, width: number): readonly Call[] {
    const { gradient, parameters, vectors, sumSlopes } = this.#layout;
    const kernels = this.#kernels;
    const chainRule: Call = (blocks) => kernels.backThrough(blocks, address, blockBytes, kept, sumSlopes, width);
    switch (step.kind) {
      case 'activation':
      case 'dropout':
        return [chainRule];
      case 'prelu': {
        const out = gradient + vectors.get(step.slope)!;
        return [(blocks, add) => kernels.preluGradient(blocks, address, blockBytes, aside, width, out, add), chainRule];
      }
      case 'batchNorm': {
        const scale = parameters + vectors.get(step.scale)!;
        const [byScale, byShift] = [gradient + vectors.get(step.scale)!, gradient + vectors.get(step.shift)!];
        return [
          (blocks, _, rows) =>
            kernels.batchNormGradient(
              blocks,
              rows,
              address,
              blockBytes,
              kept,
              width,
              scale,
              aside,
              sumSlopes,
              byScale,
              byShift,
            ),
        ];
      }
    }
  }

  /** @param bySums the derivatives by the layer's sums */
  #throughLinear({ spans, neurons }: PlacedLinear, { address, blockBytes }: Slopes): readonly Call[] {
    const kernels = this.#kernels;
    const { gradient, parameters } = this.#layout;
    const byWeights = spans.map(({ region, firstPanel, panelCount, matrix }): Call => {
      const out = gradient + matrix;
      return (blocks, add) => {
        const x = region.panels + firstPanel * PANEL * FEATURE_BYTES * blocks;
        kernels.weightGradient(blocks, x, panelCount, address, blockBytes, neurons, out, add);
      };
    });
    const byInputs = spans.flatMap((span) =>
      this.#learnedParts(span).map(({ offset, count, add }): Call => {
        const { region, first, weights, rowBytes } = span;
        const out = region.slopes + (first + offset) * FEATURE_BYTES;
        const matrix = parameters + weights + 4 * offset;
        const start = add ? START.present : START.zero;
        return (blocks) =>
          kernels.gemm(
            blocks,
            matrix,
            4,
            rowBytes,
            address,
            blockBytes,
            neurons,
            out,
            region.blockBytes,
            0,
            count,
            start,
          );
      }),
    );
    return [...byWeights, ...byInputs];
  }

  /**
   * The learned features of a span, as few consecutive parts as can be set or added to at once; they count as set from
   * now on.
   */
  #learnedParts({
    nodes,
  }: Span): readonly { readonly offset: number; readonly count: number; readonly add: boolean }[] {
    const parts: { offset: number; count: number; add: boolean }[] = [];
    let offset = 0;
    for (const node of nodes) {
      const { learned, width } = this.#graph.nodes[node]!;
      const add = this.#set.has(node);
      const last = parts.at(-1);
      if (learned && last?.add === add && last.offset + last.count === offset) last.count += width;
      else if (learned) parts.push({ offset, count: width, add });
      if (learned) this.#set.add(node);
      offset += width;
    }
    return parts;
  }

  #slopesOf(node: number): Slopes {
    const { region, first } = this.#layout.places[node]!;
    return { address: region.slopes + first * FEATURE_BYTES, blockBytes: region.blockBytes };
  }
}
