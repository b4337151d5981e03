/**
 * Where each part of a network is in one memory, fixed before the first step: activations, parameters, moments.
 *
 * Activations of a batch are in regions, [blocks][features][32]: the inputs of a layer are the end of a region, so
 * that in a densely connected network, where x_{k+1} = [h_k, x_k], one region holds the inputs of all layers and each of
 * them writes its outputs before its inputs:
 *
 *     h_{d-2} ... h_1 h_0 embedded continuous 1        and the last layer's, for the output alone:  h_{d-1} 1
 *
 * In one that is not, each layer has a region of its own. The ones make biases weights of one more input.
 *
 * A layer's weights are [neurons][inputs + 1], each row padded to whole panels of 8 inputs, for the panels of a region start
 * at its first feature while a layer's inputs may start inside of one. What is computed for such other inputs is never used.
 */
import { layerInputs, type NetworkSpec, parameterCount } from '../network/network.ts';
import { FEATURE_BYTES, PANEL } from './kernels.ts';

/** Consecutive features of a batch. */
export interface Region {
  /** All features, with the ones and the padding of the last panel. */
  readonly features: number;
  /** Bytes from one block to the next. */
  readonly blockBytes: number;
  readonly values: number;
  /** The loss's derivatives by the values, laid out alike. */
  readonly slopes: number;
  /** [panels][32 blocks][8]: the values as `weightGradient` takes them. */
  readonly panels: number;
}

/** A layer: a hidden one, or the output. */
export interface Layer {
  readonly from: Region;
  /** The feature of `from` where the layer's inputs start; they go on to its end. */
  readonly first: number;
  /** Without the 1. */
  readonly inputs: number;
  /** How many of the inputs, the first ones, are learned and so need a gradient. */
  readonly learned: number;
  readonly neurons: number;
  /** The panels of `from` that hold the inputs. */
  readonly firstPanel: number;
  readonly panelCount: number;
  /** Byte offset in a parameter vector of the first neuron's first weight, and of the panels that hold it. */
  readonly weights: number;
  readonly matrix: number;
  /** Bytes from one neuron's weights to the next. */
  readonly rowBytes: number;
}

export interface HiddenLayer extends Layer {
  readonly to: Region;
  /** The feature of `to` where the layer's outputs start. */
  readonly outputs: number;
  /** The activation's derivative, [blocks][neurons][32]. */
  readonly activationSlopes: number;
}

export interface Table {
  readonly cardinality: number;
  readonly size: number;
  /** The feature of the first region where the embedded values start. */
  readonly feature: number;
  /** Byte offset in a parameter vector. */
  readonly weights: number;
  /** [32 blocks] of int32. */
  readonly codes: number;
}

export interface Layout {
  readonly bytes: number;
  readonly blocks: number;
  /** The first region: inputs end it. */
  readonly input: Region;
  /** The feature of `input` where the continuous inputs start. */
  readonly continuous: number;
  readonly tables: readonly Table[];
  readonly hidden: readonly HiddenLayer[];
  readonly output: Layer;
  readonly regions: readonly Region[];
  /** The derivative by a layer's sums: [blocks][width][32]. */
  readonly sumSlopes: number;
  /** One number a row, [blocks][32]: logits, their derivatives (or probabilities), targets, weights. */
  readonly logits: number;
  readonly logitSlopes: number;
  readonly targets: number;
  readonly weights: number;
  /** Vectors of `padded` numbers: parameters, gradient and Adam's moments. */
  readonly padded: number;
  readonly parameters: number;
  readonly gradient: number;
  readonly first: number;
  readonly second: number;
  /** For each parameter, in the order of `parameterShapes`, its index in such a vector. */
  readonly places: Uint32Array;
}

/** @param blocks how many blocks of 32 rows the memory has room for */
export function layOut(spec: NetworkSpec, blocks: number): Layout {
  const { depth, width, dense } = spec;
  const take = allocator();
  const embedded = layerInputs(spec, 0) - spec.continuous;

  const region = (values: number): Region => {
    const features = toMultiple(values + 1, PANEL);
    const blockBytes = features * FEATURE_BYTES;
    const bytes = blocks * blockBytes;
    return { features: values + 1, blockBytes, values: take(bytes), slopes: take(bytes), panels: take(bytes) };
  };
  const input = region(layerInputs(spec, dense ? depth - 1 : 0));
  const regions = [input];
  for (let k = 1; k < (dense ? 2 : depth + 1); k++) regions.push(region(width));

  const vector = allocator();
  const tableWeights = spec.embeddings.map(({ cardinality, size }) => vector(4 * cardinality * size));
  const layer = (from: Region, inputs: number, learned: number, neurons: number): Layer => {
    const first = from.features - inputs - 1;
    const firstPanel = Math.floor(first / PANEL);
    const panelCount = Math.ceil(from.features / PANEL) - firstPanel;
    const rowBytes = 4 * PANEL * panelCount;
    const matrix = vector(neurons * rowBytes);
    const weights = matrix + 4 * (first - PANEL * firstPanel);
    return { from, first, inputs, learned, neurons, firstPanel, panelCount, weights, matrix, rowBytes };
  };
  const hidden = Array.from({ length: depth }, (_, k): HiddenLayer => {
    const last = k === depth - 1;
    const to = regions[dense ? (last ? 1 : 0) : k + 1]!;
    const inputs = layerInputs(spec, k);
    const learned = inputs - (k === 0 || dense ? spec.continuous : 0);
    return {
      ...layer(regions[dense ? 0 : k]!, inputs, learned, width),
      to,
      outputs: dense && !last ? width * (depth - 2 - k) : 0,
      activationSlopes: take(blocks * width * FEATURE_BYTES),
    };
  });
  const output = layer(regions[regions.length - 1]!, width, width, 1);
  const padded = vector(0) / 4;

  const inputStart = input.features - 1 - spec.continuous - embedded;
  let feature = inputStart;
  const tables = spec.embeddings.map((embedding, i): Table => {
    const start = feature;
    feature += embedding.size;
    return { ...embedding, feature: start, weights: tableWeights[i]!, codes: take(blocks * FEATURE_BYTES) };
  });

  const oneARow = (): number => take(blocks * FEATURE_BYTES);
  return {
    blocks,
    input,
    continuous: feature,
    tables,
    hidden,
    output,
    regions,
    sumSlopes: take(blocks * width * FEATURE_BYTES),
    logits: oneARow(),
    logitSlopes: oneARow(),
    targets: oneARow(),
    weights: oneARow(),
    padded,
    parameters: take(4 * padded),
    gradient: take(4 * padded),
    first: take(4 * padded),
    second: take(4 * padded),
    places: placesOf(spec, tables, [...hidden, output]),
    bytes: take(0),
  };
}

/** Gives out addresses one after another, each at a cache line's start. The first 4 KiB are the compiled kernels'. */
function allocator(): (bytes: number) => number {
  let top = 4096;
  return (bytes) => {
    const address = top;
    top += toMultiple(bytes, 64);
    return address;
  };
}

function placesOf(spec: NetworkSpec, tables: readonly Table[], layers: readonly Layer[]): Uint32Array {
  const places = new Uint32Array(parameterCount(spec));
  let n = 0;
  for (const { cardinality, size, weights } of tables)
    for (let i = 0; i < cardinality * size; i++) places[n++] = weights / 4 + i;
  // The biases follow the weights, as their inputs, the ones, follow the others.
  for (const { inputs, neurons, weights, rowBytes } of layers)
    for (let i = 0; i <= inputs; i++) for (let o = 0; o < neurons; o++) places[n++] = (weights + o * rowBytes) / 4 + i;
  return places;
}

function toMultiple(value: number, of: number): number {
  return Math.ceil(value / of) * of;
}
