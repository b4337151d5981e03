/**
 * The columns of the HiggsML open-data file (CERN Open Data record 328), and the 31 features made of them. Names and
 * orders only; what the columns mean in terms of each other is in `derived.ts` and `features.ts`.
 */

/** Made from the PRI_ columns: masses, momenta and sums in GeV, angles in radians, ratios. */
export const DERIVED = [
  'DER_mass_MMC',
  'DER_mass_transverse_met_lep',
  'DER_mass_vis',
  'DER_pt_h',
  'DER_deltaeta_jet_jet',
  'DER_mass_jet_jet',
  'DER_prodeta_jet_jet',
  'DER_deltar_tau_lep',
  'DER_pt_tot',
  'DER_sum_pt',
  'DER_pt_ratio_lep_tau',
  'DER_met_phi_centrality',
  'DER_lep_eta_centrality',
] as const;

/** Measured: transverse momenta in GeV, pseudorapidities, azimuths in radians, and the number of jets up to 3. */
export const PRIMITIVE = [
  'PRI_tau_pt',
  'PRI_tau_eta',
  'PRI_tau_phi',
  'PRI_lep_pt',
  'PRI_lep_eta',
  'PRI_lep_phi',
  'PRI_met',
  'PRI_met_phi',
  'PRI_met_sumet',
  'PRI_jet_num',
  'PRI_jet_leading_pt',
  'PRI_jet_leading_eta',
  'PRI_jet_leading_phi',
  'PRI_jet_subleading_pt',
  'PRI_jet_subleading_eta',
  'PRI_jet_subleading_phi',
  'PRI_jet_all_pt',
] as const;

export type Derived = (typeof DERIVED)[number];

/** What is known of an event without knowing what it is, signal or background. */
export const MEASURED = [...DERIVED, ...PRIMITIVE] as const;
export type MeasuredColumn = (typeof MEASURED)[number];

/** All 35 columns of the file, in its order. */
export const FILE_COLUMNS = ['EventId', ...MEASURED, 'Weight', 'Label', 'KaggleSet', 'KaggleWeight'] as const;

/** The number that stands for "undefined" in the file: no such jet, or no mass found. */
export const MISSING = -999;

/** Codes of Label. */
export const LABELS = { b: 0, s: 1 } as const;

/** Codes of KaggleSet: training, public test, private test, unused. */
export const SETS = { t: 0, b: 1, v: 2, u: 3 } as const;

/** The columns of an events table: 30 float32 as in the file, and label, set, id and weight (KaggleWeight, float64). */
export const EVENT_COLUMNS = [...MEASURED, 'EventId', 'Label', 'KaggleSet', 'KaggleWeight'] as const;
export type EventColumn = (typeof EVENT_COLUMNS)[number];
