/** The stage that simulates events, in place of the open data. */
import { stage, table } from 'restage';
import { z } from 'zod';
import type { EventColumn } from '../data/columns.ts';
import { simulate as simulateEvents } from '../simulation/simulate.ts';

export const simulate = stage({
  name: 'higgs/simulate',
  description: 'simulated events with the columns, sets and weights of the open data',
  params: z.strictObject({ events: z.int().positive() }),
  inputs: {},
  outputs: { events: table<EventColumn>() },
  random: true,
  run: ({ params, rng }) => ({ events: simulateEvents(params.events, rng) }),
});
