/** What goes into a network: rows of inputs, with targets and weights where it learns from them. */
import type { TypedArray } from '../../core/artifact/dtypes.ts';
import { DataError } from '../../errors.ts';
import { graphOf } from '../network/graph-of.ts';
import type { GraphHead } from '../network/graph.ts';
import type { NetworkSpec } from '../network/spec.ts';

/** Inputs of `rows` rows, row-major. */
export interface NetworkInputs {
  readonly rows: number;
  /** [rows, spec.continuous]; no NaN. */
  readonly continuous: Float32Array;
  /** [rows, spec.embeddings.length], each code below its embedding's cardinality; empty without embeddings. */
  readonly codes: Uint8Array | Int32Array;
}

export interface TrainingSet extends NetworkInputs {
  /** [rows, targetCount(spec)], row-major: of a perceptron 1 for signal and 0 for background; see `Head` for others. */
  readonly targets: Float32Array | Uint8Array;
  /** [rows]: the weight of each row in the loss; best with a mean of about 1. */
  readonly weights: Float32Array;
}

/** @throws DataError if the inputs are not of this network: lengths, NaN, codes out of range. */
export function checkInputs(spec: NetworkSpec, inputs: NetworkInputs, what: string): void {
  const { rows, continuous, codes } = inputs;
  checkLength(what, 'continuous inputs', continuous.length, rows * spec.continuous);
  checkLength(what, 'codes', codes.length, rows * spec.embeddings.length);
  // A plain loop: with augmentation all inputs are checked again and again.
  let bad = 0;
  while (bad < continuous.length && Number.isFinite(continuous[bad])) bad++;
  if (bad < continuous.length)
    throw new DataError(
      `Row ${Math.floor(bad / spec.continuous)} of ${what} has ${continuous[bad]!} as continuous input ${bad % spec.continuous}; replace missing values before training, say by 0.`,
    );
  for (const [column, { cardinality }] of spec.embeddings.entries()) {
    for (let row = 0; row < rows; row++) {
      const code = codes[row * spec.embeddings.length + column]!;
      if (code < 0 || code >= cardinality)
        throw new DataError(
          `Row ${row} of ${what} has code ${code} as categorical input ${column}, which has the codes 0 to ${cardinality - 1}.`,
        );
    }
  }
}

/** @throws DataError if the inputs are not of this network, or targets and weights do not fit them. */
export function checkTrainingSet(spec: NetworkSpec, data: TrainingSet, what: string): void {
  checkInputs(spec, data, what);
  const { heads, targets } = graphOf(spec);
  checkLength(what, 'targets', data.targets.length, data.rows * targets);
  checkLength(what, 'weights', data.weights.length, data.rows);
  for (const head of heads) checkTargets(head, targets, data, what);
}

/**
 * The set with other inputs for the same rows. Its targets and weights are not looked at again.
 *
 * @throws DataError if the inputs are not of this network, or of other rows.
 */
export function withInputs(spec: NetworkSpec, data: TrainingSet, inputs: NetworkInputs, what: string): TrainingSet {
  if (inputs.rows !== data.rows)
    throw new DataError(`The inputs of ${what} are of ${inputs.rows} rows where ${data.rows} are needed.`);
  checkInputs(spec, inputs, what);
  return { ...data, continuous: inputs.continuous, codes: inputs.codes };
}

function checkTargets(
  { kind, outputs, target: first, targets: count }: GraphHead,
  columns: number,
  { rows, targets }: TrainingSet,
  what: string,
): void {
  for (let row = 0; row < rows; row++) {
    for (let column = first; column < first + count; column++) {
      const value = targets[row * columns + column]!;
      if (isTarget(kind, value, outputs)) continue;
      const wanted = {
        sigmoid: 'a sigmoid needs a number from 0 to 1',
        softmax: `a softmax needs a class from 0 to ${outputs - 1}`,
        linear: 'a linear output needs a finite number',
      }[kind];
      throw new DataError(`Row ${row} of ${what} has ${value} as target ${column}; ${wanted}.`);
    }
  }
}

function isTarget(kind: GraphHead['kind'], value: number, outputs: number): boolean {
  switch (kind) {
    case 'sigmoid':
      return value >= 0 && value <= 1;
    case 'softmax':
      return Number.isInteger(value) && value >= 0 && value < outputs;
    case 'linear':
      return Number.isFinite(value);
  }
}

/**
 * The given rows of a row-major array [n, width], in that order, as a new array of the same type.
 *
 * @throws RangeError if a row is not there.
 */
export function takeRows<A extends TypedArray>(array: A, rows: ArrayLike<number>, width = 1): A {
  const result = new (array.constructor as new (length: number) => A)(rows.length * width);
  const available = array.length / width;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (!(row >= 0 && row < available))
      throw new RangeError(`There is no row ${row} in an array of ${available} rows.`);
    for (let j = 0; j < width; j++) result[i * width + j] = array[row * width + j]!;
  }
  return result;
}

function checkLength(what: string, part: string, found: number, wanted: number): void {
  if (found !== wanted)
    throw new DataError(`The ${part} of ${what} have ${found} elements where ${wanted} are needed.`);
}
