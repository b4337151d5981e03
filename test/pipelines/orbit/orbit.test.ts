/** The convergence study: each method has the order that theory gives it, and the plot shows every method. */
import { describe, expect, test } from 'vitest';
import pipeline from '../../../pipelines/orbit/index.ts';
import { ADVANCE, METHODS, type Planet } from '../../../pipelines/orbit/methods.ts';
import { instance, runPipeline } from '../in-process.ts';

describe('the orbit study', () => {
  test('finds the order of each method', async () => {
    const results = await runPipeline(pipeline, []);
    const order = results.get('fit-order')!.outputs['order'] as Readonly<Record<string, number>>;
    const theory = { euler: 1, midpoint: 2, 'runge-kutta': 4 };
    expect(Object.keys(order).sort()).toEqual([...METHODS].sort());
    for (const method of METHODS) expect(Math.abs(order[method]! - theory[method])).toBeLessThan(0.06);
  });

  test('gives the same bytes on every engine', async () => {
    const results = await runPipeline(pipeline, []);
    expect(results.get('fit-order')!.digests['order']).toBe(GOLDEN_ORDER);
    expect(results.get('plot')!.digests['svg']).toBe(GOLDEN_PLOT);
  });

  test('draws a line for each method', async () => {
    const results = await runPipeline(pipeline, ['doublings=2']);
    const svg = results.get('plot')!.outputs['svg'] as string;
    expect(svg.match(/<polyline points="(\S+ ){2}\S+"/g)).toHaveLength(METHODS.length);
    for (const method of METHODS) expect(svg).toContain(`>${method}</text>`);
    expect(svg).not.toContain('NaN');
  });

  test('has a node for each method and number of steps', () => {
    const { graph } = instance(pipeline, ['doublings=6']);
    expect(graph.nodes).toHaveLength(METHODS.length * 7 + 2);
  });
});

test('a step of each method keeps a planet on its circle to first order', () => {
  const planet: Planet = [1, 0, 0, 1];
  for (const method of METHODS) {
    const [x, y, vx, vy] = ADVANCE[method](planet, 1e-4);
    [x, y, vx, vy].forEach((value, i) => expect(value).toBeCloseTo([1, 1e-4, -1e-4, 1][i]!, 7));
  }
});

const GOLDEN_ORDER = '47c358fbab68867d7026b72e1eb4999c0c0623519908d03f4e2a725527c8b6d0';
const GOLDEN_PLOT = 'be54b8a3bb0d11efeac3edb00cd9a5812d66587172f28f3f2545eca78f74d510';
