/** Relativistic kinematics in GeV, with c = 1: as much of it as a toy generator needs. */

import type { Random } from 'restage';
import { asinh, atan2, cos, cosh, hypot, sin, sinh } from 'restage/ml';
import type { Particle } from '../data/derived.ts';

export interface FourVector {
  readonly e: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** From transverse momentum components, rapidity and mass. */
export function fromRapidity(x: number, y: number, rapidity: number, massGeV: number): FourVector {
  const transverse = Math.sqrt(massGeV * massGeV + x * x + y * y);
  return { e: transverse * cosh(rapidity), x, y, z: transverse * sinh(rapidity) };
}

/**
 * An isotropic decay of `parent` (of mass `massGeV`) into daughters of the given masses, in the laboratory frame.
 * The momentum in the rest frame is sqrt((M^2 - (a + b)^2)(M^2 - (a - b)^2)) / 2M (PDG review, "Kinematics", 49.4.2).
 */
export function decay(
  parent: FourVector,
  massGeV: number,
  firstMassGeV: number,
  secondMassGeV: number,
  random: Random,
): readonly [FourVector, FourVector] {
  const square = massGeV * massGeV;
  const sum = firstMassGeV + secondMassGeV;
  const gap = firstMassGeV - secondMassGeV;
  const momentum = Math.sqrt((square - sum * sum) * (square - gap * gap)) / (2 * massGeV);
  const cosine = 2 * random.uniform() - 1;
  const sine = Math.sqrt(1 - cosine * cosine);
  const phi = 2 * Math.PI * random.uniform();
  const first = boost(
    {
      e: Math.sqrt(firstMassGeV * firstMassGeV + momentum * momentum),
      x: momentum * sine * cos(phi),
      y: momentum * sine * sin(phi),
      z: momentum * cosine,
    },
    parent,
    massGeV,
  );
  return [first, { e: parent.e - first.e, x: parent.x - first.x, y: parent.y - first.y, z: parent.z - first.z }];
}

/** Takes `vector` from the rest frame of `frame` (of mass `massGeV`) to the frame that `frame` is given in. */
function boost(vector: FourVector, frame: FourVector, massGeV: number): FourVector {
  const along = vector.x * frame.x + vector.y * frame.y + vector.z * frame.z;
  const factor = (along / (frame.e + massGeV) + vector.e) / massGeV;
  return {
    e: (frame.e * vector.e + along) / massGeV,
    x: vector.x + factor * frame.x,
    y: vector.y + factor * frame.y,
    z: vector.z + factor * frame.z,
  };
}

/** The direction of a momentum, with `fraction` of its size: what a detector sees of a decaying tau. */
export function seen(momentum: FourVector, fraction = 1): Particle {
  const pt = hypot(momentum.x, momentum.y);
  return { ptGeV: fraction * pt, eta: asinh(momentum.z / pt), phi: atan2(momentum.y, momentum.x) };
}
