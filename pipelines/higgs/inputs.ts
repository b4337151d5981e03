/** What a network takes of events: standardised, missing values zero, row by row. The layout of the binary artifacts. */
import { type Table, type Tensors, tensor } from 'restage';
import { applyScaler, type NetworkInputs, type Scaler, takeRows } from 'restage/ml';
import { CONTINUOUS, type FeatureColumn } from './features.ts';
import type { Rows } from './splitting.ts';

/**
 * `continuous` [rows, 30] float32, row-major, in the order of `CONTINUOUS`: standardised, then NaN to 0, so that missing
 * stands for the training mean; `codes` [rows] uint8, the number of jets.
 */
export function inputTensors(events: Table<FeatureColumn>, rows: Rows, scaler: Scaler): Tensors {
  const scaled = applyScaler(scaler, picked(events, rows));
  const width = CONTINUOUS.length;
  const continuous = new Float32Array(rows.length * width);
  for (const [at, name] of CONTINUOUS.entries()) {
    const column = scaled.columns[name];
    for (let n = 0; n < rows.length; n++) {
      const value = column[n]!;
      continuous[n * width + at] = Number.isNaN(value) ? 0 : value;
    }
  }
  const jets = Uint8Array.from(scaled.columns.PRI_jet_num);
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

/** The given rows of a table, in that order. */
export function picked<Columns extends string>(table: Table<Columns>, rows: Rows): Table<Columns> {
  const columns = Object.entries(table.columns).map(([name, column]) => [
    name,
    takeRows(column as Parameters<typeof takeRows>[0], rows),
  ]);
  return { rows: rows.length, columns: Object.fromEntries(columns) as Table<Columns>['columns'] };
}
