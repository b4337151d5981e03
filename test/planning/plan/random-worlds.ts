/** Random pipelines with what their plans depend on, edits of them, and a record of their runs. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { FileRef } from '../../../src/core/authoring/file-ref.ts';
import { closure, type Graph, type GraphInput, type GraphNode, oneOfEachStage } from '../../../src/core/graph/graph.ts';
import { cacheKey, type Field } from '../../../src/core/identity/cache-key.ts';
import { type CacheKey, type Digest, type PlanKey, sha256 } from '../../../src/core/identity/digest.ts';
import { type CodeIdentity, type Conditions, fieldMaker } from '../../../src/identity/node-fields.ts';
import { nodeTexts } from '../../../src/planning/definition/graph-memo.ts';
import { cutoffBy } from '../../../src/planning/plan/earlier/cutoff.ts';
import { type CompleteRun, earlierPlan } from '../../../src/planning/plan/earlier/earlier-plan.ts';
import type { KnownState } from '../../../src/planning/plan/plan.ts';
import { decodePlan, encodePlan, planKeyAt, stateKeyAt } from '../../../src/planning/plan/earlier/plan-memo.ts';
import { contentFields, type Lookups, planGraph } from '../../../src/planning/plan/planner.ts';
import { stageTexts } from '../../../src/planning/plan/conditions/stage-text.ts';

/** A node before its pipeline is built; it takes its inputs from earlier nodes. */
interface Written {
  readonly name: number;
  readonly stage: number;
  readonly param: number;
  /** Numbers of earlier nodes, or of files. */
  readonly inputs: readonly { readonly kind: 'node' | 'file' | 'remote'; readonly of: number }[];
  readonly tag: boolean;
}

/** Everything that a plan depends on. */
export interface World {
  readonly nodes: readonly Written[];
  /** Versions of the stages' code, and of the files' contents. */
  readonly code: readonly number[];
  readonly files: readonly number[];
  readonly seed: number;
}

const STAGES = 3;
const FILES = 2;
const STAGE_IS_RANDOM = [false, true, false];

const written: fc.Arbitrary<Written> = fc.record({
  name: fc.nat({ max: 14 }),
  stage: fc.nat({ max: STAGES - 1 }),
  param: fc.nat({ max: 2 }),
  inputs: fc.array(
    fc.record({
      kind: fc.constantFrom('node' as const, 'node' as const, 'node' as const, 'file' as const, 'remote' as const),
      of: fc.nat({ max: 20 }),
    }),
    { maxLength: 3 },
  ),
  tag: fc.boolean(),
});

export const world: fc.Arbitrary<World> = fc.record({
  nodes: fc.uniqueArray(written, { minLength: 1, maxLength: 12, selector: ({ name }) => name }),
  code: fc.array(fc.nat({ max: 2 }), { minLength: STAGES, maxLength: STAGES }),
  files: fc.array(fc.nat({ max: 2 }), { minLength: FILES, maxLength: FILES }),
  seed: fc.nat({ max: 1 }),
});

type Edit =
  | { readonly edit: 'replace' | 'insert'; readonly at: number; readonly node: Written }
  | { readonly edit: 'remove' | 'param' | 'tag' | 'code' | 'file' | 'lose'; readonly at: number }
  | { readonly edit: 'seed' };

export const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ edit: fc.constantFrom('replace' as const, 'insert' as const), at: fc.nat({ max: 20 }), node: written }),
  fc.record({
    edit: fc.constantFrom(
      'remove' as const,
      'param' as const,
      'param' as const,
      'tag' as const,
      'code' as const,
      'file' as const,
      'lose' as const,
    ),
    at: fc.nat({ max: 20 }),
  }),
  fc.constant({ edit: 'seed' as const }),
);

export function edited(before: World, change: Edit): World {
  const { nodes, code, files, seed } = before;
  switch (change.edit) {
    case 'seed':
      return { ...before, seed: 1 - seed };
    case 'lose':
      return before;
    case 'code':
      return { ...before, code: code.map((version, stage) => (stage === change.at % STAGES ? version + 1 : version)) };
    case 'file':
      return { ...before, files: files.map((version, file) => (file === change.at % FILES ? version + 1 : version)) };
    case 'remove':
      return nodes.length === 1 ? before : { ...before, nodes: nodes.toSpliced(change.at % nodes.length, 1) };
    case 'replace':
    case 'insert': {
      const at = change.at % nodes.length;
      const others = nodes.filter(({ name }) => name !== change.node.name);
      return { ...before, nodes: others.toSpliced(at, change.edit === 'insert' ? 0 : 1, change.node) };
    }
    case 'param':
    case 'tag': {
      const at = change.at % nodes.length;
      const node = nodes[at]!;
      const other = change.edit === 'param' ? { ...node, param: node.param + 1 } : { ...node, tag: !node.tag };
      return { ...before, nodes: nodes.with(at, other) };
    }
  }
}

function graphOf({ nodes }: World): Graph {
  return {
    pipeline: 'p',
    params: {},
    results: [],
    nodes: nodes.map(({ name, stage, param, inputs, tag }, index): GraphNode => ({
      id: `n${name}`,
      stage: `s${stage}`,
      observation: false,
      random: STAGE_IS_RANDOM[stage]!,
      compute: false,
      env: [],
      reads: [],
      effects: [],
      params: { param, deep: { list: [param, 'a'] } },
      inputs: inputs.flatMap(({ kind, of }, slot): GraphInput[] => {
        if (kind === 'file') return [{ slot: 'in', index: slot, from: { file: `/f${of % FILES}` } }];
        if (kind === 'remote') return [{ slot: 'in', index: slot, from: remote(of) }];
        return index === 0 ? [] : [{ slot: 'in', index: slot, from: { node: of % index, output: 'x' } }];
      }),
      outputs: [{ name: 'x', kind: 'json' }],
      tags: tag ? ['marked'] : [],
      policy: {},
    })),
  };
}

function remote(of: number): FileRef {
  const sha = sha256(`remote ${of}`);
  return {
    file: `https://example.org/${of}`,
    remote: { url: `https://example.org/${of}`, sha256: sha, bytes: 1 },
  } as FileRef;
}

/** A record in memory. Its bytes depend on little, so that early cutoffs happen. */
export class Record {
  readonly byPlan = new Map<PlanKey, number>();
  readonly byKey = new Map<CacheKey, number>();
  readonly outputs: Digest[] = [];
  readonly keys: CacheKey[] = [];
  readonly lost = new Set<number>();

  state(id: number | undefined): KnownState | undefined {
    return id === undefined ? undefined : { id, key: this.keys[id]!, seconds: id / 8, complete: !this.lost.has(id) };
  }

  get lookups(): Lookups {
    return {
      byPlanKeys: (keys) => keys.map((key) => this.state(this.byPlan.get(key))),
      byKey: (key) => this.state(this.byKey.get(key)),
      outputDigest: (state) => this.outputs[state]!,
      comparable: (node) => ({ node, own: [], ofStage: () => [] }),
    };
  }

  make(key: CacheKey): number {
    const known = this.byKey.get(key);
    if (known !== undefined) {
      this.lost.delete(known);
      return known;
    }
    const id = this.keys.push(key) - 1;
    // One of three digests, whatever the key.
    this.outputs.push(sha256(`bytes ${Number.parseInt(key.slice(0, 4), 16) % 3}`));
    this.byKey.set(key, id);
    return id;
  }
}

/** A world that is ready to plan, as `prepare` makes it. */
export class Prepared {
  readonly graph: Graph;
  readonly texts: readonly string[];
  readonly stageText: (stage: string) => string;
  readonly files: ReadonlyMap<string, Digest>;
  readonly fieldsOf: (node: number) => readonly Field[];
  asked = 0;

  constructor(world: World) {
    this.graph = graphOf(world);
    this.texts = nodeTexts(this.graph);
    this.files = new Map(world.files.map((version, file) => [`/f${file}`, sha256(`file ${file} ${version}`)]));
    const conditions: Conditions = { seed: world.seed, backend: null, nodeMajor: 20, env: {}, reads: new Map() };
    const codes = new Map(
      world.code.map((version, stage): [string, CodeIdentity] => [
        `s${stage}`,
        { digest: sha256(`code ${stage} ${version}`), packages: [] },
      ]),
    );
    const fields = fieldMaker(conditions, codes);
    this.stageText = stageTexts(oneOfEachStage(this.graph), fields.ofStage, world.seed);
    this.fieldsOf = (node) => {
      this.asked += 1;
      return fields.of(this.graph.nodes[node]!);
    };
  }

  earlier(run: CompleteRun) {
    return earlierPlan(run, this.graph, this.texts, this.stageText, this.files);
  }

  plan(record: Record, base: CompleteRun | undefined, wanted?: readonly number[], forced: readonly number[] = []) {
    const { graph, fieldsOf, files } = this;
    return planGraph({
      graph,
      selected: wanted === undefined ? graph.nodes.map(() => true) : closure(graph, wanted),
      forced: graph.nodes.map((_, index) => forced.includes(index)),
      fieldsOf,
      fileDigests: files,
      lookups: record.lookups,
      earlier: base && this.earlier(base),
    });
  }

  /** Runs every node, as execution does, and calls `cutoff` wherever execution would. */
  run(record: Record, base: CompleteRun | undefined): CompleteRun {
    const { graph, fieldsOf, files } = this;
    const cutoff = cutoffBy(graph, base && this.earlier(base), (state) => [
      { name: 'x', digest: record.outputs[state]! },
    ]);
    const ids: number[] = [];
    const planKeys: PlanKey[] = [];
    for (const [index, step] of this.plan(record, base).entries()) {
      if (step.status === 'excluded') throw new Error('all nodes take part');
      planKeys.push(step.planKey);
      if (step.status === 'hit') ids.push(step.state.id);
      else {
        const content = cacheKey(
          contentFields(graph, index, fieldsOf(index), files, ({ node }) => record.outputs[ids[node]!]!),
        );
        const known = record.state(record.byKey.get(content));
        const cut = cutoff(index, (producer) => ({
          key: record.keys[ids[producer]!]!,
          outputs: () => new Map([['x', { digest: record.outputs[ids[producer]!]! }]]),
        }));
        // It may not know the state, but a state that it knows is the recorded one.
        if (cut !== undefined) expect(cut).toEqual(known);
        ids.push(record.make(content));
      }
      record.byPlan.set(step.planKey, ids[index]!);
    }
    return this.#remembered(record, ids, planKeys);
  }

  /** Passes through the bytes that the cache keeps. */
  #remembered(record: Record, ids: readonly number[], planKeys: readonly PlanKey[]): CompleteRun {
    const { nodes } = this.graph;
    const stages = [...new Set(nodes.map(({ stage }) => stage))];
    const memo = decodePlan(
      encodePlan({
        pipeline: 'p',
        params: {},
        results: [],
        files: [],
        recorded: [],
        externals: [...this.files],
        env: [],
        reads: [],
        backend: null,
        stages: stages.map((stage) => [stage, this.stageText(stage)]),
        equivalences: [],
        texts: sha256(''),
        ids: nodes.map(({ id }) => id),
        stageOf: Uint32Array.from(nodes, ({ stage }) => stages.indexOf(stage)),
        nameIds: Float64Array.from(nodes, (_, index) => index),
        stateIds: Float64Array.from(ids),
        seconds: Float64Array.from(ids, (id) => id / 8),
        keys: ids.map((id, index) => planKeys[index]! + record.keys[id]!).join(''),
      }),
    );
    const { texts } = this;
    return {
      ids: memo.ids,
      stageText: (node) => memo.stages[memo.stageOf[node]!]![1],
      nodeTexts: texts,
      files: new Map(memo.externals),
      planKey: (node) => planKeyAt(memo, node),
      nameId: (node) => memo.nameIds[node]!,
      state: (node) => {
        const id = memo.stateIds[node]!;
        if (record.lost.has(id)) return undefined;
        return { id, key: stateKeyAt(memo, node), seconds: memo.seconds[node]!, complete: true };
      },
    };
  }
}
