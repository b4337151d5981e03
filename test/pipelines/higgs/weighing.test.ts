/** How much each network counts: alike, or as learned from folds that no network is trained on. */
import { DefinitionError, type Tensors, tensor } from 'restage';
import {
  binaryCrossEntropy,
  initialise,
  leastSquaresWeights,
  type NetworkSpec,
  type Weights,
  weightedMean,
} from 'restage/ml';
import { describe, expect, test } from 'vitest';
import { joined, type Manifest } from '../../../pipelines/higgs/training/ensemble.ts';
import { CONTINUOUS } from '../../../pipelines/higgs/data/features.ts';
import higgs from '../../../pipelines/higgs/index.ts';
import { memberPredictions } from '../../../pipelines/higgs/training/member-predictions.ts';
import { holdFolds } from '../../../pipelines/higgs/stages/hold-folds.ts';
import { weighAlike } from '../../../pipelines/higgs/stages/weigh-alike.ts';
import { weighByHeldFolds } from '../../../pipelines/higgs/stages/weigh-by-held-folds.ts';
import { openBackend } from '../../../src/ml/backends/backends.ts';
import { settingWords, TINY_HIGGS } from '../../helpers/tiny-higgs.ts';
import { instance, runPipeline, runStage } from '../in-process.ts';
import { streams } from '../streams.ts';

const LEARNED = 'ensemble.weights=learned';

function graphOf(...overrides: readonly string[]) {
  const { nodes } = instance(higgs, overrides).graph;
  const ids = nodes.map(({ id }) => id);
  /** The nodes that one takes, by slot. */
  const inputsOf = (id: string): readonly (readonly [string, string])[] =>
    nodes
      .find((node) => node.id === id)!
      .inputs.map(({ slot, from }) => [slot, 'node' in from ? nodes[from.node]!.id : 'a file']);
  return { nodes, ids, inputsOf };
}

describe('the graph', () => {
  test('is the same where weights go by the loss, and has one more node where they are alike', () => {
    const plain = graphOf();
    expect(graphOf('ensemble.weights=loss').nodes).toEqual(plain.nodes);
    const alike = graphOf('ensemble.weights=uniform');
    expect(alike.ids.filter((id) => !plain.ids.includes(id))).toEqual(['weigh-alike']);
    expect(alike.inputsOf('predict@events=test')).toContainEqual(['manifest', 'weigh-alike']);
    expect(alike.inputsOf('train-fold@fold=9')).toEqual([['training', 'fold-split']]);
  });

  test('learns weights from a fold that no network sees, and from nothing else', () => {
    const { ids, inputsOf, nodes } = graphOf(LEARNED, 'treeShare=0.5');
    expect(ids.filter((id) => id.startsWith('train-fold'))).toHaveLength(9);
    for (let fold = 0; fold < 9; fold++)
      expect(inputsOf(`train-fold@fold=${fold}`)).toEqual([['training', 'hold-folds']]);
    expect(inputsOf('weigh-by-held-folds')).toEqual([
      ['held', 'hold-folds'],
      ['networks', 'ensemble'],
      ['manifest', 'ensemble'],
    ]);
    for (const slot of ['manifest', 'networks'])
      expect(inputsOf('predict@events=validation')).toContainEqual([slot, 'weigh-by-held-folds']);
    // Trees and the range test have all folds.
    for (const id of ['boost-fold@fold=9', 'lr-find']) expect(inputsOf(id)).toEqual([['training', 'fold-split']]);
    expect(nodes.find(({ id }) => id === 'hold-folds')!.params).toEqual({ folds: 1 });
    expect(nodes.find(({ id }) => id === 'weigh-by-held-folds')!.params).toEqual(
      nodes.find(({ id }) => id === 'predict@events=test')!.params,
    );
  });

  test('trains the same networks where folds are held and weights go by the loss', () => {
    const trainings = (...overrides: readonly string[]) =>
      graphOf(...overrides).nodes.filter(({ id }) => id.startsWith('train-fold') || id === 'hold-folds');
    expect(trainings('folds.held=2')).toEqual(trainings(LEARNED, 'folds.held=2'));
    expect(trainings('folds.held=2')).toHaveLength(1 + 8);
    expect(trainings('folds.held=2', 'ensemble.best=8')).toHaveLength(1 + 8);
  });

  test.each([
    [
      [LEARNED, 'folds.held=0'],
      'ensemble.weights=learned learns from folds that no network is trained on, and folds.held=0 leaves none; set folds.held to 1 or more, or leave it out.',
    ],
    [
      [LEARNED, 'folds.count=2'],
      'folds.held=1 of folds.count=2 leaves fewer than two folds, and a network needs one to train on and one to be validated on; hold fewer, or set folds.count higher.',
    ],
    [
      [LEARNED, 'ensemble.networks=10'],
      'ensemble.networks=10 is more than the 9 networks that folds.count=10 with 1 held trains; ask for fewer, or for more folds.',
    ],
  ])('refuses %j before anything runs', (overrides, message) => {
    expect(() => instance(higgs, overrides)).toThrow(new DefinitionError(message));
  });
});

describe('holding folds', () => {
  const rows = 10;
  const training: Tensors = {
    continuous: tensor(
      [rows, 2],
      Float32Array.from({ length: 2 * rows }, (_, i) => i),
    ),
    codes: tensor(
      [rows],
      Uint8Array.from({ length: rows }, (_, i) => i % 4),
    ),
    targets: tensor(
      [rows],
      Uint8Array.from({ length: rows }, (_, i) => i % 2),
    ),
    weights: tensor(
      [rows],
      Float32Array.from({ length: rows }, (_, i) => i / 10),
    ),
    foldStarts: tensor([5], Uint32Array.of(0, 3, 5, 8, 10)),
    means: tensor([2], Float64Array.of(1, 2)),
    scales: tensor([2], Float64Array.of(3, 4)),
  };
  const hold = (folds: number) => runStage(holdFolds, { params: { folds }, inputs: { training } });

  test('gives the last folds and the others, each row once', async () => {
    const { outputs } = await hold(2);
    const [kept, held] = [outputs['training'] as Tensors, outputs['held'] as Tensors];
    for (const name of ['continuous', 'codes', 'targets', 'weights']) {
      const { shape, data } = training[name]!;
      expect(kept[name]!.shape).toEqual([5, ...shape.slice(1)]);
      expect(held[name]!.shape).toEqual([5, ...shape.slice(1)]);
      expect([...kept[name]!.data, ...held[name]!.data]).toEqual([...data]);
    }
    expect([...kept['foldStarts']!.data]).toEqual([0, 3, 5]);
    expect([...held['foldStarts']!.data]).toEqual([0, 3, 5]);
    for (const name of ['means', 'scales']) expect(kept[name]).toEqual(training[name]);
  });

  test('leaves two folds', async () => {
    await expect(hold(3)).rejects.toThrow('3 of 4 folds cannot be held, for a network needs two; hold fewer.');
  });
});

const WIDTH = CONTINUOUS.length;
const network: NetworkSpec = {
  continuous: WIDTH,
  embeddings: [],
  depth: 1,
  width: 2,
  activation: 'relu',
  dense: false,
};

/** A network whose logit is so many times the first two inputs, for relu(x) - relu(-x) is x. */
function linear(first: number, second: number): Weights {
  const given = initialise(network, streams(1)('init'));
  for (const { data } of Object.values(given)) data.fill(0);
  given['hidden.0.weight']!.data.set([first, -first, second, -second]);
  given['output.weight']!.data.set([1, -1]);
  return given;
}

/** Events whose log-odds are the sum of their first two inputs. */
function eventsOf(name: string, rows: number): Tensors {
  const random = streams(3)(name);
  const continuous = Float32Array.from({ length: WIDTH * rows }, () => random.normal());
  const targets = Uint8Array.from({ length: rows }, (_, row) =>
    Number(random.uniform() < 1 / (1 + Math.exp(-continuous[WIDTH * row]! - continuous[WIDTH * row + 1]!))),
  );
  return {
    continuous: tensor([rows, WIDTH], continuous),
    targets: tensor([rows], targets),
    weights: tensor(
      [rows],
      Float32Array.from(targets, (target) => 1 + target),
    ),
    foldStarts: tensor([2], Uint32Array.of(0, rows)),
    means: tensor([WIDTH], new Float64Array(WIDTH)),
    scales: tensor([WIDTH], new Float64Array(WIDTH).fill(1)),
  };
}

const WITHOUT_SYMMETRIES = { rotMult: 0, angles: 'fixed', space: 'standardised' } as const;

describe('weights', () => {
  // Each sees one input, and the third is the first once more.
  const networks = joined([linear(2, 0), linear(0, 2), linear(2, 0)]);
  const manifest = {
    data: 'simulated' as const,
    network,
    members: [0.5, 0.1, 0.4].map((coefficient, fold) => ({ fold, loss: 1 / coefficient, coefficient })),
  };
  const held = eventsOf('held', 4_000);

  test('are alike, whatever the losses', async () => {
    const { outputs } = await runStage(weighAlike, { inputs: { manifest } });
    const { members } = outputs['manifest'] as Manifest;
    expect(members.map(({ coefficient }) => coefficient)).toEqual([1 / 3, 1 / 3, 1 / 3]);
    expect(members.map(({ fold }) => fold)).toEqual([0, 1, 2]);
  });

  test('are those of least squares on held events; who gets none leaves, and other events are predicted better', async () => {
    const { outputs, metrics, log } = await runStage(weighByHeldFolds, {
      params: WITHOUT_SYMMETRIES,
      inputs: { held, networks, manifest },
    });
    const learned = outputs['manifest'] as Manifest;
    const context = {
      symmetries: WITHOUT_SYMMETRIES,
      rng: streams(1),
      backend: await openBackend('portable'),
      signal: new AbortController().signal,
      progress: () => undefined,
    };
    const predictions = await memberPredictions({ ...context, events: held, networks, manifest });
    const truth = (events: Tensors) => ({
      targets: events['targets']!.data as Uint8Array,
      weights: events['weights']!.data as Float32Array,
    });
    const expected = leastSquaresWeights({ predictions, ...truth(held) });
    expect(expected[2]).toBe(0);
    expect(learned.members.map(({ fold }) => fold)).toEqual([0, 1]);
    const sum = expected[0]! + expected[1]!;
    for (const [n, { coefficient }] of learned.members.entries())
      expect(coefficient).toBeCloseTo(expected[n]! / sum, 14);
    expect(Object.keys(outputs['networks'] as Tensors).every((name) => /^[01]\//.test(name))).toBe(true);
    expect(metrics).toContainEqual({ name: 'networks', value: 2, step: undefined });
    expect(log[0]).toMatch(
      /^2 of 3 networks count, by 4000 held events; their loss was 0\.\d{4}, and is 0\.\d{4} where/,
    );

    const others = eventsOf('others', 4_000);
    const lossOf = async (networksOf: Tensors, by: Manifest): Promise<number> => {
      const each = await memberPredictions({ ...context, events: others, networks: networksOf, manifest: by });
      const { targets, weights } = truth(others);
      return binaryCrossEntropy(
        weightedMean(
          each,
          by.members.map(({ coefficient }) => coefficient),
        ),
        targets,
        weights,
      );
    };
    const before = await lossOf(networks, manifest);
    expect(await lossOf(outputs['networks'] as Tensors, learned)).toBeLessThan(before - 0.02);
  });

  test('are refused where no network knows anything of the signal', async () => {
    const all = { ...held, targets: tensor([4_000], new Uint8Array(4_000)) };
    const given = { params: WITHOUT_SYMMETRIES, inputs: { held: all, networks, manifest } };
    await expect(runStage(weighByHeldFolds, given)).rejects.toThrow(
      'No model predicts anything where there is signal, so that no weights can be learned.',
    );
  });
});

test('the pipeline learns weights of the networks and snapshots that it trains, the same twice', async () => {
  const tiny = settingWords({ ...TINY_HIGGS, 'folds.count': 4, 'ensemble.weights': 'learned' }).filter(
    (_, i) => i % 2 === 1,
  );
  const words = [
    ...tiny,
    'averaging=fge',
    'schedule.lengthCycleSubEpochs=1',
    'schedule.maxSubEpochs=8',
    'patience.cycles=2',
    'fge.snapshots=2',
  ];
  const results = await runPipeline(higgs, words);
  const { members } = results.get('weigh-by-held-folds')!.outputs['manifest'] as Manifest;
  expect(members.reduce((sum, { coefficient }) => sum + coefficient, 0)).toBeCloseTo(1, 12);
  for (const { fold, coefficient } of members) {
    expect(fold).toBeLessThan(3);
    expect(coefficient).toBeGreaterThan(0);
  }
  const given = results.get('ensemble')!.outputs['manifest'] as Manifest;
  expect(given.members.length).toBeGreaterThan(3);
  expect(members.length).toBeLessThanOrEqual(given.members.length);
  const again = await runPipeline(higgs, words);
  for (const [id, { digests }] of results) expect(again.get(id)!.digests).toEqual(digests);
});
