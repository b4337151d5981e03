import { describe, expect, test } from 'vitest';
import { metricHistories, type MetricQuestion } from '../../../src/audit/runs/metric-history.ts';
import { historyRows } from '../../../src/cli/show/runs/metric-histories.ts';
import { recordOf, study } from './study.ts';

const project = await study([], ['-S', 'train.rate=0.5'], ['-S', 'folds=3']);

function histories(ids: readonly number[], question: MetricQuestion = {}) {
  const { cache, runs } = recordOf(project);
  return metricHistories(cache.query, runs(...ids), question);
}

describe('histories of metrics', () => {
  test('have every step, for each metric of each node', () => {
    const all = histories([2]);
    expect(all.map(({ node, metric }) => `${node} ${metric}`)).toEqual([
      'fit@fold=0 validation loss',
      'fit@fold=0 folds seen',
      'fit@fold=1 validation loss',
      'fit@fold=1 folds seen',
    ]);
    const [{ points }] = all as [(typeof all)[number]];
    expect(points.map(({ step }) => step)).toEqual([0, 1, 2, 3]);
    expect(points.map(({ value }) => Number(value.toFixed(3)))).toEqual([6, 3, 1.5, 0.75]);
    expect(all[1]!.points).toEqual([{ step: null, value: 0 }]);
  });

  test('of a state that several runs had are one, with the runs', () => {
    const first = histories([1, 3]).filter(({ metric }) => metric === 'folds seen');
    expect(first.map(({ node, runs }) => [node, runs])).toEqual([
      ['fit@fold=0', [1, 3]],
      ['fit@fold=1', [1, 3]],
      ['fit@fold=2', [3]],
    ]);
  });

  test('are found by the name of the metric, its last word, or with the name of the node', () => {
    const nodes = (...names: readonly string[]) => histories([2], { names }).map(({ node }) => node);
    for (const name of ['validation loss', 'loss', 'fit.validation loss']) expect(nodes(name)).toHaveLength(2);
    expect(nodes('fit@fold=1.validation loss')).toEqual(['fit@fold=1']);
    expect(histories([2], { nodes: ['fit@fold=1'] })).toHaveLength(2);
    expect(histories([2], { nodes: ['fit'] })).toHaveLength(4);
  });

  test('are refused for a metric or node that does not exist', () => {
    expect(() => histories([1, 2], { names: ['lss'] })).toThrow(
      'No node of these 2 runs recorded a metric lss; there are fit.validation loss, fit.folds seen.',
    );
    expect(() => histories([1], { names: ['loss'], nodes: ['score'] })).toThrow(
      'No node of run 1 recorded a metric loss, nor any other; a stage does so with metric(name, value).',
    );
    expect(() => histories([1], { nodes: ['fitt'] })).toThrow('is called fitt (did you mean "fit"?)');
  });

  test('are one row for a fan-out, the mean of its instances with all extremes, unless instances are asked for', () => {
    const rows = historyRows(histories([1, 2, 3], { names: ['folds seen'] }), false);
    expect(rows.map(({ node, runs, count, values, least, most }) => [node, runs, count, values, least, most])).toEqual([
      ['fit', [1], 2, [0.5], 0, 1],
      ['fit', [2], 2, [0.5], 0, 1],
      ['fit', [3], 3, [1], 0, 2],
    ]);
    const each = historyRows(histories([1, 3], { names: ['folds seen'] }), true);
    expect(each.map(({ node, runs, values }) => [node, runs, values])).toEqual([
      ['fit@fold=0', [1, 3], [0]],
      ['fit@fold=1', [1, 3], [1]],
      ['fit@fold=2', [3], [2]],
    ]);
  });
});
