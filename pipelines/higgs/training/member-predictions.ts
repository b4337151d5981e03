/** What each network of an ensemble predicts, averaged over the symmetries of a collision. */
import type { ComputeBackend, RandomStreams, Tensors } from 'restage';
import { openTrainer, weightedMean } from 'restage/ml';
import { z } from 'zod';
import { testSymmetries, transformed } from '../data/augmentation.ts';
import { anglesParam, spaceParam } from '../data/augmentation-params.ts';
import { type Manifest, member } from './ensemble.ts';
import { frameOf, networkInputs } from '../data/inputs.ts';

export const symmetryParams = {
  /** Rotations of the test-time augmentation; with the reflections it has four times as many members. 0: none. */
  rotMult: z.int().min(0),
  /** Equal parts of a turn, or a turn of its own for every event. */
  angles: anglesParam,
  space: spaceParam,
};

export type Symmetries = z.output<z.ZodObject<typeof symmetryParams>>;

interface MemberPredictions {
  /** As `inputTensors` lays them out. */
  readonly events: Tensors;
  readonly networks: Tensors;
  readonly manifest: Manifest;
  readonly symmetries: Symmetries;
  /** Draws angles, where they are random. */
  readonly rng: RandomStreams;
  readonly backend: ComputeBackend;
  readonly signal: AbortSignal;
  readonly progress: (done: number, total: number) => void;
}

/** By member of the ensemble, in the order of its manifest: the probability of signal of each event. */
export async function memberPredictions(given: MemberPredictions): Promise<readonly Float32Array[]> {
  const { events, networks, manifest, rng, backend, signal, progress } = given;
  const { rotMult, angles, space } = given.symmetries;
  const data = networkInputs(events);
  if (data.rows === 0) return manifest.members.map(() => new Float32Array(0));
  const frame = frameOf(events, space);
  const randomly = angles === 'random' && rotMult > 0;
  const symmetries = rotMult === 0 ? testSymmetries(1).slice(0, 1) : testSymmetries(rotMult);
  // A trainer that never trains: neither its batch size nor its optimiser matters.
  const trainer = openTrainer(backend, manifest.network, { batchSize: 1, adam: { beta2: 0.999, epsilon: 1e-3 } });
  try {
    const byMember: Float32Array[] = [];
    const total = manifest.members.length * symmetries.length;
    for (const n of manifest.members.keys()) {
      trainer.load(member(networks, n));
      const bySymmetry: Float32Array[] = [];
      for (const [at, symmetry] of symmetries.entries()) {
        signal.throwIfAborted();
        // The same turns for every network, as they are turns of the events.
        const random = randomly ? rng(`angles/${at}`) : undefined;
        const continuous = transformed(data.continuous, symmetry, frame, random);
        bySymmetry.push(await trainer.predict({ ...data, continuous }));
        progress(n * symmetries.length + bySymmetry.length, total);
      }
      byMember.push(weightedMean(bySymmetry, new Array<number>(symmetries.length).fill(1)));
    }
    return byMember;
  } finally {
    trainer.dispose();
  }
}
