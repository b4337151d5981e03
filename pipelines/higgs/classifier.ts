/** From training events to a classifier of others: the networks, boosted trees, or a mean of both. */
import { type Builder, DefinitionError, type OutputRef, type Table, type Tensors } from 'restage';
import type { Scaler } from 'restage/ml';
import { trainingPlan } from './training/course.ts';
import type { DataOrigin } from './data/data-origin.ts';
import type { Params } from './params.ts';
import { boostFold } from './stages/boost-fold.ts';
import { ensemble } from './stages/ensemble.ts';
import { importance } from './stages/importance.ts';
import { lrFind } from './stages/lr-find.ts';
import { mix } from './stages/mix.ts';
import { predict } from './stages/predict.ts';
import { predictTrees } from './stages/predict-trees.ts';
import { selectSnapshots } from './stages/select-snapshots.ts';
import { trainFold } from './stages/train-fold.ts';
import { trainFolds } from './stages/train-folds.ts';
import { trainedFold } from './stages/trained-fold.ts';
import { heldFolds, keptFolds, weighed } from './weighing.ts';

/**
 * Adds the prediction of some events, by their name, to the pipeline.
 * @param kind `plain`: without test-time augmentation
 */
export type Classify = (
  events: string,
  inputs: OutputRef<'weights', Tensors>,
  kind?: 'plain',
) => OutputRef<'table', Table<'prediction'>>;

export interface ClassifierInputs {
  readonly training: OutputRef<'weights', Tensors>;
  /** Events that are not trained on, and what they are: importance is measured on them. */
  readonly validation: OutputRef<'weights', Tensors>;
  readonly validationTruth: OutputRef<'table', Table<'target' | 'weight'>>;
  readonly scaler: OutputRef<'json', Scaler>;
  readonly origin: DataOrigin;
  /** Rotations of the test-time augmentation. */
  readonly rotMult: number;
}

/** Adds what is needed of networks and trees, and nothing of those that do not count. */
export function classifier(p: Builder, given: Params, inputs: ClassifierInputs): Classify {
  const { treeShare } = given;
  const networks = treeShare < 1 ? networkClassifier(p, given, inputs) : undefined;
  const trees = treeShare > 0 ? treeClassifier(p, given, inputs) : undefined;
  if (networks === undefined) return trees!;
  if (trees === undefined) return networks;
  return (events, rows, kind) =>
    p.add(mix, {
      key: keyOf(events, kind),
      params: { treeShare },
      inputs: { networks: networks(events, rows, kind), trees: trees(events, rows) },
      tags: ['evaluation', inputs.origin],
    }).out.predictions;
}

function treeClassifier(p: Builder, { folds, trees }: Params, { training, origin }: ClassifierInputs): Classify {
  const boosted = Array.from(
    { length: folds.count },
    (_, fold) =>
      p.add(boostFold, {
        key: { fold },
        params: { fold, data: origin, ...trees },
        inputs: { training },
        tags: ['training', origin],
      }).out.boosted,
  );
  const added = new Map<string, ReturnType<Classify>>();
  return (events, rows) => {
    const known = added.get(events);
    if (known !== undefined) return known;
    const { predictions } = p.add(predictTrees, {
      key: { events },
      params: {},
      inputs: { events: rows, boosted },
      tags: ['evaluation', origin],
    }).out;
    added.set(events, predictions);
    return predictions;
  };
}

function networkClassifier(p: Builder, given: Params, inputs: ClassifierInputs): Classify {
  const { origin, rotMult } = inputs;
  const asDescribed = given.profile === 'as-described';
  const augment = given.augment.train ? given.augment : WITHOUT_AUGMENTATION;
  const { momentum, batchSize, beta1, beta2, epsilon, together: atOnce, ...oneCycle } = given.train;
  const optimiser = { batchSize, beta1, beta2, epsilon };
  p.observe(lrFind, {
    params: { ...given.lrFind, data: origin, network: given.network, optimiser, augment },
    inputs: { training: inputs.training },
    tags: ['training', origin],
  });
  const { weights } = given.ensemble;
  const heldCount = heldFolds({ weights, folds: given.folds });
  const { training, held } = keptFolds(p, inputs.training, heldCount, origin);
  const members = given.ensemble.networks ?? given.folds.count - heldCount;
  checkMembers(given, members, heldCount);
  const plan = trainingPlan({ ...given, oneCycle: { ...oneCycle, momentum: asDescribed ? momentum : null } });
  const how = { data: origin, network: given.network, optimiser, ...plan, augment };
  // Everything else waits for these; the range test does not matter.
  const options = { inputs: { training }, tags: ['training', origin], priority: 1 };
  const folds = Array.from({ length: members }, (_, fold) => fold);
  const all = atOnce ? p.add(trainFolds, { params: { networks: members, ...how }, ...options }).out : undefined;
  const trained = folds.map((fold) =>
    all === undefined
      ? p.add(trainFold, { key: { fold }, params: { fold, ...how }, ...options })
      : p.add(trainedFold, { key: { fold }, params: { fold }, inputs: all, tags: ['training', origin] }),
  );
  const { averaging } = given;
  const snapshots = averaging === 'fge' || averaging === 'sse' ? given[averaging] : undefined;
  const selected =
    snapshots &&
    trained.map(({ out }, fold) =>
      p.add(selectSnapshots, {
        key: { fold },
        params: { data: origin, snapshots: snapshots.snapshots, weightPower: snapshots.weightPower },
        inputs: out,
        tags: ['training', origin],
      }),
    );
  const { best } = given.ensemble;
  const trainedEnsemble = p.add(ensemble, {
    params: { data: origin, ...(best !== undefined && { best }) },
    inputs: {
      networks: selected?.map(({ out }) => out.networks) ?? trained.map(({ out }) => out.network),
      reports: selected?.map(({ out }) => out.selection) ?? trained.map(({ out }) => out.report),
    },
    tags: ['training', origin],
  }).out;
  const symmetries =
    rotMult === 0 ? WITHOUT_SYMMETRIES : { rotMult, angles: given.predict.angles, space: given.augment.space };
  const together = weighed(p, weights, trainedEnsemble, held, symmetries, origin);

  if (given.importance.repeats > 0)
    p.observe(importance, {
      params: { data: origin, repeats: given.importance.repeats },
      inputs: { events: inputs.validation, truth: inputs.validationTruth, scaler: inputs.scaler, ...together },
      tags: ['evaluation', origin],
    });

  return (events, rows, kind) =>
    p.add(predict, {
      key: keyOf(events, kind),
      params: kind === 'plain' ? WITHOUT_SYMMETRIES : symmetries,
      inputs: { events: rows, ...together },
      tags: ['evaluation', origin],
    }).out.predictions;
}

// What does not count has one value, so that it tells no two branches apart.
const WITHOUT_AUGMENTATION = { train: false, space: 'standardised' } as const;
const WITHOUT_SYMMETRIES = { rotMult: 0, angles: 'fixed', space: 'standardised' } as const;

function keyOf(events: string, kind: 'plain' | undefined): Readonly<Record<string, string>> {
  return { events, ...(kind !== undefined && { kind }) };
}

/** @throws DefinitionError if more networks are to predict than there are */
function checkMembers({ ensemble: { best }, folds }: Params, members: number, held: number): void {
  if (members > folds.count - held)
    throw new DefinitionError(
      `ensemble.networks=${members} is more than the ${folds.count - held} networks that folds.count=${folds.count}${held > 0 ? ` with ${held} held` : ''} trains; ask for fewer, or for more folds.`,
    );
  if (best !== undefined && best > members)
    throw new DefinitionError(
      `ensemble.best=${best} is more than the ${members} networks that are trained; ask for fewer.`,
    );
}
