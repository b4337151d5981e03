/** The stage that writes the file which the challenge asked for. */
import { json, stage, table, text } from 'restage';
import { writeCsv } from 'restage/io';
import { z } from 'zod';
import type { Cut } from '../judging/cut.ts';
import { submissionTable } from '../judging/submission.ts';

/** `csv` has a line for every test event in the order of their file; the header alone where there are none. */
export const submission = stage({
  name: 'higgs/submission',
  description: "Kaggle's submission file: rank and class of the test events",
  params: z.strictObject({}),
  inputs: { predictions: table<'prediction'>(), ids: table<'EventId'>(), cut: json<Cut>() },
  outputs: { csv: text() },
  async run({ inputs, log }) {
    const [predictions, ids, { cut }] = await Promise.all([
      inputs.predictions.read(),
      inputs.ids.read(),
      inputs.cut.read(),
    ]);
    const submitted = submissionTable(ids.columns.EventId, predictions.columns.prediction, cut);
    let signal = 0;
    for (let event = 0; event < submitted.rows; event++) signal += submitted.columns.Class[event]!;
    log(
      submitted.rows === 0
        ? 'the data have no test events, so that the submission has none; -S test=PATH reads those of test.csv'
        : `${submitted.rows} test events, ${signal} of them as signal`,
    );
    const lines = [...writeCsv(submitted, { words: { Class: ['b', 's'] } })];
    return { csv: Buffer.concat(lines).toString() };
  },
});
