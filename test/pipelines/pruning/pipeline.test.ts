/**
 * The pruning study in one process, small: exactly sparse, paired between criteria, and the same bytes on every engine.
 */
import { describe, expect, test } from 'vitest';
import type { Tensors } from 'restage';
import pipeline from '../../../pipelines/pruning/index.ts';
import type { Point } from '../../../pipelines/pruning/stages/curve.ts';
import { instance, runPipeline } from '../in-process.ts';

const SMALL = [
  'data=simulated:1500',
  'folds=3',
  'levels=2',
  'replicas=2',
  'network.depth=2',
  'network.width=12',
  'train.lengthRiseSubEpochs=1',
  'train.lengthFallSubEpochs=2',
];

const results = await runPipeline(pipeline, SMALL);
const output = (node: string, name: string): unknown => results.get(node)!.outputs[name];

describe('a pruning study', () => {
  test('trains networks that are exactly 0 where they are pruned', () => {
    for (const criterion of ['global', 'layer', 'random', 'neuron']) {
      const at = `criterion=${criterion},level=2,replica=1`;
      const network = output(`retrain@${at}`, 'network') as Tensors;
      for (const [name, { data }] of Object.entries(output(`prune@${at}`, 'masks') as Tensors))
        data.forEach((kept, i) => {
          if (kept === 0) expect(Object.is(network[name]!.data[i], 0)).toBe(true);
        });
    }
  });

  test('has a point for each criterion and level, with what is left and an interval', () => {
    const points = output('curve', 'points') as readonly Point[];
    expect(points).toHaveLength(4 * 3);
    for (const { criterion, level, left, auc, aucWithin, ams } of points) {
      expect(Math.abs(left - 0.5 ** level)).toBeLessThan(criterion === 'neuron' ? 0.1 : 0.01);
      expect(auc).toBeGreaterThan(0.5);
      expect(aucWithin).toBeGreaterThan(0);
      expect(ams).toBeGreaterThan(0);
    }
    expect(
      results
        .get('curve')!
        .metrics.filter(({ name }) => name === 'auc')
        .map(({ step }) => step),
    ).toEqual([0, 1, 2]);
  });

  test('draws a line for each criterion', () => {
    const svg = output('chart', 'svg') as string;
    expect(svg.match(/<polyline points="(\S+ ){2}\S+"/g)).toHaveLength(2 * 4);
    for (const word of ['global', 'layer', 'random', 'neuron', 'AMS', '100 %', '50 %', '25 %'])
      expect(svg).toContain(`>${word}<`);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('gives the same bytes on every engine', () => {
    expect(results.get('retrain@criterion=neuron,level=2,replica=0')!.digests['network']).toBe(GOLDEN_NETWORK);
    expect(results.get('compare-masks')!.digests['alike']).toBe(GOLDEN_ALIKE);
  });

  test.each([
    ['initial', 'train@replica=0', 'initial'],
    ['early', 'train@replica=0', 'early'],
    ['trained', 'retrain@criterion=global,level=1,replica=0', 'network'],
    ['new', 'draw-weights@criterion=global,level=2,replica=0', 'weights'],
  ])('with rewind=%s goes on from %s', (rewind, node, name) => {
    const { graph } = instance(pipeline, [...SMALL, `rewind=${rewind}`]);
    const retrain = graph.nodes.find(({ id }) => id === 'retrain@criterion=global,level=2,replica=0')!;
    const { from } = retrain.inputs.find(({ slot }) => slot === 'from')!;
    expect('node' in from && [graph.nodes[from.node]!.id, from.output]).toEqual([node, name]);
  });

  test('of one network alone compares no masks', () => {
    const { graph } = instance(pipeline, ['criteria=["global"]', 'replicas=1']);
    expect(graph.nodes.some(({ id }) => id === 'compare-masks')).toBe(false);
  });

  test('refuses to go back to weights that the training does not reach', () => {
    expect(() => instance(pipeline, ['rewindSubEpochs=13'])).toThrow(
      /A training of 12 sub-epochs has no weights after 13 \(rewindSubEpochs\)/,
    );
  });

  test('refuses a criterion that is there twice', () => {
    expect(() => instance(pipeline, ['criteria=["global","global"]'])).toThrow(/the same criterion is there twice/);
  });
});

const GOLDEN_NETWORK = '6246aef78552c12dd683b70251ca78b062409789001c5b32f49049a8b0330ad2';
const GOLDEN_ALIKE = 'c592c66294c21d69cdbd7149a734868b7e035a5ad4def361a43af3bf2f523500';
