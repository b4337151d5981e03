/**
 * Five more masses, which the challenge's winner used and the study offers as an option (HiggsML_Lumin,
 * modules/data_import.py): ln(1 + m) of the tau with each jet and with the lepton, all massless, and of the transverse
 * momenta of the tau with each jet. Turns about the beam and reflections leave them as they are.
 */
import { log1p, sin } from 'restage/ml';
import type { MeasuredColumn } from './columns.ts';
import { masslessPairMass, type Particle } from './derived.ts';

export const EXTRA_MASSES = [
  'EXT_mass_tau_jet_leading',
  'EXT_mass_tau_jet_subleading',
  'EXT_mass_tau_lep',
  'EXT_transverse_mass_tau_jet_leading',
  'EXT_transverse_mass_tau_jet_subleading',
] as const;
export type ExtraMass = (typeof EXTRA_MASSES)[number];

/** A measured value by its column, NaN where it is undefined. */
export type Measurements = (column: MeasuredColumn) => number;

/** Of one event, in GeV before the logarithm; NaN where there is no such jet. */
export function extraMasses(measured: Measurements): Readonly<Record<ExtraMass, number>> {
  const [tau, lep, leading, subleading] = [
    particle(measured, 'PRI_tau'),
    particle(measured, 'PRI_lep'),
    particle(measured, 'PRI_jet_leading'),
    particle(measured, 'PRI_jet_subleading'),
  ] as const;
  return {
    EXT_mass_tau_jet_leading: log1p(masslessPairMass(tau, leading)),
    EXT_mass_tau_jet_subleading: log1p(masslessPairMass(tau, subleading)),
    EXT_mass_tau_lep: log1p(masslessPairMass(tau, lep)),
    EXT_transverse_mass_tau_jet_leading: log1p(transversePairMass(tau, leading)),
    EXT_transverse_mass_tau_jet_subleading: log1p(transversePairMass(tau, subleading)),
  };
}

/** sqrt(2 pT1 pT2 (1 - cos dphi)), in a form that loses no digits. */
function transversePairMass(a: Particle, b: Particle): number {
  return 2 * Math.sqrt(a.ptGeV * b.ptGeV) * Math.abs(sin((a.phi - b.phi) / 2));
}

function particle(
  measured: Measurements,
  name: 'PRI_tau' | 'PRI_lep' | 'PRI_jet_leading' | 'PRI_jet_subleading',
): Particle {
  return { ptGeV: measured(`${name}_pt`), eta: measured(`${name}_eta`), phi: measured(`${name}_phi`) };
}
