/** The stage that makes the features. */
import { stage, table } from 'restage';
import { aligned } from '../data/alignment.ts';
import type { EventColumn } from '../data/columns.ts';
import { type FeatureColumn, featureParams, featureTable } from '../data/features.ts';

export const preprocess = stage({
  name: 'higgs/preprocess',
  description: '31 features, or five more, vectors in Cartesian components, undefined values NaN',
  params: featureParams.pick({ aligned: true, extraMasses: true }),
  inputs: { events: table<EventColumn>() },
  outputs: { features: table<FeatureColumn>() },
  async run({ params, inputs }) {
    const events = await inputs.events.read();
    return { features: featureTable(params.aligned ? aligned(events) : events, params) };
  },
});
