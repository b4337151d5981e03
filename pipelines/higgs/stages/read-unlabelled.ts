/** The stage that reads events to predict, whose class is unknown: Kaggle's test.csv. */
import { file, stage, table, tableOf } from 'restage';
import { type Feature, featureParams, featuresOf } from '../data/features.ts';
import { readUnlabelled as readEvents } from '../data/read-events.ts';

export const readUnlabelled = stage({
  name: 'higgs/read-unlabelled',
  description: "the features of the events of Kaggle's test.csv",
  params: featureParams.pick({ extraMasses: true }),
  inputs: { file: file() },
  outputs: { features: table<Feature>(), ids: table<'EventId'>() },
  async run({ params, inputs, log, signal }) {
    const { path } = await inputs.file.read();
    const events = await readEvents(path, signal);
    log(`${events.rows} events`);
    return { features: featuresOf(events, params), ids: tableOf({ EventId: events.columns.EventId }) };
  },
});
