/** The stage that sets validation events aside. */
import { stage, table, tableOf } from 'restage';
import { z } from 'zod';
import type { FeatureColumn } from '../features.ts';
import { splitTraining, strataParam } from '../splitting.ts';

export const split = stage({
  name: 'higgs/split',
  description: 'rows for training and for validation, stratified by class, and number of jets where it is a category',
  params: z.strictObject({ validationFraction: z.number().gt(0).lt(1), strata: strataParam }),
  inputs: { features: table<FeatureColumn>() },
  outputs: { training: table<'row'>(), validation: table<'row'>() },
  random: true,
  async run({ params, inputs, rng, log }) {
    const { validationFraction, strata } = params;
    const { first, second } = splitTraining(await inputs.features.read(), validationFraction, rng('split'), strata);
    log(`${first.length} events for training, ${second.length} for validation`);
    return { training: tableOf({ row: first }), validation: tableOf({ row: second }) };
  },
});
