/**
 * The inputs of a network, made from events: standardised, missing values zero, row by row. The layout of the binary
 * artifacts.
 */
import { type Table, type Tensors, tensor } from 'restage';
import { applyScaler, type NetworkInputs, type Scaler, takeRows } from 'restage/ml';
import { CONTINUOUS, type Feature } from './features.ts';
import type { Rows } from './splitting.ts';

/**
 * `continuous` [rows, 30] float32, row-major, in the order of `CONTINUOUS`: standardised, then NaN to 0, so that missing
 * stands for the training mean; `codes` [rows] uint8, the number of jets.
 */
export function inputTensors(events: Table<Feature>, rows: Rows, scaler: Scaler): Tensors {
  const width = CONTINUOUS.length;
  const continuous = new Float32Array(rows.length * width);
  for (const [at, name] of CONTINUOUS.entries()) {
    // One at a time: all columns picked, and scaled, would be three times the memory of the result.
    const ofColumn = { columns: scaler.columns.filter((column) => column.name === name) };
    const column = applyScaler(ofColumn, picked(events, [name], rows)).columns[name];
    for (let n = 0; n < rows.length; n++) {
      const value = column[n]!;
      continuous[n * width + at] = Number.isNaN(value) ? 0 : value;
    }
  }
  const jets = Uint8Array.from(picked(events, ['PRI_jet_num'], rows).columns.PRI_jet_num);
  return { continuous: tensor([rows.length, width], continuous), codes: tensor([rows.length], jets) };
}

/** The inverse of `inputTensors`, for rows `start` to `end`; views, not copies. */
export function networkInputs(tensors: Tensors, start = 0, end?: number): NetworkInputs {
  const codes = tensors['codes']!.data as Uint8Array;
  const to = end ?? codes.length;
  const width = CONTINUOUS.length;
  return {
    rows: to - start,
    continuous: (tensors['continuous']!.data as Float32Array).subarray(start * width, to * width),
    codes: codes.subarray(start, to),
  };
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
