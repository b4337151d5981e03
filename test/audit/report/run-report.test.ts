import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runReport, type RunReportFacts } from '../../../src/audit/report/run-report.ts';
import type { Cache } from '../../../src/store/cache.ts';
import { disposableDirectory } from '../../helpers/disposable.ts';
import { fillCache } from '../../cli/filled-cache.ts';

let cache: Cache;
beforeAll(async () => {
  ({ cache } = await fillCache(disposableDirectory('restage-report-')));
});
afterAll(() => cache.close());

const reportOf = (run: number): RunReportFacts => runReport(cache, cache.query.runs.get(run)!);

describe('the facts of a report', () => {
  test('have the nodes with producers first, each with how it was made and where its inputs came from', () => {
    const { nodes, elsewhere } = reportOf(1);
    expect(nodes.map(({ node }) => node)).toEqual(['data', 'fit@fold=0', 'fit@fold=1', 'score']);
    const score = nodes[3]!;
    expect(score.inputs.map(({ from }) => from)).toEqual([
      { kind: 'file', path: '/data/labels.csv' },
      { kind: 'node', node: 'fit@fold=0', output: 'slope' },
      { kind: 'node', node: 'fit@fold=1', output: 'slope' },
    ]);
    expect(nodes[1]!.made).toMatchObject({ run: 1, seconds: 1.5, params: [{ name: 'fold', value: '0' }] });
    expect(elsewhere).toEqual([]);
  });

  test('group the nodes by name and stage, with what became of them, and link the groups', () => {
    const { stages, links } = reportOf(1);
    expect(stages.map(({ name, nodes, counts }) => [name, nodes, counts])).toEqual([
      ['data', [0], { ran: 1 }],
      ['fit', [1, 2], { ran: 2 }],
      ['score', [3], { ran: 1 }],
    ]);
    expect(links).toEqual([
      { from: 0, to: 1, outputs: ['data'] },
      { from: 1, to: 2, outputs: ['slope'] },
    ]);
    expect(stages[1]!.codes).toMatchObject([{ module: 'toy.ts', exportName: 'fit', sources: [{ path: 'toy.ts' }] }]);
  });

  test('have each metric with a history, by node, and count what is not finite', () => {
    const { histories } = reportOf(1);
    const fit = histories.filter(({ group }) => group === 'fit');
    expect(fit.map(({ metric, hasSteps, series }) => [metric, hasSteps, series.map(({ node }) => node)])).toEqual([
      ['loss', true, ['fit@fold=0', 'fit@fold=1']],
      ['gap', false, ['fit@fold=0', 'fit@fold=1']],
    ]);
    expect(fit[0]!.series[0]!.points).toEqual([
      [0, 0.5],
      [1, 0.25],
    ]);
    expect(fit[1]!.series[0]).toMatchObject({ values: 2, notFinite: 2, least: null });
  });

  test('are as complete for a run in which nothing was executed: states are of the run that made them', () => {
    const { nodes, timeline, run } = reportOf(2);
    expect(nodes.map(({ outcome, made }) => [outcome, made!.run])).toEqual(Array.from({ length: 4 }, () => ['hit', 1]));
    expect(timeline.bars).toEqual([]);
    expect(run).toMatchObject({ id: 2, outcome: 'ok' });
  });

  test('of a run that failed have the failure, and nodes without a state', () => {
    const { failures, nodes, stages, run } = reportOf(3);
    expect(run.outcome).toBe('failed');
    expect(failures.map(({ node, number, failure }) => [node, number, failure!.message])).toEqual([
      ['fit@fold=0', 2, 'Attempt 2 went wrong.'],
    ]);
    expect(nodes.filter(({ made }) => made === null).map(({ node, outcome }) => [node, outcome])).toEqual([
      ['fit@fold=0', 'failed'],
      ['score', 'skipped'],
      ['never', 'skipped'],
    ]);
    // Never made, so that nobody knows its stage.
    expect(stages.at(-1)).toMatchObject({ name: 'never', stage: 'never', codes: [] });
  });

  test('of a run without an end and without nodes are empty, and say so', () => {
    const { run, nodes, stages, results, histories, panels } = reportOf(4);
    expect([run.endedAt, ['running', 'died'].includes(run.outcome)]).toEqual([null, true]);
    expect([nodes, stages, results, histories, panels]).toEqual([[], [], [], [], []]);
  });
});
