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

export interface Kernels {
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

/** Kernels and the memory that they work on. */
export interface Machine {
  readonly memory: ArrayBuffer;
  readonly kernels: Kernels;
}
