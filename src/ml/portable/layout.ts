/**
 * Where each part of a network is in one memory, fixed before the first step: features, parameters, moments.
 *
 * The features of a batch are in regions, [blocks][features][32], one region a group of the graph: its nodes one after
 * another, then a feature of ones, then padding to whole panels of 8. What a layer takes is a span, consecutive
 * features of a region, or several of them; so a densely connected block, where x_{k+1} = [h_k, x_k], has one region,
 *
 *     h_{d-2} ... h_1 h_0 embedded continuous 1        and the last layer's, for what follows alone:  h_{d-1} 1
 *
 * of which every layer takes the end and writes its outputs before that. The ones make biases weights of one more
 * input.
 *
 * The weights of a span are [neurons][inputs], with the bias after those of the last span, each row padded to whole
 * panels of 8 inputs, for the panels of a region start at its first feature while a span may start inside of one. What
 * is computed for such other inputs is never used.
 */
import type { GraphHead, LayerNode, Linear, NetworkGraph, Step } from '../network/graph.ts';
import { sizeOf } from '../network/network.ts';
import { FEATURE_BYTES, PANEL } from './kernels.ts';
import { allocator, type Memory, toMultiple } from './memory.ts';

/** Consecutive features of a batch. */
export interface Region {
  /** All features, with the ones and without the padding of the last panel. */
  readonly features: number;
  /** Bytes from one block to the next. */
  readonly blockBytes: number;
  readonly values: number;
  /** The loss's derivatives by the values, laid out alike. */
  readonly slopes: number;
  /** [panels][32 blocks][8]: the values as `weightGradient` takes them. */
  readonly panels: number;
}

/** Where a node's features are. */
export interface Place {
  readonly region: Region;
  /** The feature of `region` where they start. */
  readonly first: number;
  readonly width: number;
}

/** Consecutive inputs of a layer. */
export interface Span {
  readonly region: Region;
  /** The feature of `region` where they start. */
  readonly first: number;
  readonly inputs: number;
  /** The nodes that they are of, in their order. */
  readonly nodes: readonly number[];
  /** The panels of `region` that hold them. */
  readonly firstPanel: number;
  readonly panelCount: number;
  /** Byte offset in a parameter vector of the first neuron's first weight, and of the panels that hold it. */
  readonly weights: number;
  readonly matrix: number;
  /** Bytes from one neuron's weights to the next. */
  readonly rowBytes: number;
}

/** A layer's weights, or a head's. The bias is the next weight after the last span's. */
export interface PlacedLinear {
  readonly spans: readonly Span[];
  readonly neurons: number;
}

/** A step with what it keeps for the way back. */
export interface PlacedStep {
  readonly step: Step;
  /**
   * [blocks][neurons][32]: the activation's derivative, the gain of dropout, or the standardised values of batch norm.
   */
  readonly kept: number;
  /** For PReLU, its negative inputs in the same shape; for batch norm, 1 / sqrt(variance + epsilon) of each feature. */
  readonly aside: number;
}

export interface PlacedLayer extends PlacedLinear {
  readonly steps: readonly PlacedStep[];
}

export interface PlacedHead extends PlacedLinear {
  readonly head: GraphHead;
  /** [blocks][outputs][32]: the sums, and their derivatives or what is predicted. */
  readonly logits: number;
  readonly results: number;
  /** [blocks][targets][32]: targets and weights. */
  readonly targets: number;
  readonly weights: number;
}

export interface Layout {
  readonly bytes: number;
  readonly blocks: number;
  readonly regions: readonly Region[];
  /** By node. */
  readonly places: readonly Place[];
  /** By node, of layers. */
  readonly layers: ReadonlyMap<number, PlacedLayer>;
  readonly heads: readonly PlacedHead[];
  /** By column, the codes [32 blocks] of int32. */
  readonly codes: readonly number[];
  /** The derivative by a layer's sums: [blocks][width][32]. */
  readonly sumSlopes: number;
  /** Vectors of `padded` numbers: parameters, gradient, the optimiser's moments, and the bits of what is not pruned. */
  readonly padded: number;
  readonly parameters: number;
  readonly gradient: number;
  readonly first: number;
  readonly second: number;
  readonly kept: number;
  /** Byte offset in such a vector of each parameter outside of the layers' matrices. */
  readonly vectors: ReadonlyMap<number, number>;
  /** For each number of all parameters, in their order, its index in such a vector. */
  readonly numbers: Uint32Array;
  /** The address of each of the network's statistics. */
  readonly statistics: readonly number[];
}

/** @param blocks how many blocks of 32 rows the memory has room for */
export function layOut(graph: NetworkGraph, blocks: number): Layout {
  const { nodes, heads, groups, parameters } = graph;
  const memory = allocator();
  const take = memory.take;
  const regionOf = (features: number): Region => placeRegion(memory, blocks, features);
  const places: Place[] = [];
  const regions = groups.map((group) => {
    const region = regionOf(group.reduce((sum, node) => sum + nodes[node]!.width, 0));
    let first = 0;
    for (const node of group) {
      places[node] = { region, first, width: nodes[node]!.width };
      first += nodes[node]!.width;
    }
    return region;
  });
  // Ones of their own, for the biases of a layer whose inputs end inside of a region.
  const ones = regionOf(0);

  const vector = allocator();
  const vectors = new Map<number, number>();
  for (const [i, { name, shape }] of parameters.entries())
    if (!isMatrix(name)) vectors.set(i, vector.take(4 * sizeOf(shape)));
  const numbers = new Uint32Array(parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0));
  const starts = startsOf(parameters);
  const linear = ({ inputs, weight }: Linear, neurons: number): PlacedLinear => {
    const spans = spansOf(inputs, places, ones).map((span) => placeSpan(vector, span, neurons));
    // In the order of the parameters: weights by input and neuron, then the biases, as inputs of the last span.
    let n = starts[weight]!;
    for (const [s, span] of spans.entries()) {
      const inputsAndBias = span.inputs + (s === spans.length - 1 ? 1 : 0);
      for (let i = 0; i < inputsAndBias; i++)
        for (let o = 0; o < neurons; o++) numbers[n++] = (span.weights + o * span.rowBytes) / 4 + i;
    }
    return { spans, neurons };
  };
  const perNeuron = (neurons: number): number => take(blocks * neurons * FEATURE_BYTES);
  const layers = new Map<number, PlacedLayer>();
  for (const [node, layer] of nodes.entries())
    if (layer.op === 'layer')
      layers.set(node, { ...linear(layer, layer.width), steps: stepsOf(layer, () => perNeuron(layer.width)) });
  const placedHeads = heads.map((head): PlacedHead => ({
    ...linear(head, head.outputs),
    head,
    logits: perNeuron(head.outputs),
    results: perNeuron(head.outputs),
    targets: perNeuron(head.targets),
    weights: perNeuron(head.targets),
  }));
  const padded = vector.take(0) / 4;
  for (const [i, offset] of vectors)
    for (let n = 0; n < sizeOf(parameters[i]!.shape); n++) numbers[starts[i]! + n] = offset / 4 + n;

  return {
    blocks,
    regions: [...regions, ones],
    places,
    layers,
    heads: placedHeads,
    codes: nodes.filter(({ op }) => op === 'embedding').map(() => perNeuron(1)),
    sumSlopes: perNeuron(Math.max(...nodes.map(({ width }) => width))),
    padded,
    parameters: take(4 * padded),
    gradient: take(4 * padded),
    first: take(4 * padded),
    second: take(4 * padded),
    kept: take(4 * padded),
    vectors,
    numbers,
    statistics: graph.statistics.map(({ shape }) => take(4 * sizeOf(shape))),
    bytes: take(0),
  };
}

function placeRegion({ take }: Memory, blocks: number, values: number): Region {
  const blockBytes = toMultiple(values + 1, PANEL) * FEATURE_BYTES;
  const bytes = blocks * blockBytes;
  return { features: values + 1, blockBytes, values: take(bytes), slopes: take(bytes), panels: take(bytes) };
}

type UnplacedSpan = Pick<Span, 'region' | 'first' | 'inputs' | 'nodes'>;

/** Inputs that follow one another in a region as one span; ones follow the last. */
function spansOf(inputs: readonly number[], places: readonly Place[], ones: Region): readonly UnplacedSpan[] {
  const spans = inputs.reduce<readonly UnplacedSpan[]>((list, node) => {
    const { region, first, width } = places[node]!;
    const last = list.at(-1);
    if (last?.region !== region || last.first + last.inputs !== first)
      return [...list, { region, first, inputs: width, nodes: [node] }];
    return [...list.slice(0, -1), { ...last, inputs: last.inputs + width, nodes: [...last.nodes, node] }];
  }, []);
  const end = spans.at(-1)!;
  const endsRegion = end.first + end.inputs === end.region.features - 1;
  return endsRegion ? spans : [...spans, { region: ones, first: 0, inputs: 0, nodes: [] }];
}

function placeSpan(vector: Memory, span: UnplacedSpan, neurons: number): Span {
  const { region, first, inputs } = span;
  const firstPanel = Math.floor(first / PANEL);
  const end = first + inputs === region.features - 1 ? region.features : first + inputs;
  const panelCount = Math.ceil(end / PANEL) - firstPanel;
  const rowBytes = 4 * PANEL * panelCount;
  const matrix = vector.take(neurons * rowBytes);
  return { ...span, firstPanel, panelCount, matrix, rowBytes, weights: matrix + 4 * (first - PANEL * firstPanel) };
}

function stepsOf({ steps }: LayerNode, perNeuron: () => number): readonly PlacedStep[] {
  return steps.map((step) => ({
    step,
    kept: perNeuron(),
    aside: step.kind === 'prelu' || step.kind === 'batchNorm' ? perNeuron() : 0,
  }));
}

/** Whether a parameter is the weights or biases of a layer. */
function isMatrix(name: string): boolean {
  return /\.(weight|bias)$/.test(name);
}

/** The index of each parameter's first number among those of all. */
function startsOf(parameters: NetworkGraph['parameters']): readonly number[] {
  let start = 0;
  return parameters.map(({ shape }) => {
    const own = start;
    start += sizeOf(shape);
    return own;
  });
}
