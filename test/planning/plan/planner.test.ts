import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Field } from '../../../src/core/identity/cache-key.ts';
import { type CacheKey, type Digest, type PlanKey, sha256 } from '../../../src/core/identity/digest.ts';
import type { Graph } from '../../../src/core/graph/graph.ts';
import type { KnownState, Step } from '../../../src/planning/plan/plan.ts';
import { planGraph } from '../../../src/planning/plan/planner.ts';
import { graphNode } from '../../helpers/graph-node.ts';

/** A graph of nodes that each take the single output of some earlier nodes. */
function graphOf(dependencies: readonly (readonly number[])[]): Graph {
  const nodes = dependencies.map((from, index) =>
    graphNode(`n${index}`, `test/n${index}`, {
      inputs: from.map((node, slot) => ({ slot: `s${slot}`, index: null, from: { node, output: 'out' } })),
      outputs: [{ name: 'out', kind: 'json' }],
    }),
  );
  return { pipeline: 'p', params: {}, nodes, results: [] };
}

const field = (name: string, value: string): Field => ({ name, digest: sha256(value), preview: value });

/** A record in memory, as running a plan would fill it. */
class FakeRecord {
  readonly byPlan = new Map<PlanKey, number>();
  readonly byKey = new Map<CacheKey, number>();
  readonly outputs: Digest[] = [];
  readonly lost = new Set<number>();
  code: string[] = [];
  /** The bytes that determine a node's output; by default the complete key, so that no early cutoff happens. */
  outputOf: (key: CacheKey, node: number) => Digest = (key) => sha256(key);

  plan(graph: Graph, forced: readonly number[] = []): readonly Step[] {
    const known = (id: number | undefined): KnownState | undefined =>
      id === undefined
        ? undefined
        : { id, key: sha256(String(id)) as string as CacheKey, seconds: 1, complete: !this.lost.has(id) };
    return planGraph({
      graph,
      selected: graph.nodes.map(() => true),
      forced: graph.nodes.map((_, index) => forced.includes(index)),
      fieldsOf: (node) => [field('stage', graph.nodes[node]!.stage), field('code', this.code[node] ?? 'v1')],
      fileDigests: new Map(),
      lookups: {
        byPlanKeys: (keys) => keys.map((key) => known(this.byPlan.get(key))),
        byKey: (key) => known(this.byKey.get(key)),
        outputDigest: (state) => this.outputs[state]!,
        comparable: (node) => ({ node, own: [], ofStage: () => [] }),
      },
    });
  }

  /** Runs until no node is left, as the execution does: a pending node is planned again when its inputs exist. */
  runAll(graph: Graph): readonly number[] {
    const ran: number[] = [];
    for (;;) {
      const steps = this.plan(graph);
      for (const step of steps)
        if (step.status === 'hit' && !step.planned) this.byPlan.set(step.planKey, step.state.id);
      const next = steps.findIndex((step) => step.status === 'run');
      if (next < 0) return ran;
      const step = steps[next] as Step & { readonly status: 'run' };
      const id = this.byKey.get(step.key) ?? this.outputs.push(this.outputOf(step.key, next)) - 1;
      this.lost.delete(id);
      this.byKey.set(step.key, id);
      this.byPlan.set(step.planKey, id);
      ran.push(next);
    }
  }
}

const DIAMOND = graphOf([[], [0], [0], [1, 2]]);

describe('the planner', () => {
  test('runs nodes that never ran, and says so; the nodes below wait', () => {
    const steps = new FakeRecord().plan(DIAMOND);
    expect(steps.map((step) => step.status)).toEqual(['run', 'pending', 'pending', 'pending']);
    expect(steps[0]).toMatchObject({ reason: 'first run' });
    expect(steps[3]).toMatchObject({ reason: 'waits for n1' });
  });

  test('finds hits only, by plan key alone, after a run', () => {
    const record = new FakeRecord();
    expect(record.runAll(DIAMOND)).toEqual([0, 1, 2, 3]);
    expect(record.plan(DIAMOND).every((step) => step.status === 'hit' && step.planned)).toBe(true);
  });

  test('runs only the nodes below a change', () => {
    const record = new FakeRecord();
    record.runAll(DIAMOND);
    record.code[1] = 'v2';
    expect(record.runAll(DIAMOND)).toEqual([1, 3]);
  });

  test('stops below a node that ran again and gave the same bytes: early cutoff', () => {
    const record = new FakeRecord();
    record.outputOf = (key, node) => (node === 0 ? sha256('always the same') : sha256(key));
    record.runAll(DIAMOND);
    record.code[0] = 'v2';
    expect(record.runAll(DIAMOND)).toEqual([0]);
    expect(record.plan(DIAMOND).every((step) => step.status === 'hit' && step.planned)).toBe(true);
  });

  test('uses the old state again when a change is undone', () => {
    const record = new FakeRecord();
    record.runAll(DIAMOND);
    record.code[0] = 'v2';
    expect(record.runAll(DIAMOND)).toEqual([0, 1, 2, 3]);
    record.code[0] = 'v1';
    expect(record.runAll(DIAMOND)).toEqual([]);
  });

  test('runs a node whose bytes are lost, and nothing else if it gives the same bytes again', () => {
    const record = new FakeRecord();
    record.runAll(DIAMOND);
    record.lost.add(0);
    expect(record.plan(DIAMOND)[0]).toMatchObject({ status: 'run', reason: 'an output is missing from the cache' });
    expect(record.runAll(DIAMOND)).toEqual([0]);
  });

  test('runs a forced node although its state exists', () => {
    const record = new FakeRecord();
    record.runAll(DIAMOND);
    expect(record.plan(DIAMOND, [1])[1]).toMatchObject({ status: 'run', reason: 'forced' });
  });

  test('needs at most one more run for any graph and edits, and runs only nodes at or below an edit', () => {
    const graphs = fc
      .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 25 })
      .map((lists) => graphOf(lists.map((list, i) => (i === 0 ? [] : [...new Set(list.map((d) => d % i))]))));
    fc.assert(
      fc.property(graphs, fc.array(fc.nat()), fc.array(fc.nat()), (graph, edits, constants) => {
        const record = new FakeRecord();
        const n = graph.nodes.length;
        const constant = new Set(constants.map((c) => c % n));
        record.outputOf = (key, node) => (constant.has(node) ? sha256(`constant ${node}`) : sha256(key));
        expect(record.runAll(graph)).toEqual(graph.nodes.map((_, index) => index));
        const edited = new Set(edits.map((e) => e % n));
        for (const node of edited) record.code[node] = 'v2';
        // The nodes that must run: edited ones, and those below one whose output differs.
        const differs = new Set<number>();
        const expected: number[] = [];
        for (const [index, node] of graph.nodes.entries()) {
          const above = node.inputs.some(({ from }) => 'node' in from && differs.has(from.node));
          if (!above && !edited.has(index)) continue;
          expected.push(index);
          if (!constant.has(index)) differs.add(index);
        }
        expect([...record.runAll(graph)].sort((a, b) => a - b)).toEqual(expected);
        expect(record.plan(graph).every((step) => step.status === 'hit')).toBe(true);
      }),
    );
  });
});
