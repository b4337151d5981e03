/**
 * A toy generator of H -> tau tau and its three main backgrounds, as a detector would see them: one lepton, one
 * hadronic tau, missing momentum and jets. Masses, widths and branching are nature's; spectra are shaped after the open
 * data. It is for learning and testing without the data, not for physics.
 */

import type { Random } from 'restage';
import { atan2, cos, hypot, log, pow, sin, tan } from 'restage/ml';
import type { Measured, Particle } from '../data/derived.ts';
import { decay, type FourVector, fromRapidity, seen } from './four-vector.ts';
import { hadronDensity, leptonDensity } from './mass-estimate.ts';
import type { ProcessName } from './processes.ts';

/** An event as measured, with what only the detector knows of it. */
export interface Simulated extends Measured {
  readonly sumEtGeV: number;
  /** Of each component of the missing momentum. */
  readonly metResolutionGeV: number;
}

/** Draws events of `process` with exactly `jets` jets (3: three or more) until one passes the trigger. */
export function generate(process: ProcessName, jets: number, random: Random): Simulated {
  for (;;) {
    const hard = hardProcess(process, jets, random);
    const event = hard && detect(hard, random);
    if (event !== undefined) return event;
  }
}

/**
 * The products of the collision: tau and lepton before they are measured, jets, and the neutrinos' transverse momentum.
 */
interface Hard {
  readonly tau: Particle;
  readonly lep: Particle;
  /** By falling momentum. */
  readonly jets: readonly Particle[];
  readonly neutrinosX: number;
  readonly neutrinosY: number;
}

function hardProcess(process: ProcessName, jets: number, random: Random): Hard | undefined {
  switch (process) {
    case 'gluon-fusion':
      return tauPair(HIGGS_MASS, 1, radiation(jets, JETS.gluonFusion, random), random);
    case 'vector-boson-fusion':
      return tauPair(HIGGS_MASS, 0.9, taggingJets(radiation(jets, JETS.vectorBosonFusion, random), random), random);
    case 'associated':
      return tauPair(HIGGS_MASS, 1, radiation(jets, JETS.associated, random), random);
    case 'z-tau-tau':
      return tauPair(breitWigner(Z_MASS, Z_WIDTH, random), 1.3, radiation(jets, JETS.zTauTau, random), random);
    case 'w-jets':
      return wWithFakeTau(radiation(jets, JETS.wJets, random), random);
    case 'top-pairs':
      return topPair(jets, random);
  }
}

const HIGGS_MASS = 125;
const Z_MASS = 91.19;
const Z_WIDTH = 2.5;
const W_MASS = 80.4;
const W_WIDTH = 2.1;
const TOP_MASS = 173;
const BOTTOM_MASS = 4.7;

/** The challenge's selection: lowest momenta of tau, lepton and jets in GeV, largest pseudorapidities. */
const TAU_PT = 20;
const LEP_PT = 26;
const JET_PT = 30;
const LEPTON_ETA = 2.5;
const JET_ETA = 4.5;

/** Hardness of a process's jets in GeV, and the spread of their pseudorapidities. */
interface JetSpectrum {
  readonly scaleGeV: number;
  readonly etaSpread: number;
}

const JETS = {
  gluonFusion: { scaleGeV: 120, etaSpread: 1.7 },
  vectorBosonFusion: { scaleGeV: 135, etaSpread: 2 },
  associated: { scaleGeV: 135, etaSpread: 1.4 },
  zTauTau: { scaleGeV: 100, etaSpread: 1.9 },
  wJets: { scaleGeV: 110, etaSpread: 1.9 },
  topPairs: { scaleGeV: 110, etaSpread: 1.8 },
} as const satisfies Record<string, JetSpectrum>;

/** A resonance that recoils against the jets and decays into two taus, one leptonic and one hadronic. */
function tauPair(massGeV: number, rapiditySpread: number, jets: readonly Particle[], random: Random): Hard | undefined {
  const boson = recoiling(jets, rapiditySpread, massGeV, random);
  const [first, second] = decay(boson, massGeV, 0, 0, random);
  const lepFraction = fraction(leptonDensity, 5 / 3, random);
  if (lepFraction * hypot(first.x, first.y) < 0.8 * LEP_PT) return undefined;
  const tauFraction = fraction(hadronDensity, 0.46, random);
  return {
    tau: seen(second, tauFraction),
    lep: seen(first, lepFraction),
    jets,
    neutrinosX: (1 - lepFraction) * first.x + (1 - tauFraction) * second.x,
    neutrinosY: (1 - lepFraction) * first.y + (1 - tauFraction) * second.y,
  };
}

/** W -> l nu; the tau is a jet mistaken for one, so the W recoils against it too. */
function wWithFakeTau(jets: readonly Particle[], random: Random): Hard {
  const fake: Particle = {
    ptGeV: 17 + exponential(11, random),
    eta: 1.5 * random.normal(),
    phi: angle(random),
  };
  const massGeV = breitWigner(W_MASS, W_WIDTH, random);
  const [lepton, neutrino] = decay(recoiling([...jets, fake], 1.4, massGeV, random), massGeV, 0, 0, random);
  return { tau: fake, lep: seen(lepton), jets, neutrinosX: neutrino.x, neutrinosY: neutrino.y };
}

/**
 * t t -> W b W b, one W to a lepton, the other to a hadronic tau; undefined if more than `jets` b quarks are seen as
 * jets.
 */
function topPair(jets: number, random: Random): Hard | undefined {
  const extra = radiation(1, JETS.topPairs, random)[0]!;
  const [x, y] = [70 * random.normal(), 70 * random.normal()];
  const isr = { x: -extra.ptGeV * cos(extra.phi) * 0.5, y: -extra.ptGeV * sin(extra.phi) * 0.5 };
  const tops = [
    fromRapidity(isr.x + x, isr.y + y, 1.1 * random.normal(), TOP_MASS),
    fromRapidity(isr.x - x, isr.y - y, 1.1 * random.normal(), TOP_MASS),
  ] as const;
  const [firstW, firstB] = decay(tops[0], TOP_MASS, W_MASS, BOTTOM_MASS, random);
  const [secondW, secondB] = decay(tops[1], TOP_MASS, W_MASS, BOTTOM_MASS, random);
  const bottoms = [seen(firstB), seen(secondB)].filter(isJet);
  if (bottoms.length > jets) return undefined;
  const [lepton, neutrino] = decay(firstW, W_MASS, 0, 0, random);
  const [tau, tauNeutrino] = decay(secondW, W_MASS, 0, 0, random);
  const tauFraction = fraction(hadronDensity, 0.46, random);
  const isrJets = radiation(jets, JETS.topPairs, random).slice(0, jets - bottoms.length);
  return {
    tau: seen(tau, tauFraction),
    lep: seen(lepton),
    jets: [...bottoms, ...isrJets].sort(byMomentum),
    neutrinosX: neutrino.x + tauNeutrino.x + (1 - tauFraction) * tau.x,
    neutrinosY: neutrino.y + tauNeutrino.y + (1 - tauFraction) * tau.y,
  };
}

/** The measured event, or undefined if it does not pass the trigger. */
function detect(hard: Hard, random: Random): Simulated | undefined {
  const lep = { ...hard.lep, ptGeV: hard.lep.ptGeV * (1 + 0.02 * random.normal()) };
  const tau = { ...hard.tau, ptGeV: hard.tau.ptGeV * (1 + 0.08 * random.normal()) };
  if (!(lep.ptGeV > LEP_PT && tau.ptGeV > TAU_PT)) return undefined;
  if (Math.abs(lep.eta) > LEPTON_ETA || Math.abs(tau.eta) > LEPTON_ETA) return undefined;
  if (hypot(tau.eta - lep.eta, wrap(tau.phi - lep.phi)) < 0.4) return undefined;
  const jetAllPtGeV = hard.jets.reduce((sum, jet) => sum + jet.ptGeV, 0);
  const underlying = 25 + exponential(30, random) + exponential(30, random);
  const sumEtGeV = underlying + 0.6 * (lep.ptGeV + tau.ptGeV) + jetAllPtGeV;
  const metResolutionGeV = 0.65 * Math.sqrt(sumEtGeV);
  const metX = hard.neutrinosX + metResolutionGeV * random.normal();
  const metY = hard.neutrinosY + metResolutionGeV * random.normal();
  return {
    tau,
    lep,
    metGeV: hypot(metX, metY),
    metPhi: atan2(metY, metX),
    leading: hard.jets[0],
    subleading: hard.jets[1],
    jetAllPtGeV,
    sumEtGeV,
    metResolutionGeV,
  };
}

/** `jets` jets, or three and some more for 3, with falling momenta: a power law above the threshold. */
function radiation(jets: number, { scaleGeV, etaSpread }: JetSpectrum, random: Random): readonly Particle[] {
  let count = jets;
  while (count >= 3 && random.uniform() < 0.3) count++;
  return Array.from({ length: count }, () => ({
    ptGeV: JET_PT + scaleGeV * (pow(1 - random.uniform(), -0.2) - 1),
    eta: inside(JET_ETA, () => etaSpread * random.normal()),
    phi: angle(random),
  })).sort(byMomentum);
}

/** Vector-boson fusion: the two leading jets are forward and backward, unless one of them was lost. */
function taggingJets(jets: readonly Particle[], random: Random): readonly Particle[] {
  if (random.uniform() < 0.3) return jets;
  const side = random.uniform() < 0.5 ? 1 : -1;
  return jets.map((jet, n) =>
    n > 1 ? jet : { ...jet, eta: inside(JET_ETA, () => (n === 0 ? side : -side) * (2.1 + 0.9 * random.normal())) },
  );
}

/** A boson whose transverse momentum balances the jets and what is too soft for a jet. */
function recoiling(jets: readonly Particle[], rapiditySpread: number, massGeV: number, random: Random): FourVector {
  const soft = jets.length === 0 ? 7 : 11;
  let x = soft * random.normal();
  let y = soft * random.normal();
  for (const { ptGeV, phi } of jets) {
    x -= ptGeV * cos(phi);
    y -= ptGeV * sin(phi);
  }
  return fromRapidity(x, y, rapiditySpread * random.normal(), massGeV);
}

function isJet({ ptGeV, eta }: Particle): boolean {
  return ptGeV > JET_PT && Math.abs(eta) < JET_ETA;
}

function byMomentum(a: Particle, b: Particle): number {
  return b.ptGeV - a.ptGeV;
}

/** A Cauchy draw, within 15 widths. */
function breitWigner(massGeV: number, widthGeV: number, random: Random): number {
  return massGeV + inside(15 * widthGeV, () => (widthGeV / 2) * tan(Math.PI * (random.uniform() - 0.5)));
}

/** A draw in (0, 1) from a density that is nowhere above `most`. */
function fraction(density: (x: number) => number, most: number, random: Random): number {
  for (;;) {
    const x = random.uniform();
    if (most * random.uniform() < density(x)) return x;
  }
}

function exponential(mean: number, random: Random): number {
  return -mean * log(1 - random.uniform());
}

function angle(random: Random): number {
  return Math.PI * (2 * random.uniform() - 1);
}

/** An angle's difference brought to [-pi, pi]. */
function wrap(turn: number): number {
  return turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI));
}

/** Draws until the value is within `limit` of zero. */
function inside(limit: number, draw: () => number): number {
  for (;;) {
    const value = draw();
    if (Math.abs(value) < limit) return value;
  }
}
