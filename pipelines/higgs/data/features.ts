/**
 * The 31 features of the study, in one fixed order, from the columns of the file (HiggsML_Lumin,
 * modules/data_import.py; the study's own order varied from run to run). Vectors are Cartesian, so that a rotation
 * about the beam is a linear map of columns.
 */

import { type Table, tableOf } from 'restage';
import { cos, sin, sinh } from 'restage/ml';
import { z } from 'zod';
import { DERIVED, type EventColumn, type MeasuredColumn, MISSING } from './columns.ts';
import { EXTRA_MASSES, type ExtraMass, extraMasses } from './extra-masses.ts';

/** 30 continuous features, then the one category. */
export const FEATURES = [
  ...DERIVED,
  'PRI_met_sumet',
  'PRI_jet_all_pt',
  'PRI_tau_px',
  'PRI_tau_py',
  'PRI_tau_pz',
  'PRI_lep_px',
  'PRI_lep_py',
  'PRI_lep_pz',
  'PRI_jet_leading_px',
  'PRI_jet_leading_py',
  'PRI_jet_leading_pz',
  'PRI_jet_subleading_px',
  'PRI_jet_subleading_py',
  'PRI_jet_subleading_pz',
  'PRI_met_px',
  'PRI_met_py',
  'PRI_met_pt',
  'PRI_jet_num',
] as const;
/** Those, and the extra masses, which are there only where they are asked for. */
export type Feature = (typeof FEATURES)[number] | ExtraMass;

/** All features but the number of jets, where that is a category. */
export const CONTINUOUS = FEATURES.filter((name) => name !== 'PRI_jet_num');
export const JET_CATEGORIES = 4;

export const featureParams = z.strictObject({
  /** Whether the number of jets is a category, embedded and part of every stratum, or one more number. */
  jets: z.enum(['category', 'number']).default('category'),
  /** Whether events are turned and reflected into one position, which makes PRI_lep_py 0 everywhere and drops it. */
  aligned: z.boolean().default(false),
  /** Whether there are five more masses, see `extra-masses.ts`. */
  extraMasses: z.boolean().default(false),
});
export type FeatureParams = z.output<typeof featureParams>;

/** The continuous inputs of a network, in their order. */
export function continuousFeatures({ jets, aligned, extraMasses }: FeatureParams): readonly Feature[] {
  const all = jets === 'category' ? CONTINUOUS : FEATURES;
  const names = aligned ? all.filter((name) => name !== 'PRI_lep_py') : all;
  return extraMasses ? [...names, ...EXTRA_MASSES] : names;
}

/** What a table of features may hold besides the 31. */
export type FeatureChoice = Pick<FeatureParams, 'extraMasses'>;

/**
 * Columns of a features table: 31 float32 features and the extra masses asked for, NaN where undefined, and what the
 * event is.
 */
export type FeatureColumn = Feature | 'target' | 'weight' | 'set' | 'EventId';

/** The features of events, with `target` (1 for signal), `weight` (KaggleWeight, as it is), `set` and `EventId`. */
export function featureTable(events: Table<EventColumn>, choice?: FeatureChoice): Table<FeatureColumn> {
  const { Label: target, KaggleWeight: weight, KaggleSet: set, EventId } = events.columns;
  return tableOf({ ...featuresOf(events, choice).columns, target, weight, set, EventId });
}

/** Only the features, for events of which nothing else is known. */
export function featuresOf(
  { rows, columns }: Table<MeasuredColumn>,
  choice: FeatureChoice = { extraMasses: false },
): Table<Feature> {
  const made = (value: (row: number) => number): Float32Array => {
    const column = new Float32Array(rows);
    for (let row = 0; row < rows; row++) column[row] = value(row);
    return column;
  };
  const column = (name: MeasuredColumn): ((row: number) => number) => {
    const values = columns[name];
    return (row) => defined(values[row]!);
  };
  const kept = [...DERIVED, 'PRI_met_sumet', 'PRI_jet_all_pt', 'PRI_jet_num'] as const;
  const met = column('PRI_met');
  const metPhi = column('PRI_met_phi');
  return tableOf({
    ...Object.fromEntries(kept.map((name) => [name, made(column(name))])),
    ...cartesian('PRI_tau', columns, made),
    ...cartesian('PRI_lep', columns, made),
    ...cartesian('PRI_jet_leading', columns, made),
    ...cartesian('PRI_jet_subleading', columns, made),
    PRI_met_px: made((row) => met(row) * cos(metPhi(row))),
    PRI_met_py: made((row) => met(row) * sin(metPhi(row))),
    PRI_met_pt: made(met),
    ...(choice.extraMasses && massColumns(rows, columns)),
  } as Record<Feature, Float32Array>);
}

function massColumns(rows: number, columns: Table<MeasuredColumn>['columns']): Record<ExtraMass, Float32Array> {
  const masses = EXTRA_MASSES.map((name) => [name, new Float32Array(rows)] as const);
  for (let row = 0; row < rows; row++) {
    const found = extraMasses((name) => defined(columns[name][row]!));
    for (const [name, column] of masses) column[row] = found[name];
  }
  return Object.fromEntries(masses) as Record<ExtraMass, Float32Array>;
}

/** px = pt cos phi, py = pt sin phi, pz = pt sinh eta. */
function cartesian(
  vector: 'PRI_tau' | 'PRI_lep' | 'PRI_jet_leading' | 'PRI_jet_subleading',
  columns: Table<MeasuredColumn>['columns'],
  made: (value: (row: number) => number) => Float32Array,
): Record<string, Float32Array> {
  const [pt, eta, phi] = [columns[`${vector}_pt`], columns[`${vector}_eta`], columns[`${vector}_phi`]];
  return {
    [`${vector}_px`]: made((row) => defined(pt[row]!) * cos(defined(phi[row]!))),
    [`${vector}_py`]: made((row) => defined(pt[row]!) * sin(defined(phi[row]!))),
    [`${vector}_pz`]: made((row) => defined(pt[row]!) * sinh(defined(eta[row]!))),
  };
}

/** -999 and infinities are undefined. */
function defined(value: number): number {
  return value === MISSING || !Number.isFinite(value) ? Number.NaN : value;
}
