/**
 * The HiggsML reference pipeline: ten densely connected networks that tell H -> tau tau from its background, after
 * G. C. Strong, "On the impact of selected modern deep-learning techniques to the performance and celerity of
 * classification models in an experimental high-energy physics use case", Mach. Learn.: Sci. Technol. 1 (2020) 045006.
 *
 *     restage run pipelines/higgs
 *     restage run pipelines/higgs -S data=atlas-higgs-challenge-2014-v2.csv.gz
 *     restage run pipelines/higgs -S data=training.csv -S test=test.csv
 *     restage run pipelines/higgs -S data=simulated:5000 -S folds.count=3 -S train.lengthRiseSubEpochs=3 -S train.lengthFallSubEpochs=6
 */
import { DefinitionError, externalFile, pipeline } from 'restage';
import { classifier } from './classifier.ts';
import { dataSource, originOf, wholeSets } from './data/data-source.ts';
import { type Params, params } from './params.ts';
import { prepared } from './prepared.ts';
import { cutOptimise } from './stages/cut-optimise.ts';
import { readUnlabelled } from './stages/read-unlabelled.ts';
import { score } from './stages/score.ts';
import { standardise } from './stages/standardise.ts';
import { submission } from './stages/submission.ts';

export default pipeline({
  name: 'higgs',
  description: 'H -> tau tau against its background: the HiggsML challenge, 10 networks',
  params,
  build(p, given) {
    const source = dataSource(given.data)!;
    const whole = wholeSets(source);
    // Every state says by a tag, and every report by a field, which data it comes from.
    const origin = originOf(source);
    if ('simulatedEvents' in source) {
      checkEnough(source.simulatedEvents, given);
      if (given.test !== undefined)
        throw new DefinitionError(
          `Networks that are trained on simulated events say nothing about those in test=${given.test}; give Kaggle's training.csv or the open-data file too, with -S data=PATH.`,
        );
    }
    const asDescribed = given.profile === 'as-described';
    const { features: layout, augment } = given;
    const rotMult = given.predict.rotMult ?? (layout.aligned ? 0 : asDescribed ? 8 : 2);
    if (layout.aligned && (augment.train || rotMult > 0))
      throw new DefinitionError(
        'Events that are aligned (features.aligned) have no symmetry left to augment by; set augment.train=false, and predict.rotMult=0 if it is set.',
      );
    if (layout.extraMasses && given.network.blocks !== undefined)
      throw new DefinitionError(
        `Extra masses (features.extraMasses) go to networks of one block, and network.blocks=${given.network.blocks} has several; leave one of the two out.`,
      );
    const { scaler, folded } = prepared(p, {
      source,
      origin,
      layout,
      validationFraction: given.split.validationFraction,
      trainingFolds: given.folds.count,
      testFolds: given.folds.test,
    });
    const classify = classifier(p, given, { ...folded, scaler, origin, rotMult });
    const { backgroundRegulariser, ...scoring } = given.score;
    const judgedWith = (kind?: 'plain') => {
      const key = kind === undefined ? {} : { key: { kind } };
      const validation = classify('validation', folded.validation, kind);
      const test = classify('test', folded.test, kind);
      const { cut } = p.add(cutOptimise, {
        ...key,
        params: { ...given.cut, data: origin, backgroundRegulariser, wholeSetEvents: whole.training },
        inputs: { predictions: validation, truth: folded.validationTruth },
        tags: ['evaluation', origin],
      }).out;
      const { score: scored } = p.add(score, {
        ...key,
        params: { ...scoring, data: origin, wholeSets: whole, backgroundRegulariser, cut: given.cut },
        inputs: { cut, validation, validationTruth: folded.validationTruth, test, testTruth: folded.testTruth },
        tags: ['evaluation', origin],
      }).out;
      return { test, cut, scored };
    };
    const { test, cut, scored } = judgedWith();
    if (given.predict.alsoPlain && rotMult > 0 && given.treeShare < 1) judgedWith('plain');

    const ofTestFile = (path: string) => {
      const tags = ['data', origin];
      const { features, ids } = p.add(readUnlabelled, {
        params: { extraMasses: layout.extraMasses },
        inputs: { file: externalFile(path) },
        tags,
      }).out;
      const { events } = p.add(standardise, { params: {}, inputs: { features, scaler }, tags }).out;
      return { predictions: classify('unlabelled', events), ids };
    };
    const { csv } = p.add(submission, {
      params: {},
      inputs: {
        ...(given.test === undefined ? { predictions: test, ids: folded.testTruth } : ofTestFile(given.test)),
        cut,
      },
      tags: ['evaluation', origin],
    }).out;
    return { score: scored, cut, ...(origin === 'open-data' && { submission: csv }) };
  },
});

/** @throws DefinitionError if a training fold would have less than one batch */
function checkEnough(events: number, { split, folds, train }: Params): void {
  const training = Math.round(wholeSets({ simulatedEvents: events }).training * (1 - split.validationFraction));
  if (Math.floor(training / folds.count) >= train.batchSize) return;
  const enough = Math.ceil((train.batchSize * folds.count + 1) / (1 - split.validationFraction));
  throw new DefinitionError(
    `${events} simulated events leave ${training} to train on, which is less than one batch of ${train.batchSize} in each of ${folds.count} folds; ask for -S data=simulated:${enough} at least, or set folds.count or train.batchSize lower.`,
  );
}
