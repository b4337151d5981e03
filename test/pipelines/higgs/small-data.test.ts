import type { Graph, GraphNode } from '../../../src/core/graph/graph.ts';
import { describe, expect, test } from 'vitest';
import higgs from '../../../pipelines/higgs/index.ts';
import smallData from '../../../pipelines/higgs/small-data.ts';
import { type TrainingScheduleParams, trainingCourse } from '../../../pipelines/higgs/training/training.ts';
import { instance } from '../in-process.ts';

/** The graph with the settings of training that the branch changes. */
function graphOf(patches: readonly object[]): Graph {
  const train = Object.assign({}, ...patches.map((patch) => (patch as { train: object }).train)) as object;
  return instance(
    higgs,
    Object.entries(train).map(([name, value]) => `train.${name}=${String(value)}`),
  ).graph;
}

const graphs = new Map(smallData.branches.map(({ name, patches }) => [name, graphOf(patches)]));

const trainings = (graph: Graph): readonly GraphNode[] =>
  graph.nodes.filter(({ stage }) => stage === 'higgs/train-fold');
const paramsOf = (branch: string): { schedule: TrainingScheduleParams; optimiser: { epsilon: number } } =>
  trainings(graphs.get(branch)!)[0]!.params as never;

/** Steps of a training on nine folds of 1,440 rows, as 18,000 events give; they are in batches of 256. */
function stepsOf(branch: string): number {
  const fold = { rows: 1_440, continuous: new Float32Array(), codes: new Uint8Array(), targets: new Uint8Array() };
  const folds = Array.from({ length: 9 }, () => ({ ...fold, weights: new Float32Array() }));
  const { subEpochs } = trainingCourse(paramsOf(branch).schedule, folds, { batchSize: 256, beta1: 0.9 });
  return subEpochs * Math.floor(1_440 / 256);
}

describe('the branches for few events', () => {
  test('train for the steps and with the epsilon that their names say', () => {
    for (const branch of graphs.keys()) {
      const [, steps = '675'] = /(\d+)-steps/.exec(branch) ?? [];
      const [, epsilon = '1e-3'] = /epsilon=(.+)$/.exec(branch) ?? [];
      expect([branch, stepsOf(branch)]).toEqual([branch, Number(steps)]);
      expect([branch, paramsOf(branch).optimiser.epsilon]).toEqual([branch, Number(epsilon)]);
    }
  });

  test('cross three lengths besides the base with two epsilons, where a longer training may need a larger one', () => {
    expect([...graphs.keys()].toSorted()).toEqual(
      [
        'base',
        '330-steps',
        '2025-steps',
        '5400-steps',
        'epsilon=1e-2',
        'epsilon=7.2e-5',
        '2025-steps,epsilon=1e-2',
        '2025-steps,epsilon=7.2e-5',
      ].toSorted(),
    );
  });

  test('change trainings, and the range test with their optimiser, alone', () => {
    const ofTraining = new Set(['higgs/train-fold', 'higgs/lr-find']);
    const others = (graph: Graph): unknown =>
      graph.nodes.filter(({ stage }) => !ofTraining.has(stage)).map(({ id, params }) => [id, params]);
    for (const [branch, graph] of graphs)
      expect([branch, others(graph)]).toEqual([branch, others(graphs.get('base')!)]);
  });

  test('are judged by numbers of the trainings alone, so that no event which an analysis is scored on has a say', () => {
    expect(Object.values(smallData.metrics).map(({ of }) => of)).toEqual([
      'train-fold.validation loss',
      'train-fold.best loss',
    ]);
  });
});
