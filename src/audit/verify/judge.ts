/**
 * Judges what a state came to when it was executed again, rung by rung: the same bytes, within so many units in the
 * last place, within a relative tolerance, or something else.
 */
import type { Output } from '../../core/artifact/artifact.ts';
import type { Difference } from '../../core/artifact/codec.ts';
import { compareArtifacts } from '../../core/artifact/registry.ts';

export interface Tolerance {
  /** Units in the last place that two numbers may be apart. */
  readonly ulp: number;
  /** How much two numbers may differ, as a share of the larger one. */
  readonly relative: number;
}

/** From the best to the worst. */
const RUNGS = ['same', 'ulp', 'tolerance', 'diverged'] as const;
export type Rung = (typeof RUNGS)[number];

export interface OutputVerdict {
  readonly name: string;
  readonly rung: Rung;
  /** Of values that differ, part by part. */
  readonly differences: readonly Difference[];
}

/**
 * `read` gives the bytes of an output. An output that only one side has is a difference, and so is another digest than
 * that of bytes that were evicted. @throws what `read` throws
 */
export function judge(
  recorded: readonly Output[],
  made: readonly Output[],
  tolerance: Tolerance,
  read: (output: Output) => Uint8Array,
  isEvicted: (output: Output) => boolean = () => false,
): readonly OutputVerdict[] {
  const again = new Map(made.map((output) => [output.name, output]));
  return recorded.map((before) => {
    const { name, kind, digest } = before;
    const after = again.get(name);
    if (after?.digest === digest) return { name, rung: 'same', differences: [] };
    if (after?.kind !== kind) return { name, rung: 'diverged', differences: [{ where: '', what: 'not made again' }] };
    if (isEvicted(before)) return { name, rung: 'diverged', differences: [{ where: '', what: OTHER_THAN_EVICTED }] };
    const differences = compareArtifacts(kind, read(before), read(after), name);
    return { name, rung: rungOf(differences, tolerance), differences };
  });
}

const OTHER_THAN_EVICTED = 'other bytes; those on record were evicted, so only their digest is compared';

/** The worst of them. */
export function worst(verdicts: readonly OutputVerdict[]): Rung {
  return RUNGS[Math.max(0, ...verdicts.map(({ rung }) => RUNGS.indexOf(rung)))]!;
}

/** Other bytes for the same values are within zero units: a codec may write one value in two ways. */
function rungOf(differences: readonly Difference[], { ulp, relative }: Tolerance): Rung {
  if (differences.every(({ numbers }) => numbers?.notFinite === 0 && numbers.ulp !== null && numbers.ulp <= ulp))
    return 'ulp';
  return differences.every(({ numbers }) => numbers?.notFinite === 0 && (numbers.relative?.most ?? 0) <= relative)
    ? 'tolerance'
    : 'diverged';
}
