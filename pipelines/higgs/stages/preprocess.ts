/** The stage that makes the 31 features. */
import { stage, table } from 'restage';
import { z } from 'zod';
import { aligned } from '../alignment.ts';
import type { EventColumn } from '../columns.ts';
import { type FeatureColumn, featureTable } from '../features.ts';

export const preprocess = stage({
  name: 'higgs/preprocess',
  description: '31 features, vectors in Cartesian components, undefined values NaN',
  params: z.strictObject({ aligned: z.boolean().default(false) }),
  inputs: { events: table<EventColumn>() },
  outputs: { features: table<FeatureColumn>() },
  async run({ params, inputs }) {
    const events = await inputs.events.read();
    return { features: featureTable(params.aligned ? aligned(events) : events) };
  },
});
