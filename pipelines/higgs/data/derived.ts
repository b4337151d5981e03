/**
 * The DER_ columns as functions of the PRI_ columns, by the definitions in the challenge's documentation (C.
 * Adam-Bourdarios et al., "Learning to discover: the Higgs boson machine learning challenge", 2014, appendix A).
 * Momenta and masses in GeV, angles in radians. DER_mass_MMC is not among them: the calculator behind it is not public.
 */
import { cos, cosh, exp, hypot, sin } from 'restage/ml';
import type { Derived } from './columns.ts';

/** A massless particle or a jet, as the file gives it. */
export interface Particle {
  readonly ptGeV: number;
  readonly eta: number;
  readonly phi: number;
}

/** The measurements of an event: the PRI_ columns. */
export interface Measured {
  readonly tau: Particle;
  readonly lep: Particle;
  readonly metGeV: number;
  readonly metPhi: number;
  /** The two jets of highest momentum, if there are any. */
  readonly leading: Particle | undefined;
  readonly subleading: Particle | undefined;
  /** Scalar sum over all jets. */
  readonly jetAllPtGeV: number;
}

/** All DER_ columns but the MMC mass; undefined where the event has fewer than two jets and the column needs them. */
export function derive(event: Measured): Record<Exclude<Derived, 'DER_mass_MMC'>, number | undefined> {
  const { tau, lep, leading, subleading } = event;
  const two = leading !== undefined && subleading !== undefined ? ([leading, subleading] as const) : undefined;
  return {
    DER_mass_transverse_met_lep: transverseMass(event),
    DER_mass_vis: masslessPairMass(tau, lep),
    DER_pt_h: higgsPt(event),
    DER_deltaeta_jet_jet: two && Math.abs(two[0].eta - two[1].eta),
    DER_mass_jet_jet: two && masslessPairMass(...two),
    DER_prodeta_jet_jet: two && two[0].eta * two[1].eta,
    DER_deltar_tau_lep: deltaR(tau, lep),
    DER_pt_tot: totalPt(event),
    DER_sum_pt: tau.ptGeV + lep.ptGeV + event.jetAllPtGeV,
    DER_pt_ratio_lep_tau: lep.ptGeV / tau.ptGeV,
    DER_met_phi_centrality: metPhiCentrality(event),
    DER_lep_eta_centrality: two && lepEtaCentrality(lep, ...two),
  };
}

/** sqrt((pT_lep + met)^2 - |pT_lep + met|^2), sums of lengths and of vectors. */
function transverseMass({ lep, metGeV, metPhi }: Measured): number {
  // The same in a form that loses no digits: 2 pT met (1 - cos dphi).
  return 2 * Math.sqrt(lep.ptGeV * metGeV) * Math.abs(sin((lep.phi - metPhi) / 2));
}

/** sqrt(2 pT1 pT2 (cosh deta - cos dphi)): the invariant mass of two massless particles. */
export function masslessPairMass(a: Particle, b: Particle): number {
  return Math.sqrt(2 * a.ptGeV * b.ptGeV * (cosh(a.eta - b.eta) - cos(a.phi - b.phi)));
}

/** |tau + lep + met| in the transverse plane. */
function higgsPt({ tau, lep, metGeV, metPhi }: Measured): number {
  return transverseSum(tau, lep, { ptGeV: metGeV, phi: metPhi });
}

/** |tau + lep + met + leading + subleading| in the transverse plane, with the jets that exist. */
function totalPt({ tau, lep, metGeV, metPhi, leading, subleading }: Measured): number {
  return transverseSum(tau, lep, { ptGeV: metGeV, phi: metPhi }, leading, subleading);
}

function transverseSum(...vectors: readonly (Pick<Particle, 'ptGeV' | 'phi'> | undefined)[]): number {
  let x = 0;
  let y = 0;
  for (const vector of vectors) {
    if (vector === undefined) continue;
    x += vector.ptGeV * cos(vector.phi);
    y += vector.ptGeV * sin(vector.phi);
  }
  return hypot(x, y);
}

/** sqrt(deta^2 + dphi^2) with dphi in [0, pi]. */
function deltaR(a: Particle, b: Particle): number {
  const turn = Math.abs(a.phi - b.phi) % (2 * Math.PI);
  return hypot(a.eta - b.eta, Math.min(turn, 2 * Math.PI - turn));
}

/**
 * Where the missing momentum points: sqrt(2) on the bisector of tau and lepton, 1 along one of them, less outside. (A +
 * B) / sqrt(A^2 + B^2) with A = sin(phi_met - phi_lep) s, B = sin(phi_tau - phi_met) s, s = sign(sin(phi_tau -
 * phi_lep)).
 */
function metPhiCentrality({ tau, lep, metPhi }: Measured): number {
  const sign = Math.sign(sin(tau.phi - lep.phi));
  const a = sin(metPhi - lep.phi) * sign;
  const b = sin(tau.phi - metPhi) * sign;
  const length = hypot(a, b);
  // All three on one line: the limit is not unique, and no measured event is there.
  return length === 0 ? 0 : (a + b) / length;
}

/** exp(-4 (eta_lep - (eta1 + eta2) / 2)^2 / (eta1 - eta2)^2): 1 midway between the jets, 1/e at either. */
function lepEtaCentrality(lep: Particle, first: Particle, second: Particle): number {
  const gap = first.eta - second.eta;
  const off = lep.eta - (first.eta + second.eta) / 2;
  return gap === 0 ? 0 : exp((-4 * off * off) / (gap * gap));
}
