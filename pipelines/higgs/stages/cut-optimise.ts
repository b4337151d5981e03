/** The stage that chooses the cut, on validation events alone. */
import { json, stage, table } from 'restage';
import { z } from 'zod';
import { type Cut, cutParams, optimiseCut } from '../judging/cut.ts';
import { dataOrigin, type OnData } from '../data/data-origin.ts';

export const cutOptimise = stage({
  name: 'higgs/cut-optimise',
  description: 'the cut on the prediction: mean over the events of highest AMS',
  params: z.strictObject({
    data: dataOrigin,
    ...cutParams.shape,
    backgroundRegulariser: z.number().min(0),
    /**
     * The number of events of a complete set of this kind; weights are multiplied by this, divided by the number of
     * given events.
     */
    wholeSetEvents: z.int().positive(),
  }),
  inputs: { predictions: table<'prediction'>(), truth: table<'target' | 'weight'>() },
  outputs: { cut: json<OnData<Cut>>() },
  async run({ params, inputs, log, metric }) {
    const [predictions, truth] = await Promise.all([inputs.predictions.read(), inputs.truth.read()]);
    const { data, wholeSetEvents, ...rule } = params;
    const cut = optimiseCut(predictions.columns.prediction, truth.columns.target, truth.columns.weight, {
      ...rule,
      weightFactor: wholeSetEvents / truth.rows,
    });
    log(
      `cut at ${cut.cut.toFixed(4)}: AMS ${cut.ams.toFixed(3)} on the validation events that chose it, too high for that (the score corrects it), and at most ${cut.maxAms.toFixed(3)}`,
    );
    metric('cut', cut.cut);
    metric('apparent validation AMS', cut.ams);
    return { cut: { data, ...cut } };
  },
});
