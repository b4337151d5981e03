/**
 * The inputs of a network, made from events: standardised, missing values zero, row by row. The layout of the binary
 * artifacts. Which columns there are, and whether the number of jets is one of them or a category, the scaler says.
 */
import { type Table, type Tensors, tensor } from 'restage';
import { applyScaler, type NetworkInputs, type Scaler, takeRows } from 'restage/ml';
import type { Frame } from './augmentation.ts';
import type { Feature } from './features.ts';
import type { Rows } from './splitting.ts';

/**
 * - `continuous` [rows, width] float32, row-major, in the order of the scaler: standardised, then NaN to 0, so that
 * missing
 *   stands for the training mean;
 * - `codes` [rows] uint8: the number of jets, unless that is among the continuous ones;
 * - `means`, `scales` [width] float64: what takes a standardised value back to a measured one.
 */
export function inputTensors(events: Table<Feature>, rows: Rows, scaler: Scaler): Tensors {
  const width = scaler.columns.length;
  const continuous = new Float32Array(rows.length * width);
  for (const [at, scaled] of scaler.columns.entries()) {
    const name = scaled.name as Feature;
    // One at a time: all columns picked, and scaled, would be three times the memory of the result.
    const column = applyScaler({ columns: [scaled] }, picked(events, [name], rows)).columns[name];
    for (let n = 0; n < rows.length; n++) {
      const value = column[n]!;
      continuous[n * width + at] = Number.isNaN(value) ? 0 : value;
    }
  }
  const perColumn = (value: (column: Scaler['columns'][number]) => number) =>
    tensor([width], Float64Array.from(scaler.columns, value));
  return {
    continuous: tensor([rows.length, width], continuous),
    ...(!scaler.columns.some(({ name }) => name === 'PRI_jet_num') && {
      codes: tensor([rows.length], Uint8Array.from(picked(events, ['PRI_jet_num'], rows).columns.PRI_jet_num)),
    }),
    means: perColumn(({ mean }) => mean),
    scales: perColumn(({ scale }) => scale),
  };
}

/** What a network of these inputs takes. */
export interface InputLayout {
  /** How many continuous inputs. */
  readonly continuous: number;
  /** Whether the number of jets is a category beside them. */
  readonly jets: boolean;
}

export function inputLayout(tensors: Tensors): InputLayout {
  return { continuous: tensors['continuous']!.shape[1]!, jets: 'codes' in tensors };
}

/** Rows `start` to `end` of what `inputTensors` made; views, not copies. */
export function networkInputs(tensors: Tensors, start = 0, end?: number): NetworkInputs {
  const { continuous, jets } = inputLayout(tensors);
  const to = end ?? tensors['continuous']!.shape[0]!;
  return {
    rows: to - start,
    continuous: (tensors['continuous']!.data as Float32Array).subarray(start * continuous, to * continuous),
    codes: jets ? (tensors['codes']!.data as Uint8Array).subarray(start, to) : new Uint8Array(0),
  };
}

/**
 * Where symmetries act on what `inputTensors` made: on standardised columns, or on the momenta as they were measured.
 */
export function frameOf(tensors: Tensors, space: 'standardised' | 'measured'): Frame {
  const { continuous: width } = inputLayout(tensors);
  if (space === 'standardised') return { width };
  const numbers = (name: 'means' | 'scales'): Float64Array => tensors[name]!.data as Float64Array;
  return { width, measured: { means: numbers('means'), scales: numbers('scales') } };
}

/** The given rows of some columns, in that order. */
export function picked<Columns extends string, C extends Columns>(
  { columns }: Table<Columns>,
  names: readonly C[],
  rows: Rows,
): Table<C> {
  const some = names.map((name) => [name, takeRows(columns[name], rows)]);
  return { rows: rows.length, columns: Object.fromEntries(some) as Table<C>['columns'] };
}
