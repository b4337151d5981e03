/** The stage that classifies events with the ensemble, averaging over the symmetries of a collision. */
import { json, stage, table, tableOf, weights } from 'restage';
import { openTrainer, weightedMean } from 'restage/ml';
import { z } from 'zod';
import { testSymmetries, transformed } from '../augmentation.ts';
import { anglesParam, spaceParam } from '../augmentation-params.ts';
import { type Manifest, member } from '../ensemble.ts';
import { frameOf, networkInputs } from '../inputs.ts';

export const predict = stage({
  name: 'higgs/predict',
  description: 'probability of signal: the mean over networks and over rotations and reflections',
  params: z.strictObject({
    /** Rotations of the test-time augmentation; with the reflections it has four times as many members. 0: none. */
    rotMult: z.int().min(0),
    /** Equal parts of a turn, or a turn of its own for every event. */
    angles: anglesParam,
    space: spaceParam,
  }),
  inputs: { events: weights(), networks: weights(), manifest: json<Manifest>() },
  outputs: { predictions: table<'prediction'>() },
  // Angles, where they are random.
  random: true,
  compute: true,
  async run({ params, inputs, rng, backend, progress, signal }) {
    const [events, networks, manifest] = await Promise.all([
      inputs.events.read(),
      inputs.networks.read(),
      inputs.manifest.read(),
    ]);
    const data = networkInputs(events);
    if (data.rows === 0) return { predictions: tableOf({ prediction: new Float32Array(0) }) };
    const frame = frameOf(events, params.space);
    const randomly = params.angles === 'random' && params.rotMult > 0;
    const symmetries = params.rotMult === 0 ? testSymmetries(1).slice(0, 1) : testSymmetries(params.rotMult);
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
      const coefficients = manifest.members.map(({ coefficient }) => coefficient);
      return { predictions: tableOf({ prediction: weightedMean(byMember, coefficients) }) };
    } finally {
      trainer.dispose();
    }
  },
});
