/**
 * A stand-in for DER_mass_MMC, whose calculator is not public: the mass of the tau pair from what is seen of it.
 *
 * It follows the published idea (A. Elagin et al., "A new mass reconstruction technique for resonances decaying to tau
 * tau", NIM A 654 (2011) 481) in the collinear approximation: the neutrinos fly with their taus, so that fractions x_l
 * and x_h of the taus' momenta being visible would make a missing momentum of (1/x_l - 1) p_l + (1/x_h - 1) p_h. All
 * pairs of fractions are weighted by their prior and by how well they meet the measured one.
 */
import { cos, exp, log, pow, sin } from 'restage/ml';
import type { Measured } from '../data/derived.ts';
import { masslessPairMass } from '../data/derived.ts';

/**
 * The estimate in GeV, or undefined where no fractions explain the missing momentum.
 * @param resolutionGeV of each component of the missing momentum
 */
export function estimateMass(event: Measured, resolutionGeV: number): number | undefined {
  const { lep, tau, metGeV, metPhi } = event;
  const [lx, ly] = [lep.ptGeV * cos(lep.phi), lep.ptGeV * sin(lep.phi)];
  const [hx, hy] = [tau.ptGeV * cos(tau.phi), tau.ptGeV * sin(tau.phi)];
  const [mx, my] = [metGeV * cos(metPhi), metGeV * sin(metPhi)];
  const scale = -0.5 / (resolutionGeV * resolutionGeV);
  let total = 0;
  let sum = 0;
  for (const lepton of LEPTON_FRACTIONS) {
    const [restX, restY] = [mx - lepton.lost * lx, my - lepton.lost * ly];
    for (const hadron of HADRON_FRACTIONS) {
      const dx = restX - hadron.lost * hx;
      const dy = restY - hadron.lost * hy;
      const exponent = scale * (dx * dx + dy * dy);
      if (exponent < WORST_EXPONENT) continue;
      const weight = lepton.prior * hadron.prior * exp(exponent);
      total += weight;
      sum += weight * (lepton.logGain + hadron.logGain);
    }
  }
  return total === 0 ? undefined : masslessPairMass(tau, lep) * exp(sum / total);
}

/**
 * Density of the visible fraction of tau -> l nu nu, unpolarised and collinear (Y. S. Tsai, Phys. Rev. D 4 (1971)
 * 2821).
 */
export function leptonDensity(x: number): number {
  return 5 / 3 - 3 * x * x + (4 / 3) * x * x * x;
}

/** Density of the visible fraction of a hadronic decay: rising, for the mix of one and several pions. */
export function hadronDensity(x: number): number {
  return x < 0.15 ? 0 : x * (1.35 - x);
}

/** Fits to the missing momentum worse than this many (minus half) chi squares do not count. */
const WORST_EXPONENT = -14;

/**
 * The prior density of masses falls as the -4th power, m^2 being proportional to 1 / (x_l x_h): without
 * that, what the trigger does to the fractions puts the Z ten GeV too high.
 */
const SPECTRUM = 2;

interface Fraction {
  /** 1/x - 1: neutrino momentum over visible momentum. */
  readonly lost: number;
  readonly prior: number;
  /** What the fraction adds to the log of the mass: -ln(x) / 2. */
  readonly logGain: number;
}

const LEPTON_FRACTIONS = grid(16, leptonDensity);
const HADRON_FRACTIONS = grid(14, hadronDensity);

function grid(points: number, density: (x: number) => number): readonly Fraction[] {
  return Array.from({ length: points }, (_, n) => {
    const x = (n + 0.5) / points;
    return { lost: 1 / x - 1, prior: pow(x, SPECTRUM) * density(x), logGain: -log(x) / 2 };
  }).filter(({ prior }) => prior > 0);
}
