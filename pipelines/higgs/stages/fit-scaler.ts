/** The stage that learns means and deviations, from training events alone. */
import { json, stage, table } from 'restage';
import { fitScaler as fit, type Scaler } from 'restage/ml';
import { continuousFeatures, type FeatureColumn, featureParams } from '../data/features.ts';
import { picked } from '../data/inputs.ts';

export const fitScaler = stage({
  name: 'higgs/fit-scaler',
  description: 'mean and standard deviation of the continuous features',
  params: featureParams,
  inputs: { features: table<FeatureColumn>(), training: table<'row'>() },
  outputs: { scaler: json<Scaler>() },
  async run({ params, inputs }) {
    const [features, training] = await Promise.all([inputs.features.read(), inputs.training.read()]);
    const names = continuousFeatures(params);
    return { scaler: fit(picked(features, names, training.columns.row), names) };
  },
});
