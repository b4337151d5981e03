/** The stage that sets validation events aside. */
import { stage, table, tableOf } from 'restage';
import { z } from 'zod';
import type { FeatureColumn } from '../features.ts';
import { splitTraining } from '../splitting.ts';

export const split = stage({
  name: 'higgs/split',
  description: 'rows for training and for validation, stratified by class and number of jets',
  params: z.strictObject({ validationFraction: z.number().gt(0).lt(1) }),
  inputs: { features: table<FeatureColumn>() },
  outputs: { training: table<'row'>(), validation: table<'row'>() },
  random: true,
  async run({ params, inputs, rng, log }) {
    const { first, second } = splitTraining(await inputs.features.read(), params.validationFraction, rng('split'));
    log(`${first.length} events for training, ${second.length} for validation`);
    return { training: tableOf({ row: first }), validation: tableOf({ row: second }) };
  },
});
