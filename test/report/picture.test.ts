import { describe, expect, test } from 'vitest';
import type { Graph, GraphNode } from '../../src/core/graph/graph.ts';
import type { PlannedStatus } from '../../src/planning/plan/plan-report.ts';
import { toDot } from '../../src/report/dot.ts';
import { toMermaid } from '../../src/report/mermaid.ts';
import { drawPicture, type Picture } from '../../src/report/picture.ts';
import { toSvg } from '../../src/report/svg.ts';
import { graphNode } from '../helpers/graph-node.ts';

function node(id: string, stage: string, inputs: GraphNode['inputs'], more: Partial<GraphNode> = {}): GraphNode {
  return graphNode(id, stage, { inputs, outputs: [{ name: 'out', kind: 'json' }], ...more });
}

const from = (index: number, slot = 'in') => ({ slot, index: null, from: { node: index, output: 'out' } });

const GRAPH: Graph = {
  pipeline: 'toy "x" <1>',
  params: {},
  nodes: [
    node('read', 'toy/read', [{ slot: 'csv', index: null, from: { file: '/data/events.csv' } }]),
    ...[0, 1, 2].map((fold) => node(`fit@fold=${fold}`, 'toy/fit', [from(0)])),
    node('mean', 'toy/average', [from(1), from(2), from(3)]),
    node('plot', 'toy/plot', [from(4)], { observation: true }),
  ],
  results: [{ name: 'score', node: 4, output: 'out' }],
};

const STATUSES = new Map<string, PlannedStatus>([
  ['read', 'hit'],
  ['fit@fold=0', 'hit'],
  ['fit@fold=1', 'run'],
  ['fit@fold=2', 'run'],
  ['mean', 'pending'],
]);

function labels({ boxes }: Picture): readonly string[] {
  return boxes.map(({ label }) => label);
}

describe('the picture of a pipeline', () => {
  test('shows the instances of a stage as one box with their number', () => {
    const picture = drawPicture(GRAPH, { full: false });
    expect(labels(picture)).toEqual(['read', 'fit ×3', 'mean', 'plot', 'events.csv', 'score']);
    expect(picture.arrows).toEqual([
      { from: 'f0', to: 'n0', labels: ['csv'] },
      { from: 'n0', to: 'n1', labels: ['out'] },
      { from: 'n1', to: 'n2', labels: ['out'] },
      { from: 'n2', to: 'n3', labels: ['out'] },
      { from: 'n2', to: 'r0', labels: ['out'] },
    ]);
  });

  test('shows an output on record by its reference', () => {
    const recorded = { slot: 'network', index: null, from: { recorded: 'run:3/train.network', kind: 'weights' } };
    const picture = drawPicture(
      { ...GRAPH, nodes: [node('tune', 'toy/tune', [recorded])], results: [] },
      { full: true },
    );
    expect(labels(picture)).toEqual(['tune', 'run:3/train.network']);
    expect(picture.arrows).toEqual([{ from: 'f0', to: 'n0', labels: ['network'] }]);
  });

  test('shows every node on request', () => {
    const picture = drawPicture(GRAPH, { full: true });
    expect(picture.boxes.map(({ detail }) => detail).filter((detail) => detail !== '')).toEqual(['toy/average']);
    expect(labels(picture)).toEqual([
      'read',
      'fit@fold=0',
      'fit@fold=1',
      'fit@fold=2',
      'mean',
      'plot',
      'events.csv',
      'score',
    ]);
  });

  test('joins all connections from one box to another in one arrow', () => {
    const two = [
      ...node('b', 's/b', [from(0, 'left')]).inputs,
      { ...from(0, 'right'), from: { node: 0, output: 'log' } },
    ];
    const nodes = [node('a', 's/a', []), node('b', 's/b', two)];
    expect(drawPicture({ ...GRAPH, nodes, results: [] }, { full: false }).arrows).toEqual([
      { from: 'n0', to: 'n1', labels: ['out', 'log'] },
    ]);
  });

  test('shows the status of a box, and the counts if its nodes differ', () => {
    const { boxes } = drawPicture(GRAPH, { full: false, statuses: STATUSES });
    expect(boxes.map(({ status, detail }) => [status, detail])).toEqual([
      ['hit', ''],
      ['mixed', '1 hit, 2 run'],
      ['pending', 'toy/average'],
      [null, ''],
      [null, ''],
      [null, ''],
    ]);
  });

  test('groups instances in several sub-pipelines, but not two stages under one name', () => {
    const graph: Graph = {
      ...GRAPH,
      nodes: [node('a/fit', 's/fit', []), node('b/fit', 's/fit', []), node('c/fit', 's/other', [])],
      results: [],
    };
    expect(drawPicture(graph, { full: false }).boxes.map(({ label, detail }) => [label, detail])).toEqual([
      ['fit ×2', ''],
      ['fit', 's/other'],
    ]);
  });
});

describe('DOT', () => {
  test('has a legend only if a status is known', () => {
    expect(toDot(drawPicture(GRAPH, { full: false }))).not.toContain('up to date');
  });

  test('is a digraph with escaped labels and fills by status', () => {
    const dot = toDot(drawPicture(GRAPH, { full: false, statuses: STATUSES }));
    expect(dot).toContain('digraph "toy \\"x\\" <1>" {');
    expect(dot).toContain('n0 [label="read", fillcolor="#d3f0d8"]');
    expect(dot).toContain('n1 [label="fit ×3\\n1 hit, 2 run", fillcolor="#dbe6fb"]');
    expect(dot).toContain('n3 [label="plot", style="rounded,filled,dashed"]');
    expect(dot).toContain('up to date');
    expect(dot).toContain('n1 -> n2 [label="  out  "]');
  });
});

describe('Mermaid', () => {
  test('is a flowchart with escaped labels and a class by status', () => {
    expect(toMermaid(drawPicture(GRAPH, { full: false, statuses: STATUSES }))).toMatchInlineSnapshot(`
      "---
      title: "toy \\"x\\" <1>"
      ---
      flowchart TB
        n0("read")
        n1("fit ×3<br/>1 hit, 2 run")
        n2("mean<br/>toy/average")
        n3{{"plot"}}
        f0[/"events.csv"/]
        r0(["score"])
        f0 -->|"csv"| n0
        n0 -->|"out"| n1
        n1 -->|"out"| n2
        n2 -->|"out"| n3
        n2 -->|"out"| r0
        classDef hit fill:#d3f0d8,stroke:#4a5361,color:#000
        classDef mixed fill:#dbe6fb,stroke:#4a5361,color:#000
        classDef pending fill:#fff3c4,stroke:#4a5361,color:#000
        class n0 hit
        class n1 mixed
        class n2 pending
      "
    `);
  });

  test('escapes characters that would end a label', () => {
    const picture: Picture = {
      title: 't',
      boxes: [{ id: 'n0', kind: 'stage', label: 'a "b" <c> #1', detail: '', status: null }],
      arrows: [],
    };
    expect(toMermaid(picture)).toContain('n0("a #quot;b#quot; #lt;c#gt; #35;1")');
  });
});

describe('SVG', () => {
  test('is drawn by Graphviz, every box and arrow of it', async () => {
    const svg = await toSvg(drawPicture(GRAPH, { full: false, statuses: STATUSES }));
    expect(svg).toContain('<svg');
    expect(svg.match(/class="node"/g)).toHaveLength(6);
    expect(svg.match(/class="edge"/g)).toHaveLength(5);
    expect(svg).toContain('fit ×3');
  });
});
