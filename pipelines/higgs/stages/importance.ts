/** The observation that says how much the ensemble needs each feature. It informs people; nothing takes its output. */
import { json, observation, table, type Table, weights } from 'restage';
import {
  type Importance,
  type NetworkInputs,
  openTrainer,
  permutationImportance,
  rocAuc,
  type Scaler,
  weightedMean,
} from 'restage/ml';
import { z } from 'zod';
import { dataOrigin, type OnData } from '../data/data-origin.ts';
import { type Manifest, member } from '../training/ensemble.ts';
import { featureGroups } from '../data/feature-groups.ts';
import { networkInputs } from '../data/inputs.ts';

/** Falls of the validation ROC area, without test-time augmentation; the most important feature or group first. */
export type ImportanceReport = OnData<Importance>;

export const importance = observation({
  name: 'higgs/importance',
  description: 'the fall of the ROC area where the values of a feature are dealt out to other events',
  params: z.strictObject({ data: dataOrigin, repeats: z.int().positive() }),
  inputs: {
    events: weights(),
    truth: table<'target' | 'weight'>(),
    scaler: json<Scaler>(),
    networks: weights(),
    manifest: json<Manifest>(),
  },
  outputs: { importance: json<ImportanceReport>() },
  random: true,
  compute: true,
  async run({ params, inputs, rng, backend, log, metric, progress, signal }) {
    const [events, truth, scaler, networks, manifest] = await Promise.all([
      inputs.events.read(),
      inputs.truth.read(),
      inputs.scaler.read(),
      inputs.networks.read(),
      inputs.manifest.read(),
    ]);
    const given = networkInputs(events);
    const features = featureGroups(
      scaler.columns.map(({ name }) => name),
      given.codes.length > 0,
    );
    // A trainer that never trains: neither its batch size nor its optimiser matters.
    const trainer = openTrainer(backend, manifest.network, { batchSize: 1, adam: { beta2: 0.999, epsilon: 1e-3 } });
    const members = [...manifest.members.keys()].map((n) => member(networks, n));
    const coefficients = manifest.members.map(({ coefficient }) => coefficient);
    const predict = async (rows: NetworkInputs): Promise<Float32Array> => {
      const byMember: Float32Array[] = [];
      for (const network of members) {
        trainer.load(network);
        byMember.push(await trainer.predict(rows));
      }
      return weightedMean(byMember, coefficients);
    };
    try {
      const found = await permutationImportance({
        data: { ...given, ...judgedBy(truth) },
        predict,
        metric: rocAuc,
        better: 'higher',
        features,
        repeats: params.repeats,
        rng,
        signal,
        onFeature: ({ name, drop }, at) => {
          metric(`importance of ${name}`, drop);
          progress(at + 1, Object.keys(features).length, name);
        },
      });
      const ranked = found.features.toSorted((a, b) => b.drop - a.drop);
      for (const { name, drop, standardError } of ranked.slice(0, 10))
        log(
          `${name}: the ROC area falls by ${drop.toFixed(4)}${standardError === null ? '' : ` +- ${standardError.toFixed(4)}`}`,
        );
      return { importance: { data: params.data, baseline: found.baseline, features: ranked } };
    } finally {
      trainer.dispose();
    }
  },
});

function judgedBy({ columns }: Table<'target' | 'weight'>) {
  return { targets: Uint8Array.from(columns.target), weights: Float32Array.from(columns.weight) };
}
