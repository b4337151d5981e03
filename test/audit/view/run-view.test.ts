import { expect, test } from 'vitest';
import { graphOfRun, type Edge } from '../../../src/audit/view/run-graph.ts';
import { type RunView, viewRun } from '../../../src/audit/view/run-view.ts';
import { makeInProcessProject } from '../../helpers/in-process-project.ts';
import { openCache } from '../../store/open-cache.ts';

test('a run is seen with its parameters, its nodes and its results', async () => {
  const project = makeInProcessProject('lab');
  await project.run(['-S', 'rows=500']);
  const { query } = openCache(project.cache);
  const view = viewRun(query, query.runs.get(1)!);
  expect(Object.fromEntries(view.params)).toEqual({ rows: 500, note: '', digits: 2, factor: 1e-9 });
  const nodes = ['mix', 'noise', 'note', 'scale@k=0', 'scale@k=1', 'scale@k=2', 'source', 'unit'];
  expect([...view.nodes.keys()].sort()).toEqual(nodes);
  expect(view.nodes.get('mix')).toMatchObject({ outcome: 'ran', reason: 'first run' });
  expect(view.results).toEqual([
    { name: 'total', node: 'mix', output: 'total' },
    { name: 'mixed', node: 'mix', output: 'mixed' },
  ]);
});

function sources(edges: readonly Edge[] | undefined): readonly string[] {
  return (edges ?? []).map(({ slot, index, from }) => {
    const end = from.kind === 'node' ? `${from.node}.${from.output}` : JSON.stringify(from);
    return `${slot}${index === null ? '' : `.${index}`} <- ${end}`;
  });
}

const MIX = [
  'noise <- noise.values',
  'parts.0 <- scale@k=0.data',
  'parts.1 <- scale@k=1.data',
  'parts.2 <- scale@k=2.data',
  'unit <- unit.name',
];

test('the wiring of a run is that of its nodes, also below an early cutoff, where states name an older producer', async () => {
  const project = makeInProcessProject('lab');
  await project.run();
  // The first node runs again to the same bytes.
  await project.run(['-S', 'note=other']);
  const { query } = openCache(project.cache);
  const views: readonly RunView[] = [1, 2].map((run) => viewRun(query, query.runs.get(run)!));
  expect(views[1]!.nodes.get('scale@k=0')!.outcome).toBe('cut-off');
  for (const view of views) {
    const graph = graphOfRun(query, view);
    expect(sources(graph.get('mix'))).toEqual(MIX);
    expect(sources(graph.get('scale@k=1'))).toEqual(['data <- source.data']);
    expect(sources(graph.get('source'))).toEqual([]);
  }
});
