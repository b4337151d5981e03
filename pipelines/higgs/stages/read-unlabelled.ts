/** The stage that reads events to predict, whose class is unknown: Kaggle's test.csv. */
import { file, stage, table, tableOf } from 'restage';
import { z } from 'zod';
import { type Feature, featuresOf } from '../features.ts';
import { readUnlabelled as readEvents } from '../read-events.ts';

export const readUnlabelled = stage({
  name: 'higgs/read-unlabelled',
  description: "the features of the events of Kaggle's test.csv",
  params: z.strictObject({}),
  inputs: { file: file() },
  outputs: { features: table<Feature>(), ids: table<'EventId'>() },
  async run({ inputs, log, signal }) {
    const { path } = await inputs.file.read();
    const events = await readEvents(path, signal);
    log(`${events.rows} events`);
    return { features: featuresOf(events), ids: tableOf({ EventId: events.columns.EventId }) };
  },
});
