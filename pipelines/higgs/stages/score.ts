/** The stage that says how good the analysis is. */
import { json, panel, stage, type Table, table } from 'restage';
import { z } from 'zod';
import { amsPanel, predictionsPanel, rocPanel } from '../judging/charts.ts';
import { SETS } from '../data/columns.ts';
import { type Cut, cutParams } from '../judging/cut.ts';
import { type DataOrigin, dataOrigin } from '../data/data-origin.ts';
import {
  type AmsRule,
  type Judged,
  type Measurement,
  meanAmsOverFolds,
  measureAms,
  measureAmsAtOwnCut,
  measureCrossEntropy,
  measureRocAuc,
  type OwnCutAms,
  taken,
} from '../judging/scoring.ts';

/** Significances at the cut; those of a test set are null where the file has no such events. */
export interface Score {
  readonly data: DataOrigin;
  readonly cut: number;
  readonly validation: {
    readonly events: number;
    /** At the cut that these events chose, corrected for that; the study's "MVAC" is its `apparent`. */
    readonly ams: OwnCutAms;
    /** The largest over all cuts: a maximum over noise, for which no error would be honest. */
    readonly maxAms: number;
    readonly rocAuc: Measurement;
    /** With balanced classes: a constant guess gets 0.69. */
    readonly crossEntropy: Measurement;
  };
  /** Mean public AMS over the test folds, "MAPA", and each fold's. */
  readonly meanPublicAms: (Measurement & { readonly byFold: readonly number[] }) | null;
  readonly publicAms: Measurement | null;
  readonly privateAms: Measurement | null;
  /** The same cut, judged by an AMS that knows of an uncertain background; null where none is given. */
  readonly withUncertainty: {
    /** The relative standard deviation of the background. */
    readonly background: number;
    readonly validation: OwnCutAms;
    readonly publicAms: Measurement | null;
    readonly privateAms: Measurement | null;
  } | null;
}

const sizes = z.strictObject({ training: z.int().positive(), public: z.int().min(0), private: z.int().min(0) });

export const score = stage({
  name: 'higgs/score',
  description: 'AMS at the cut, ROC area and cross-entropy, with errors',
  params: z.strictObject({
    data: dataOrigin,
    /**
     * The number of events of each complete set; weights are multiplied by this, divided by the number of given events.
     */
    wholeSets: sizes,
    backgroundRegulariser: z.number().min(0),
    /** The relative standard deviation of the background, 0 for none. */
    backgroundUncertainty: z.number().min(0),
    bootstrapSamples: z.int().min(2),
    /** How the cut was chosen. */
    cut: cutParams,
  }),
  inputs: {
    cut: json<Cut>(),
    validation: table<'prediction'>(),
    validationTruth: table<'target' | 'weight'>(),
    test: table<'prediction'>(),
    testTruth: table<'target' | 'weight' | 'set' | 'fold' | 'EventId'>(),
  },
  outputs: { score: json<Score>(), predictions: panel(), roc: panel(), ams: panel() },
  random: true,
  async run({ params, inputs, rng, log, metric }) {
    const { data, wholeSets, backgroundRegulariser, backgroundUncertainty, bootstrapSamples: resamples } = params;
    const { cut, maxAms } = await inputs.cut.read();
    const validation = judged(await inputs.validation.read(), await inputs.validationTruth.read());
    const testTruth = await inputs.testTruth.read();
    const test = judged(await inputs.test.read(), testTruth);
    const rule = (wholeSetEvents: number, uncertainty?: number): AmsRule => ({
      cut,
      backgroundRegulariser,
      wholeSetEvents,
      ...(uncertainty !== undefined && { backgroundUncertainty: uncertainty }),
    });
    const rowsOf = (set: number): number[] =>
      Array.from(testTruth.columns.set.keys()).filter((row) => testTruth.columns.set[row] === set);
    const publicRows = rowsOf(SETS.b);
    const rows = { public: publicRows, private: rowsOf(SETS.v) };
    const measured = (set: 'public' | 'private', uncertainty?: number): Measurement | null =>
      rows[set].length === 0
        ? null
        : measureAms(taken(test, rows[set]), rule(wholeSets[set], uncertainty), {
            resamples,
            random: rng(`bootstrap/${set}`),
          });
    const ofValidation = measureAmsAtOwnCut(
      validation,
      { ...params.cut, ...rule(wholeSets.training, backgroundUncertainty || undefined) },
      { resamples, random: rng('bootstrap/ams') },
    );

    const folds = publicRows.map((row) => testTruth.columns.fold[row]!);
    const result: Score = {
      data,
      cut,
      validation: {
        events: validation.predictions.length,
        ams: ofValidation.ams,
        maxAms,
        rocAuc: measureRocAuc(validation, { resamples, random: rng('bootstrap/roc') }),
        crossEntropy: measureCrossEntropy(validation, { resamples, random: rng('bootstrap/cross-entropy') }),
      },
      meanPublicAms: meanAmsOverFolds(taken(test, publicRows), folds, rule(wholeSets.public)) ?? null,
      publicAms: measured('public'),
      privateAms: measured('private'),
      withUncertainty:
        ofValidation.uncertain === null
          ? null
          : {
              background: backgroundUncertainty,
              validation: ofValidation.uncertain,
              publicAms: measured('public', backgroundUncertainty),
              privateAms: measured('private', backgroundUncertainty),
            },
    };
    const named = {
      'validation AMS': result.validation.ams,
      'validation ROC area': result.validation.rocAuc,
      'validation cross-entropy': result.validation.crossEntropy,
      'mean public AMS': result.meanPublicAms,
      'public AMS': result.publicAms,
      'private AMS': result.privateAms,
      ...(result.withUncertainty && {
        'validation AMS, uncertain background': result.withUncertainty.validation,
        'public AMS, uncertain background': result.withUncertainty.publicAms,
        'private AMS, uncertain background': result.withUncertainty.privateAms,
      }),
    };
    for (const [name, measurement] of Object.entries(named)) {
      if (measurement === null) continue;
      metric(name, measurement.value);
      log(`${name} (${data}): ${shown(measurement)}`);
    }
    const { apparent, optimism } = result.validation.ams;
    log(
      `the validation AMS is that at the cut, ${apparent.toFixed(3)}, less ${optimism.toFixed(3)}, by which choosing the cut on the same events makes it too high; the largest over all cuts, ${maxAms.toFixed(3)}, is a maximum over noise and has no error`,
    );
    const drawn = { name: 'validation', judged: validation, wholeSetEvents: wholeSets.training };
    const sets = [
      drawn,
      ...(['public', 'private'] as const)
        .filter((set) => rows[set].length > 0)
        .map((set) => ({ name: `${set} test`, judged: taken(test, rows[set]), wholeSetEvents: wholeSets[set] })),
    ];
    const least = Math.min(0.5, params.cut.minPrediction);
    return {
      score: result,
      predictions: predictionsPanel(drawn, cut),
      roc: rocPanel(sets),
      ams: amsPanel(sets, { cut, least, backgroundRegulariser }),
    };
  },
});

function judged(predictions: Table<'prediction'>, truth: Table<'target' | 'weight'>): Judged {
  return {
    predictions: predictions.columns.prediction,
    targets: truth.columns.target,
    weights: truth.columns.weight,
  };
}

function shown({ value, error }: Measurement): string {
  return `${value.toFixed(3)} +- ${error.toFixed(3)}`;
}
