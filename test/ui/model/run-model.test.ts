import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NodeObserved, RunEvent } from '../../../src/events.ts';
import { nodeSecondsLeft, runEstimate } from '../../../src/ui/model/estimate.ts';
import { LOG_TAIL, lossOf, MOST_METRICS, rateOf } from '../../../src/ui/model/node-view.ts';
import { RunModel } from '../../../src/ui/model/run-model.ts';
import { at, nodeStarted, runEvents, runStarted } from '../../helpers/run-events.ts';

function modelOf(events: readonly RunEvent[]): RunModel {
  const model = new RunModel();
  for (const event of events) model.apply(event);
  return model;
}

function ran(node: string, time: number, seconds = 1): RunEvent {
  return { type: 'node-ran', ...at(node, time), state: 'ab'.repeat(32), seconds, peakMiB: 10 };
}

function metric(node: string, name: string, value: number, step: number | null): RunEvent {
  return { type: 'node-metric', ...at(node, 1), name, value, step };
}

describe('the model of a run', () => {
  test('counts every node once, in its phase', () => {
    fc.assert(
      fc.property(runEvents, (events) => {
        const model = modelOf(events);
        const named = new Set(events.flatMap((event) => ('node' in event ? [event.node] : [])));
        const { nodes, ...counts } = model.totals;
        expect(Object.values(counts).reduce((sum, n) => sum + n, 0)).toBe(named.size);
        expect(named.size).toBeLessThanOrEqual(nodes);
        for (const stage of model.stages.values())
          expect(Math.min(...Object.values(stage.counts))).toBeGreaterThanOrEqual(0);
        expect(model.running.map(({ phase }) => phase).every((phase) => phase === 'running')).toBe(true);
        expect(model.running.length).toBe(counts.running);
      }),
    );
  });

  test('keeps a node in its place while others start and end', () => {
    const model = modelOf([runStarted({ 'toy/fit': 4 }), nodeStarted('fit@k=0', 1), nodeStarted('fit@k=1', 1)]);
    model.apply(ran('fit@k=0', 2));
    expect(model.places.map((node) => node?.node ?? null)).toEqual([null, 'fit@k=1']);
    model.apply(nodeStarted('fit@k=2', 3));
    expect(model.places.map((node) => node?.node ?? null)).toEqual(['fit@k=2', 'fit@k=1']);
  });

  test('runs a node again whose output was lost', () => {
    const model = modelOf([
      runStarted({ 'toy/fit': 1 }),
      { type: 'node-hit', ...at('fit', 1), how: 'hit', state: 'ab' },
      { type: 'node-queued', ...at('fit', 2), reason: 'an output is lost' },
      nodeStarted('fit', 3),
    ]);
    expect(model.totals).toMatchObject({ hit: 0, queued: 0, running: 1 });
    expect(model.node('fit')!.reason).toBe('an output is lost');
  });

  test('knows loss and rate by their names', () => {
    const model = modelOf([
      runStarted({ 'toy/fit': 1 }),
      nodeStarted('fit', 0),
      metric('fit', 'best loss', 9, null),
      metric('fit', 'training loss', 0.5, 3),
      metric('fit', 'learning rate', 1e-3, 3),
      metric('fit', 'validation loss', 0.7, 3),
    ]);
    const { attempt } = model.node('fit')!;
    expect(lossOf(attempt!)!.value).toBe(0.7);
    expect(rateOf(attempt!)!.value).toBe(1e-3);
  });

  test('keeps its memory bounded, however much a node tells', () => {
    const model = modelOf([runStarted({ 'toy/fit': 1 }), nodeStarted('fit', 0)]);
    for (let i = 0; i < 100_000; i++) {
      model.apply(metric('fit', 'loss', i, i));
      if (i < 1000) model.apply(metric('fit', `metric ${i}`, i, i));
      if (i < 5000)
        model.apply({ type: 'node-log', ...at('fit', i), stream: 'log', text: `line ${i} ${'x'.repeat(2000)}` });
    }
    const attempt = model.node('fit')!.attempt!;
    expect(attempt.metrics.size).toBe(MOST_METRICS);
    const { values, seen } = attempt.metrics.get('loss')!.series;
    expect(seen).toBe(100_000);
    expect(values.length).toBeLessThanOrEqual(257);
    expect(values[0]).toBe(0);
    expect(values.at(-1)).toBe(99_999);
    expect(values.toSorted((a, b) => a - b)).toEqual(values);
    expect(attempt.log).toHaveLength(LOG_TAIL);
    expect(attempt.forgottenLines).toBe(5000 - LOG_TAIL);
    expect(Math.max(...attempt.log.map((line) => line.length))).toBeLessThanOrEqual(500);
    expect(model.feed.length).toBeLessThanOrEqual(200);
  });

  test('of 10,000 nodes forgets what the earliest ones told', () => {
    const nodes = 10_000;
    const model = modelOf([runStarted({ 'toy/fit': nodes })]);
    for (let k = 0; k < nodes; k++) {
      const node = `fit@k=${k}`;
      model.apply(nodeStarted(node, k));
      model.apply(metric(node, 'loss', k, 0));
      model.apply(ran(node, k));
    }
    const kept = Array.from({ length: nodes }, (_, k) => model.node(`fit@k=${k}`)!).filter(
      ({ attempt }) => attempt !== null,
    );
    expect(kept.length).toBe(100);
    expect(model.ended.at(-1)!.node).toBe(`fit@k=${nodes - 1}`);
    expect(model.totals.ran).toBe(nodes);
    expect(model.places.length).toBe(1);
  });
});

describe('the time that is left', () => {
  const progress = (done: number, time: number): RunEvent => ({
    type: 'node-progress',
    ...at('fit', time),
    done,
    total: 100,
    note: null,
  });

  test('of a node follows its pace since it was resumed', () => {
    const fresh = modelOf([runStarted({ 'toy/fit': 1 }), nodeStarted('fit', 0), progress(25, 5000)]);
    expect(nodeSecondsLeft(fresh.node('fit')!, null, 5000)).toBe(15);
    expect(nodeSecondsLeft(fresh.node('fit')!, null, 7000)).toBe(13);
    const resumed = modelOf([
      runStarted({ 'toy/fit': 1 }),
      nodeStarted('fit', 0),
      progress(80, 1000),
      progress(85, 6000),
    ]);
    expect(nodeSecondsLeft(resumed.node('fit')!, null, 6000)).toBe(15);
  });

  test('of a node without progress is what other nodes took, and is unknown without them', () => {
    const model = modelOf([runStarted({ 'toy/fit': 1 }), nodeStarted('fit', 0)]);
    expect(nodeSecondsLeft(model.node('fit')!, 10, 4000)).toBe(6);
    expect(nodeSecondsLeft(model.node('fit')!, 10, 40_000)).toBe(0);
    expect(nodeSecondsLeft(model.node('fit')!, null, 4000)).toBeNull();
  });

  test('of a run is divided among its workers, and prefers durations of this run to earlier ones', () => {
    const started = runStarted({ 'toy/fit': 5 }, { jobs: 2 });
    const recorded = { ...started, stages: [{ stage: 'toy/fit', nodes: 5, seconds: 8 }] };
    const seconds = (events: readonly RunEvent[], now: number) => runEstimate(modelOf(events), now)?.seconds;
    expect(seconds([recorded], 0)).toBe(20);
    expect(seconds([recorded, nodeStarted('fit@k=0', 0), ran('fit@k=0', 2000, 2)], 2000)).toBe(4);
    expect(seconds([started], 0)).toBeUndefined();
  });

  test('of a run takes what a running node will need for the others of its stage, until one has run', () => {
    const events = [runStarted({ 'toy/fit': 3 }, { jobs: 1 }), nodeStarted('fit', 0)];
    const told: RunEvent = { type: 'node-progress', ...at('fit', 2000), done: 1, total: 5, note: null };
    expect(runEstimate(modelOf(events), 2000)).toBeNull();
    expect(runEstimate(modelOf([...events, told]), 2000)).toEqual({ seconds: 8 + 10 + 10, isLowerBound: false });
  });

  test('of a run is a lower bound as soon as one node of a kind has run, while other stages are unknown', () => {
    const started = runStarted({ 'toy/fit': 5, 'toy/score': 1 }, { jobs: 2 });
    const first = [started, nodeStarted('fit@k=0', 0)];
    expect(runEstimate(modelOf(first), 1000)).toBeNull();
    expect(runEstimate(modelOf([...first, ran('fit@k=0', 2000, 2)]), 2000)).toEqual({ seconds: 4, isLowerBound: true });
    const score: RunEvent = { type: 'node-skipped', ...at('score', 2000), because: null };
    expect(runEstimate(modelOf([...first, ran('fit@k=0', 2000, 2), score]), 2000)).toEqual({
      seconds: 4,
      isLowerBound: false,
    });
  });

  test('of a run on a cluster is divided among the jobs that were seen to run at once, and not among workers here', () => {
    const nodes = Array.from({ length: 40 }, (_, k) => `fit@k=${k}`);
    const observed = (node: string, more: Partial<NodeObserved>): RunEvent => ({
      ...{ type: 'node-observed', ...at(node, 0), state: 'waiting', note: null, why: 'Priority' },
      ...more,
    });
    const started = runStarted({ 'toy/fit': 40 }, { jobs: 1 });
    const recorded = { ...started, stages: [{ stage: 'toy/fit', nodes: 40, seconds: 10 }] };
    const queued = [recorded, ...nodes.map((node) => observed(node, {}))];
    // Any number of jobs may start together.
    expect(runEstimate(modelOf(queued), 0)).toEqual({ seconds: 10, isLowerBound: true });
    // Eight jobs of five nodes each, which execute them one after another.
    const running = nodes.map((node, k) => observed(node, { state: 'running', note: `job ${k % 8} on n1`, why: null }));
    expect(runEstimate(modelOf([...queued, ...running]), 0)).toEqual({ seconds: 50, isLowerBound: false });
  });
});
