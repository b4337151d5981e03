/** The stage that makes network inputs of all events of a table, by what was learnt of the training events. */
import { json, stage, table, weights } from 'restage';
import type { Scaler } from 'restage/ml';
import { z } from 'zod';
import type { Feature } from '../data/features.ts';
import { inputTensors } from '../data/inputs.ts';

/** `events`: as `inputTensors` makes them. */
export const standardise = stage({
  name: 'higgs/standardise',
  description: 'standardised inputs of unlabelled events',
  params: z.strictObject({}),
  inputs: { features: table<Feature>(), scaler: json<Scaler>() },
  outputs: { events: weights() },
  async run({ inputs }) {
    const [features, scaler] = await Promise.all([inputs.features.read(), inputs.scaler.read()]);
    return {
      events: inputTensors(
        features,
        Uint32Array.from({ length: features.rows }, (_, row) => row),
        scaler,
      ),
    };
  },
});
