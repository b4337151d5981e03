/** The stage that learns means and deviations, from training events alone. */
import { json, stage, table } from 'restage';
import { fitScaler as fit, type Scaler } from 'restage/ml';
import { z } from 'zod';
import { CONTINUOUS, type FeatureColumn } from '../features.ts';
import { picked } from '../inputs.ts';

export const fitScaler = stage({
  name: 'higgs/fit-scaler',
  description: 'mean and standard deviation of the 30 continuous features',
  params: z.strictObject({}),
  inputs: { features: table<FeatureColumn>(), training: table<'row'>() },
  outputs: { scaler: json<Scaler>() },
  async run({ inputs }) {
    const [features, training] = await Promise.all([inputs.features.read(), inputs.training.read()]);
    return { scaler: fit(picked(features, CONTINUOUS, training.columns.row), CONTINUOUS) };
  },
});
