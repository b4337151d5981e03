/**
 * Symmetries of a collision as operations on rows of continuous features: rotations about the beam and reflections in
 * two planes (LUMIN 0.5.1, nn/data/fold_yielder.py). They act on standardised columns, as in the study: the momenta's x
 * and y columns have means near zero and nearly equal deviations, and an absent jet is zero and stays so. A frame with
 * means and scales makes them exact: they then act on the momenta as they were measured.
 */
import type { Random } from 'restage';
import { cos, sin } from 'restage/ml';
import { CONTINUOUS } from './features.ts';

/** One symmetry operation: a rotation by `angle` (radians), then, if asked for, py -> -py and pz -> -pz. */
export interface Symmetry {
  readonly angle: number;
  readonly flipY: boolean;
  readonly flipZ: boolean;
}

/** What the rows are in which symmetries act. */
export interface Frame {
  /** Columns of a row; the first 30 are `CONTINUOUS`. */
  readonly width: number;
  /**
   * Given, the symmetries act on momenta as they were measured: standardised x stands for means + scales x, and a
   * vector of exact zeros for one that is absent, which stays so. By default they act on standardised columns.
   */
  readonly measured?: { readonly means: Float64Array; readonly scales: Float64Array };
}

const STANDARDISED: Frame = { width: CONTINUOUS.length };

/**
 * `rows` [n, width], each rotated by an angle of its own and reflected or not, at random.
 * @param into an array of the same length to write to, such as the last call's result
 */
export function augmented(
  rows: Float32Array,
  random: Random,
  into: Float32Array = new Float32Array(rows.length),
  frame: Frame = STANDARDISED,
): Float32Array {
  into.set(rows);
  for (let start = 0; start < into.length; start += frame.width) {
    const angle = Math.PI * (2 * random.uniform() - 1);
    const flips = random.uint32();
    transformRow(into, start, cos(angle), sin(angle), flips >>> 31, (flips >>> 30) & 1, frame.measured);
  }
  return into;
}

/**
 * `rows` [n, width] with the same operation done to each; a new array.
 * @param random if given, every row is turned by an angle of its own and `angle` does not count
 */
export function transformed(
  rows: Float32Array,
  { angle, flipY, flipZ }: Symmetry,
  frame: Frame = STANDARDISED,
  random?: Random,
): Float32Array {
  const result = Float32Array.from(rows);
  const flips = [flipY ? 1 : 0, flipZ ? 1 : 0] as const;
  // A turn by pi is exact, so that two of them are the identity to the bit.
  const turn = (by: number): { cosine: number; sine: number } =>
    by === Math.PI ? { cosine: -1, sine: 0 } : { cosine: cos(by), sine: sin(by) };
  const fixed = turn(angle);
  for (let start = 0; start < rows.length; start += frame.width) {
    const { cosine, sine } = random === undefined ? fixed : turn(Math.PI * (2 * random.uniform() - 1));
    transformRow(result, start, cosine, sine, ...flips, frame.measured);
  }
  return result;
}

/**
 * The operations of test-time augmentation, 4 `rotations` of them: number r * rotations + k turns by 2 pi k / rotations
 * and flips y if r has bit 1 and z if it has bit 2. The first is the identity.
 */
export function testSymmetries(rotations: number): readonly Symmetry[] {
  return Array.from({ length: 4 * rotations }, (_, number) => {
    const flips = Math.floor(number / rotations);
    return {
      angle: (2 * Math.PI * (number % rotations)) / rotations,
      flipY: (flips & 1) !== 0,
      flipZ: (flips & 2) !== 0,
    };
  });
}

const at = (feature: (typeof CONTINUOUS)[number]): number => CONTINUOUS.indexOf(feature);
/** The index of a vector's px; py follows it. */
const PX = Int32Array.of(
  at('PRI_tau_px'),
  at('PRI_lep_px'),
  at('PRI_jet_leading_px'),
  at('PRI_jet_subleading_px'),
  at('PRI_met_px'),
);
const PZ = Int32Array.of(at('PRI_tau_pz'), at('PRI_lep_pz'), at('PRI_jet_leading_pz'), at('PRI_jet_subleading_pz'));

function transformRow(
  rows: Float32Array,
  start: number,
  cosine: number,
  sine: number,
  flipY: number,
  flipZ: number,
  measured: Frame['measured'],
): void {
  if (measured !== undefined) {
    transformMeasured(rows, start, cosine, sine, flipY, flipZ, measured);
    return;
  }
  for (let n = 0; n < PX.length; n++) {
    const index = start + PX[n]!;
    const x = rows[index]!;
    const y = rows[index + 1]!;
    rows[index] = x * cosine - y * sine;
    const turned = x * sine + y * cosine;
    rows[index + 1] = flipY === 1 ? -turned : turned;
  }
  if (flipZ === 0) return;
  for (let n = 0; n < PZ.length; n++) {
    const index = start + PZ[n]!;
    rows[index] = -rows[index]!;
  }
}

function transformMeasured(
  rows: Float32Array,
  start: number,
  cosine: number,
  sine: number,
  flipY: number,
  flipZ: number,
  { means, scales }: NonNullable<Frame['measured']>,
): void {
  for (let n = 0; n < PX.length; n++) {
    const [px, py] = [PX[n]!, PX[n]! + 1];
    const [x, y] = [rows[start + px]!, rows[start + py]!];
    if (x === 0 && y === 0) continue;
    const [measuredX, measuredY] = [x * scales[px]! + means[px]!, y * scales[py]! + means[py]!];
    const turned = measuredX * sine + measuredY * cosine;
    rows[start + px] = (measuredX * cosine - measuredY * sine - means[px]!) / scales[px]!;
    rows[start + py] = ((flipY === 1 ? -turned : turned) - means[py]!) / scales[py]!;
  }
  if (flipZ === 0) return;
  for (let n = 0; n < PZ.length; n++) {
    const pz = PZ[n]!;
    const z = rows[start + pz]!;
    if (z !== 0) rows[start + pz] = (-(z * scales[pz]! + means[pz]!) - means[pz]!) / scales[pz]!;
  }
}
