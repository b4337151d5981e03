/** The stage that reads the open-data file. */
import { file, stage, table } from 'restage';
import { z } from 'zod';
import type { EventColumn } from '../data/columns.ts';
import { readEvents } from '../data/read-events.ts';

export const read = stage({
  name: 'higgs/read',
  description: 'the events of the open-data file',
  params: z.strictObject({}),
  inputs: { file: file() },
  outputs: { events: table<EventColumn>() },
  async run({ inputs, log, signal }) {
    const { path } = await inputs.file.read();
    const events = await readEvents(path, signal);
    log(`${events.rows} events`);
    return { events };
  },
});
