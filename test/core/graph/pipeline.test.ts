/** What a definition becomes. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { table } from '../../../src/core/artifact/codecs/table.ts';
import { overrideLayers, parseOverride } from '../../../src/core/params/override.ts';
import { parseLayers } from '../../../src/core/params/parse-params.ts';
import { settingOf } from '../../../src/core/params/setting.ts';
import { externalFile } from '../../../src/core/authoring/file-ref.ts';
import { pipeline } from '../../../src/core/authoring/pipeline.ts';
import { ParamError } from '../../../src/errors.ts';
import { build, ensemble, fromFile, plot, read, train } from './stages.ts';

const folds = pipeline({
  name: 'folds',
  params: z.strictObject({
    folds: z.int().positive().default(3),
    data: z.string().default('simulated'),
    train: z.strictObject({ rate: z.number().default(0.1) }).prefault({}),
  }),
  build(p, { folds: n, train: { rate } }) {
    const events = p.add(read, { tags: ['data'] });
    const models = Array.from({ length: n }, (_, fold) =>
      p.add(train, { key: { fold }, params: { fold, rate }, inputs: { events: events.out.events }, cpus: 2 }),
    );
    const all = p.add(ensemble, { inputs: { models: models.map((m) => m.out.model) } });
    p.observe(plot, { inputs: { mean: all.out.mean } });
    return { mean: all.out.mean };
  },
});

describe('a pipeline', () => {
  test('becomes a graph in topological order, with its instances named by their keys', () => {
    const graph = build(folds);
    expect(graph.nodes.map((node) => node.id)).toEqual([
      'read',
      'train@fold=0',
      'train@fold=1',
      'train@fold=2',
      'ensemble',
      'plot',
    ]);
    expect(graph.nodes[4]!.inputs.map(({ slot, index, from }) => [slot, index, 'node' in from && from.node])).toEqual([
      ['models', 0, 1],
      ['models', 1, 2],
      ['models', 2, 3],
    ]);
    expect(graph.nodes[0]!.params).toEqual({ rows: 10 });
    expect(graph.results).toEqual([{ name: 'mean', node: 4, output: 'mean' }]);
    expect(graph.nodes[1]!.policy).toEqual({ cpus: 2 });
  });

  test('takes parameters as path=value: JSON where the schema wants it, text where it wants text', () => {
    expect(build(folds, 'folds=1', 'train.rate=1e-9').nodes[1]!.params).toEqual({ fold: 0, rate: 1e-9 });
    expect(build(folds, 'data=5').params).toEqual({ folds: 3, data: '5', train: { rate: 0.1 } });
  });

  test("may be refused by the author's own rule, also where a value is a default", () => {
    const schema = z
      .strictObject({
        train: z.strictObject({ rate: z.number().default(1) }).prefault({}),
        most: z.number().default(0),
      })
      .superRefine(({ train, most }, ctx) => {
        const path = ['train', 'rate'];
        if (most < 0) ctx.addIssue({ code: 'too_big', maximum: 0, origin: 'number', input: train.rate, path });
        else if (train.rate > most) ctx.addIssue({ code: 'custom', message: 'it is more than the most', path });
      });
    const parse = (most: string) => () =>
      parseLayers('Pipeline p', schema, overrideLayers([{ path: 'most', text: most }]));
    expect(parse('0')).toThrow('Parameter train.rate of pipeline p is wrong: it is more than the most.');
    expect(parse('-1')).toThrow('Parameter train.rate of pipeline p must be less than 0.');
  });

  test.each([
    [['fold=3'], 'Pipeline folds has no parameter fold (did you mean "folds"?); it has folds, data, train.rate.'],
    [
      ['train.rte=3'],
      'Pipeline folds has no parameter train.rte (did you mean "train.rate"?); it has folds, data, train.rate.',
    ],
    [['folds=many'], 'Parameter folds of pipeline folds cannot be "many"; it takes a number.'],
    [['folds=0'], 'Parameter folds of pipeline folds must be greater than 0, and is 0.'],
    [
      ['train=5'],
      'Parameter train of pipeline folds cannot be 5; it takes an object: set its members by path, with a dot.',
    ],
  ])('refuses the parameters %j with one sentence', (overrides, message) => {
    expect(() => build(folds, ...overrides)).toThrow(ParamError);
    expect(() => build(folds, ...overrides)).toThrow(message);
  });

  test('does not change the object that overrides are applied to', () => {
    const base = { train: { rate: 1, keep: [1] } };
    const schema = z.strictObject({ train: z.strictObject({ rate: z.number(), keep: z.array(z.number()) }) });
    const layers = [{ setting: settingOf(base) }, ...overrideLayers([parseOverride('train.rate=2')])];
    expect(parseLayers('It', schema, layers)).toEqual({ train: { rate: 2, keep: [1] } });
    expect(base).toEqual({ train: { rate: 1, keep: [1] } });
  });

  test('can use another one, whose nodes are named below it', () => {
    const inner = pipeline({
      name: 'inner',
      params: z.strictObject({ rate: z.number() }),
      inputs: { events: table() },
      build: (p, { rate }, { events }) => ({
        model: p.add(train, { params: { fold: 0, rate }, inputs: { events } }).out.model,
      }),
    });
    const outer = pipeline({
      name: 'outer',
      params: z.strictObject({}),
      build(p) {
        const events = p.add(read, {}).out.events;
        const a = p.use(inner, { as: 'a', params: { rate: 1 }, inputs: { events } });
        const b = p.use(inner, { as: 'b', params: { rate: 2 }, inputs: { events } });
        return { mean: p.add(ensemble, { inputs: { models: [a.model, b.model] } }).out.mean };
      },
    });
    expect(build(outer).nodes.map((node) => node.id)).toEqual(['read', 'a/train', 'b/train', 'ensemble']);
    expect(() => build(inner)).toThrow('Pipeline inner takes inputs, so it can only be used inside another one');
  });

  test('resolves external files from the working directory', () => {
    const p = pipeline({
      name: 'external',
      params: z.strictObject({}),
      build: (b) => ({ events: b.add(fromFile, { inputs: { data: externalFile('d/x.csv') } }).out.events }),
    });
    expect(build(p).nodes[0]!.inputs[0]!.from).toEqual({ file: '/w/d/x.csv' });
  });
});
