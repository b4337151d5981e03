/** What graph the parameters of the HiggsML pipeline build. */
import { DefinitionError } from 'restage';
import { describe, expect, test } from 'vitest';
import higgs from '../../../pipelines/higgs/index.ts';
import { instance, refusalOf } from '../in-process.ts';

describe('the pipeline', () => {
  test('trains ten networks by default, and the range test feeds none of them', () => {
    const { graph } = instance(higgs, []);
    expect(graph.nodes.map(({ id }) => id).sort()).toEqual(
      [
        'simulate',
        'preprocess',
        'split',
        'fit-scaler',
        'fold-split',
        'lr-find',
        ...Array.from({ length: 10 }, (_, fold) => `train-fold@fold=${fold}`),
        'ensemble',
        'predict@events=validation',
        'predict@events=test',
        'cut-optimise',
        'score',
        'submission',
      ].sort(),
    );
    expect(graph.nodes.find(({ id }) => id === 'lr-find')!.observation).toBe(true);
    expect(graph.results.map(({ name }) => name)).toEqual(['score', 'cut']);
  });

  test('measures importance only where that is asked for, and nothing waits for it', () => {
    const { nodes } = instance(higgs, ['importance.repeats=3']).graph;
    const node = nodes.find(({ id }) => id === 'importance')!;
    expect(node.observation).toBe(true);
    expect(node.params).toEqual({ data: 'simulated', repeats: 3 });
    expect(nodes.length).toBe(instance(higgs, []).graph.nodes.length + 1);
  });

  test('gives extra masses to preprocessing, scaling and the events of test.csv, and not to networks of blocks', () => {
    const { nodes } = instance(higgs, ['features.extraMasses=true', 'data=a.csv', 'test=b.csv']).graph;
    for (const id of ['preprocess', 'fit-scaler', 'read-unlabelled'])
      expect(nodes.find((node) => node.id === id)!.params).toMatchObject({ extraMasses: true });
    expect(() => instance(higgs, ['features.extraMasses=true', 'network.blocks=split'])).toThrow(
      new DefinitionError(
        'Extra masses (features.extraMasses) go to networks of one block, and network.blocks=split has several; leave one of the two out.',
      ),
    );
  });

  test('trains only networks that predict, and all of those of which the best are taken', () => {
    const trainings = (...overrides: string[]): number =>
      instance(higgs, overrides).graph.nodes.filter(({ id }) => id.startsWith('train-fold')).length;
    expect(trainings('ensemble.networks=1')).toBe(1);
    expect(trainings('ensemble.best=3')).toBe(10);
    expect(trainings('ensemble.networks=5', 'ensemble.best=3')).toBe(5);
  });

  test('has only trees with treeShare=1, and both with a share between', () => {
    const stagesOf = (...overrides: string[]): string[] => [
      ...new Set(instance(higgs, overrides).graph.nodes.map(({ id }) => id.split('@')[0]!)),
    ];
    const networks = ['lr-find', 'train-fold', 'ensemble', 'predict'];
    const trees = ['boost-fold', 'predict-trees'];
    expect(stagesOf().filter((id) => [...trees, 'mix'].includes(id))).toEqual([]);
    expect(stagesOf('treeShare=1').filter((id) => [...networks, 'mix'].includes(id))).toEqual([]);
    expect(stagesOf('treeShare=0.5')).toEqual(expect.arrayContaining([...networks, ...trees, 'mix']));
  });

  test('strata are classes alone where the number of jets is a number', () => {
    const strataOf = (id: string, ...overrides: string[]): unknown =>
      instance(higgs, overrides).graph.nodes.find((node) => node.id === id)!.params;
    for (const id of ['split', 'fold-split']) {
      expect(strataOf(id)).toMatchObject({ strata: 'class and jets' });
      expect(strataOf(id, 'features.jets=number')).toMatchObject({ strata: 'class' });
    }
  });

  test('has the same nodes whatever is said about transformations that nothing makes', () => {
    const nodes = (...overrides: string[]): unknown => instance(higgs, overrides).graph.nodes;
    const plain = ['augment.train=false', 'predict.rotMult=0'];
    expect(nodes(...plain, 'augment.space=measured', 'predict.angles=random')).toEqual(nodes(...plain));
    expect(nodes('augment.space=measured')).not.toEqual(nodes());
  });

  test('splits the events as they are, so that aligned ones are split alike', () => {
    const inputsOf = (...overrides: string[]): unknown => {
      const { nodes } = instance(higgs, overrides).graph;
      const { params, inputs } = nodes.find(({ id }) => id === 'split')!;
      return [params, inputs.map(({ from }) => ('node' in from ? nodes[from.node]! : from))];
    };
    expect(inputsOf('features.aligned=true', 'augment.train=false')).toEqual(inputsOf());
  });

  test('tags every state with the data that it is about', () => {
    const tagsOf = (...overrides: string[]) => instance(higgs, overrides).graph.nodes.map(({ tags }) => tags);
    for (const tags of tagsOf()) expect(tags).toContain('simulated');
    for (const tags of tagsOf('data=some/events.csv')) expect(tags).toContain('open-data');
    for (const tags of tagsOf('data=opendata')) expect(tags).toContain('open-data');
  });

  test('reads a file instead of simulating if data is a path', () => {
    const { graph } = instance(higgs, ['data=some/events.csv.gz']);
    const read = graph.nodes.find(({ id }) => id === 'read')!;
    expect(read.inputs[0]!.from).toEqual({ file: expect.stringMatching(/\/some\/events\.csv\.gz$/) as string });
    expect(graph.nodes.some(({ id }) => id === 'simulate')).toBe(false);
    expect(graph.nodes.find(({ id }) => id === 'score')!.params).toMatchObject({
      data: 'open-data',
      wholeSets: { training: 250_000, public: 100_000, private: 450_000 },
    });
  });

  test("predicts Kaggle's test.csv for the submission if test is a path, and scores the data's own test events", () => {
    const { graph } = instance(higgs, ['data=training.csv', 'test=test.csv']);
    const inputsOf = (id: string): Record<string, unknown> =>
      Object.fromEntries(
        graph.nodes
          .find((node) => node.id === id)!
          .inputs.map(({ slot, from }) => [slot, 'node' in from ? graph.nodes[from.node]!.id : 'a file']),
      );
    expect(inputsOf('read-unlabelled')).toEqual({ file: 'a file' });
    expect(inputsOf('predict@events=unlabelled')).toMatchObject({ events: 'standardise' });
    expect(inputsOf('submission')).toEqual({
      predictions: 'predict@events=unlabelled',
      ids: 'read-unlabelled',
      cut: 'cut-optimise',
    });
    expect(inputsOf('score')).toMatchObject({ test: 'predict@events=test' });
    expect(graph.results.map(({ name }) => name)).toEqual(['score', 'cut', 'submission']);
  });

  test('fixes beta1 and transforms 8 times as it was run, cycles it and transforms 32 times as described', () => {
    const params = (overrides: string[], id: string): unknown =>
      instance(higgs, overrides).graph.nodes.find((node) => node.id === id)!.params;
    expect(params([], 'train-fold@fold=3')).toMatchObject({
      fold: 3,
      optimiser: { batchSize: 256, beta1: 0.9, beta2: 0.999, epsilon: 1e-3 },
      schedule: {
        kind: 'one-cycle',
        lengthRiseSubEpochs: 45,
        lengthFallSubEpochs: 90,
        learningRatePeak: 1e-2,
        momentum: null,
      },
      averaging: { method: 'none' },
    });
    expect(params([], 'predict@events=test')).toEqual({ rotMult: 2, angles: 'fixed', space: 'standardised' });
    const described = ['profile=as-described'];
    expect(params(described, 'train-fold@fold=3')).toMatchObject({ schedule: { momentum: { high: 0.95, low: 0.85 } } });
    expect(params(described, 'predict@events=test')).toMatchObject({ rotMult: 8 });
    expect(params([...described, 'predict.rotMult=4'], 'predict@events=test')).toMatchObject({ rotMult: 4 });
  });

  test('scales weights to the complete set: the number of simulated events, 250,000 for open data', () => {
    const whole = (data: string): unknown =>
      instance(higgs, [`data=${data}`]).graph.nodes.find(({ id }) => id === 'cut-optimise')!.params;
    expect(whole('simulated')).toMatchObject({ wholeSetEvents: 20_000 });
    expect(whole('simulated:300000')).toMatchObject({ wholeSetEvents: 250_000 });
    expect(whole('slice.csv')).toMatchObject({ wholeSetEvents: 250_000 });
  });

  test('takes the published data by their digest, and a file of that name by a path', () => {
    const inputOf = (data: string) =>
      instance(higgs, [`data=${data}`]).graph.nodes.find(({ id }) => id === 'read')!.inputs[0]!.from;
    expect(inputOf('opendata')).toMatchObject({
      file: expect.stringMatching(
        /^https:\/\/opendata\.cern\.ch\/.*\/atlas-higgs-challenge-2014-v2\.csv\.gz$/,
      ) as string,
      remote: {
        sha256: '948bc6a393495d7f807627e6f2ddc358e325d2db8e03644d98011c7dc640d135',
        bytes: 195_543_089,
        encoding: 'gzip',
      },
    });
    expect(inputOf('./opendata')).toEqual({ file: expect.stringMatching(/\/opendata$/) as string });
  });

  test('refuses senseless parameters in one sentence', () => {
    const refusal = (...overrides: string[]): string => refusalOf(higgs, overrides);
    for (const data of ['simulated:abc', 'simulated:', 'simulated:0', 'simulated:1.5', 'simulated:1000000'])
      expect(refusal(`data=${data}`)).toBe(
        `Parameter data of pipeline higgs is wrong: "${data}" is not a number of events; write simulated, simulated:N with N from 1 to 818238, opendata, or the path of the open-data file.`,
      );
    expect(refusal('data=simulated:5')).toBe(
      '5 simulated events leave 4 to train on, which is less than one batch of 256 in each of 10 folds; ask for -S data=simulated:3202 at least, or set folds.count or train.batchSize lower.',
    );
    expect(refusal('data=simulated:3202')).toBe('none');
    expect(refusal('test=test.csv')).toBe(
      "Networks that are trained on simulated events say nothing about those in test=test.csv; give Kaggle's training.csv or the open-data file too, with -S data=PATH.",
    );
    expect(refusal('profile=as-imagined')).toContain(
      'Parameter profile of pipeline higgs cannot be "as-imagined"; it takes as-run or as-described.',
    );
    expect(refusal('predict.rotMult=3')).toBe(
      'Parameter predict.rotMult of pipeline higgs is wrong: it takes an even number, or 1.',
    );
    expect(refusal('ensemble.networks=11')).toBe(
      'ensemble.networks=11 is more than the 10 networks that folds.count=10 trains; ask for fewer, or for more folds.',
    );
    expect(refusal('ensemble.networks=3', 'ensemble.best=4')).toBe(
      'ensemble.best=4 is more than the 3 networks that are trained; ask for fewer.',
    );
    expect(refusal('features.aligned=true')).toBe(
      'Events that are aligned (features.aligned) have no symmetry left to augment by; set augment.train=false, and predict.rotMult=0 if it is set.',
    );
    expect(refusal('features.aligned=true', 'augment.train=false')).toBe('none');
    expect(refusal('train.lengthRiseSubEpoch=3')).toContain('(did you mean "train.lengthRiseSubEpochs"?)');
  });
});
