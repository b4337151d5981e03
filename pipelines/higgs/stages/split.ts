/** The stage that sets validation events aside. */
import { stage, table, tableOf } from 'restage';
import { z } from 'zod';
import type { EventColumn } from '../data/columns.ts';
import { splitTraining, strataParam } from '../data/splitting.ts';

export const split = stage({
  name: 'higgs/split',
  description: 'rows for training and for validation, stratified by class, and number of jets where it is a category',
  params: z.strictObject({ validationFraction: z.number().gt(0).lt(1), strata: strataParam }),
  inputs: { events: table<EventColumn>() },
  outputs: { training: table<'row'>(), validation: table<'row'>() },
  random: true,
  async run({ params, inputs, rng, log }) {
    const { validationFraction, strata } = params;
    const { KaggleSet: set, Label: target, PRI_jet_num } = (await inputs.events.read()).columns;
    const known = tableOf({ set, target, PRI_jet_num });
    const { first, second } = splitTraining(known, validationFraction, rng('split'), strata);
    log(`${first.length} events for training, ${second.length} for validation`);
    return { training: tableOf({ row: first }), validation: tableOf({ row: second }) };
  },
});
