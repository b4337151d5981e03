/** The observation that draws the analysis for reports. Nothing takes its outputs, so no other state depends on it. */
import { json, observation, panel, table } from 'restage';
import { z } from 'zod';
import { amsPanel, type JudgedSet, predictionsPanel, rocPanel } from '../charts.ts';
import { SETS } from '../columns.ts';
import type { Cut } from '../cut.ts';
import { dataOrigin } from '../data-origin.ts';
import { type Judged, taken } from '../scoring.ts';

const count = z.int().min(0);

export const charts = observation({
  name: 'higgs/charts',
  description: 'ROC curve, AMS against the cut and predictions by class, for reports',
  params: z.strictObject({
    data: dataOrigin,
    /** The number of events of each complete set, as for the score. */
    wholeSets: z.strictObject({ training: count, public: count, private: count }),
    backgroundRegulariser: z.number().min(0),
    /** The AMS is drawn from this cut on. */
    leastCut: z.number().min(0).lt(1),
  }),
  inputs: {
    cut: json<Cut>(),
    validation: table<'prediction'>(),
    validationTruth: table<'target' | 'weight'>(),
    test: table<'prediction'>(),
    testTruth: table<'target' | 'weight' | 'set'>(),
  },
  outputs: { predictions: panel(), roc: panel(), ams: panel() },
  async run({ params, inputs }) {
    const { wholeSets, backgroundRegulariser, leastCut: least } = params;
    const { cut } = await inputs.cut.read();
    const truth = (await inputs.validationTruth.read()).columns;
    const judged = (prediction: ArrayLike<number>, of: typeof truth): Judged => ({
      predictions: prediction,
      targets: of.target,
      weights: of.weight,
    });
    const validation: JudgedSet = {
      name: 'validation',
      judged: judged((await inputs.validation.read()).columns.prediction, truth),
      wholeSetEvents: wholeSets.training,
    };
    const testTruth = (await inputs.testTruth.read()).columns;
    const test = judged((await inputs.test.read()).columns.prediction, testTruth);
    const testSet = (name: string, set: number, wholeSetEvents: number): readonly JudgedSet[] => {
      const rows = Array.from(testTruth.set.keys()).filter((row) => testTruth.set[row] === set);
      return rows.length === 0 ? [] : [{ name, judged: taken(test, rows), wholeSetEvents }];
    };
    const sets = [
      validation,
      ...testSet('public test', SETS.b, wholeSets.public),
      ...testSet('private test', SETS.v, wholeSets.private),
    ];
    return {
      predictions: predictionsPanel(validation, cut),
      roc: rocPanel(sets),
      ams: amsPanel(sets, { cut, least, backgroundRegulariser }),
    };
  },
});
