/**
 * The kernels as TypeScript sees them. Pointers and strides are in bytes of one memory; each kernel's source in
 * kernels/*.as.ts says what it computes. Activations are stored in blocks of 32 rows of a batch,
 * [blocks][features][32].
 */

/** Rows of a block. */
export const BLOCK = 32;
/** Bytes from one feature of a block to the next. */
export const FEATURE_BYTES = 4 * BLOCK;
/** Features of a panel, which holds inputs for the gradient of weights. */
export const PANEL = 8;

/** Where the sums of `gemm` start. */
export const START = { zero: 0, bias: 1, present: 2 } as const;

/** The kernels of fully connected layers with ReLU or swish, a sigmoid output and Adam. */
export interface CoreKernels {
  gemm(
    blocks: number,
    a: number,
    rowStride: number,
    innerStride: number,
    b: number,
    bBlock: number,
    inner: number,
    out: number,
    outBlock: number,
    bias: number,
    rows: number,
    start: number,
  ): void;
  pack(blocks: number, x: number, xBlock: number, out: number, panels: number): void;
  weightGradient(
    blocks: number,
    x: number,
    panels: number,
    d: number,
    dBlock: number,
    rows: number,
    out: number,
    add: number,
  ): void;
  swish(blocks: number, z: number, zBlock: number, slope: number, rows: number): void;
  relu(blocks: number, z: number, zBlock: number, slope: number, rows: number): void;
  backThrough(blocks: number, byOutput: number, byOutputBlock: number, slope: number, out: number, rows: number): void;
  sigmoid(blocks: number, z: number, out: number): void;
  crossEntropySlope(blocks: number, z: number, y: number, w: number, out: number): void;
  lookUp(blocks: number, codes: number, table: number, size: number, out: number, outBlock: number): void;
  lookUpGradient(
    blocks: number,
    codes: number,
    cardinality: number,
    size: number,
    d: number,
    dBlock: number,
    out: number,
    add: number,
  ): void;
  adam(
    count: number,
    x: number,
    m: number,
    v: number,
    g: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    rate: number,
    epsilon: number,
  ): void;
}

/** The other activations, regularisers, heads and optimisers. */
export interface FurtherKernels {
  selu(blocks: number, z: number, zBlock: number, slope: number, rows: number): void;
  prelu(blocks: number, z: number, zBlock: number, slope: number, rows: number, factor: number, negative: number): void;
  preluGradient(
    blocks: number,
    byOutput: number,
    byOutputBlock: number,
    negative: number,
    rows: number,
    out: number,
    add: number,
  ): void;
  dropOut(blocks: number, z: number, zBlock: number, gain: number, rows: number, shift: number, dropped: number): void;
  batchNorm(
    blocks: number,
    count: number,
    z: number,
    zBlock: number,
    x: number,
    rows: number,
    scale: number,
    shift: number,
    inverse: number,
    mean: number,
    variance: number,
    momentum: number,
    epsilon: number,
  ): void;
  standardise(
    blocks: number,
    z: number,
    zBlock: number,
    rows: number,
    scale: number,
    shift: number,
    mean: number,
    variance: number,
    epsilon: number,
  ): void;
  batchNormGradient(
    blocks: number,
    count: number,
    d: number,
    dBlock: number,
    x: number,
    rows: number,
    scale: number,
    inverse: number,
    out: number,
    byScale: number,
    byShift: number,
  ): void;
  move(blocks: number, from: number, fromBlock: number, to: number, toBlock: number, rows: number, add: number): void;
  softmax(blocks: number, z: number, classes: number, out: number): void;
  softmaxSlope(blocks: number, z: number, classes: number, y: number, w: number, out: number): void;
  squaredErrorSlope(blocks: number, z: number, y: number, w: number, out: number): void;
  descend(count: number, x: number, m: number, g: number, momentum: number, rate: number, nesterov: number): void;
  addMultiple(count: number, a: number, x: number, y: number): void;
  keep(count: number, x: number, kept: number): void;
}

export type Kernels = CoreKernels & FurtherKernels;

/** Kernels and the memory that they work on. */
export interface Machine {
  readonly memory: ArrayBuffer;
  readonly kernels: Kernels;
}
