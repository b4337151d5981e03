/** The stage that makes the 31 features. */
import { stage, table } from 'restage';
import { z } from 'zod';
import type { EventColumn } from '../columns.ts';
import { type FeatureColumn, featureTable } from '../features.ts';

export const preprocess = stage({
  name: 'higgs/preprocess',
  description: '31 features, vectors in Cartesian components, undefined values NaN',
  params: z.strictObject({}),
  inputs: { events: table<EventColumn>() },
  outputs: { features: table<FeatureColumn>() },
  async run({ inputs }) {
    return { features: featureTable(await inputs.events.read()) };
  },
});
