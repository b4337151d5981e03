/** The stage that says how good the analysis is. */
import { json, stage, type Table, table } from 'restage';
import { z } from 'zod';
import { SETS } from '../columns.ts';
import type { Cut } from '../cut.ts';
import { type DataOrigin, dataOrigin } from '../data-origin.ts';
import {
  type Judged,
  type Measurement,
  meanAmsOverFolds,
  measureAms,
  measureCrossEntropy,
  measureRocAuc,
  taken,
} from '../scoring.ts';

/** Significances at the cut; those of a test set are null where the file has no such events. */
export interface Score {
  readonly data: DataOrigin;
  readonly cut: number;
  readonly validation: {
    readonly events: number;
    readonly ams: Measurement;
    /** The largest over all cuts: an optimistic number. */
    readonly maxAms: number;
    readonly rocAuc: Measurement;
    /** With balanced classes: a constant guess gets 0.69. */
    readonly crossEntropy: Measurement;
  };
  /** Mean public AMS over the test folds, "MAPA". */
  readonly meanPublicAms: Measurement | null;
  readonly publicAms: Measurement | null;
  readonly privateAms: Measurement | null;
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
    bootstrapSamples: z.int().min(2),
  }),
  inputs: {
    cut: json<Cut>(),
    validation: table<'prediction'>(),
    validationTruth: table<'target' | 'weight'>(),
    test: table<'prediction'>(),
    testTruth: table<'target' | 'weight' | 'set' | 'fold' | 'EventId'>(),
  },
  outputs: { score: json<Score>() },
  random: true,
  async run({ params, inputs, rng, log, metric }) {
    const { data, wholeSets, backgroundRegulariser, bootstrapSamples: resamples } = params;
    const { cut, maxAms } = await inputs.cut.read();
    const validation = judged(await inputs.validation.read(), await inputs.validationTruth.read());
    const testTruth = await inputs.testTruth.read();
    const test = judged(await inputs.test.read(), testTruth);
    const rule = (wholeSetEvents: number) => ({ cut, backgroundRegulariser, wholeSetEvents });
    const rowsOf = (set: number): number[] =>
      Array.from(testTruth.columns.set.keys()).filter((row) => testTruth.columns.set[row] === set);
    const measured = (set: 'public' | 'private', rows: number[]): Measurement | null =>
      rows.length === 0
        ? null
        : measureAms(taken(test, rows), rule(wholeSets[set]), { resamples, random: rng(`bootstrap/${set}`) });

    const publicRows = rowsOf(SETS.b);
    const folds = publicRows.map((row) => testTruth.columns.fold[row]!);
    const result: Score = {
      data,
      cut,
      validation: {
        events: validation.predictions.length,
        ams: measureAms(validation, rule(wholeSets.training), { resamples, random: rng('bootstrap/ams') }),
        maxAms,
        rocAuc: measureRocAuc(validation, { resamples, random: rng('bootstrap/roc') }),
        crossEntropy: measureCrossEntropy(validation, { resamples, random: rng('bootstrap/cross-entropy') }),
      },
      meanPublicAms: meanAmsOverFolds(taken(test, publicRows), folds, rule(wholeSets.public)) ?? null,
      publicAms: measured('public', publicRows),
      privateAms: measured('private', rowsOf(SETS.v)),
    };
    const named = {
      'validation AMS': result.validation.ams,
      'validation ROC area': result.validation.rocAuc,
      'validation cross-entropy': result.validation.crossEntropy,
      'mean public AMS': result.meanPublicAms,
      'public AMS': result.publicAms,
      'private AMS': result.privateAms,
    };
    for (const [name, measurement] of Object.entries(named)) {
      if (measurement === null) continue;
      metric(name, measurement.value);
      log(`${name} (${data}): ${shown(measurement)}`);
    }
    return { score: result };
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
