import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { file } from '../../../src/core/artifact/codecs/file.ts';
import { json } from '../../../src/core/artifact/codecs/json.ts';
import { table } from '../../../src/core/artifact/codecs/table.ts';
import { weights } from '../../../src/core/artifact/codecs/weights.ts';
import type { Graph } from '../../../src/core/graph/graph.ts';
import { instantiate } from '../../../src/core/graph/instantiate.ts';
import { overrideLayers, parseOverride } from '../../../src/core/params/override.ts';
import { parseLayers } from '../../../src/core/params/parse-params.ts';
import { settingOf } from '../../../src/core/params/setting.ts';
import { externalFile } from '../../../src/core/authoring/file-ref.ts';
import { type AnyPipeline, pipeline } from '../../../src/core/authoring/pipeline.ts';
import { many, observation, stage } from '../../../src/core/authoring/stage.ts';
import { CycleError, DefinitionError, ParamError } from '../../../src/errors.ts';

const read = stage({
  name: 'test/read',
  params: z.strictObject({ rows: z.int().positive().default(10) }),
  inputs: {},
  outputs: { events: table() },
  run: () => ({ events: { rows: 0, columns: {} } }),
});
const train = stage({
  name: 'test/train',
  params: z.strictObject({ fold: z.int().nonnegative(), rate: z.number().default(0.1) }),
  inputs: { events: table() },
  outputs: { model: weights(), loss: json<number>() },
  random: true,
  run: () => ({ model: {}, loss: 0 }),
});
const ensemble = stage({
  name: 'test/ensemble',
  params: z.strictObject({}),
  inputs: { models: many(weights()) },
  outputs: { mean: weights() },
  run: () => ({ mean: {} }),
});
const plot = observation({
  name: 'test/plot',
  params: z.strictObject({}),
  inputs: { mean: weights() },
  outputs: { picture: json<string>() },
  run: () => ({ picture: '' }),
});
const fromFile = stage({
  name: 'test/from-file',
  params: z.strictObject({}),
  inputs: { data: file() },
  outputs: { events: table() },
  run: () => ({ events: { rows: 0, columns: {} } }),
});

const build = (p: AnyPipeline, ...overrides: string[]): Graph =>
  instantiate(p, overrideLayers(overrides.map(parseOverride)), { directory: '/p', workingDirectory: '/w' }).graph;

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
    expect(parse('-1')).toThrow(/^Parameter train\.rate of pipeline p is wrong: too big, .*\.$/);
  });

  test.each([
    [['fold=3'], 'Pipeline folds has no parameter fold (did you mean "folds"?); it has folds, data, train.rate.'],
    [
      ['train.rte=3'],
      'Pipeline folds has no parameter train.rte (did you mean "train.rate"?); it has folds, data, train.rate.',
    ],
    [['folds=many'], 'Parameter folds of pipeline folds cannot be "many"; it takes a number.'],
    [['folds=0'], 'Parameter folds of pipeline folds cannot be 0: too small, expected number to be >0.'],
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

describe('a definition that is wrong is refused before anything runs:', () => {
  const wrong = (wire: Parameters<typeof pipeline>[0]['build']): (() => Graph) => {
    const p = pipeline({ name: 'wrong', params: z.strictObject({}), build: wire });
    return () => build(p);
  };

  test('a cycle, whose path is named', () => {
    const graph = wrong((p) => {
      const back = p.reference(weights(), 'b', 'mean');
      const a = p.add(ensemble, { as: 'a', inputs: { models: [back] } });
      const c = p.add(ensemble, { as: 'c', inputs: { models: [a.out.mean] } });
      p.add(ensemble, { as: 'b', inputs: { models: [c.out.mean] } });
      return {};
    });
    expect(graph).toThrow(CycleError);
    expect(graph).toThrow(/Pipeline wrong has a cycle: (a -> c -> b -> a|b -> a -> c -> b|c -> b -> a -> c);/);
  });

  test('a node that depends on itself', () => {
    const graph = wrong((p) => {
      p.add(ensemble, { inputs: { models: [p.reference(weights(), 'ensemble', 'mean')] } });
      return {};
    });
    expect(graph).toThrow('Pipeline wrong has a cycle: ensemble -> ensemble;');
  });

  test('two nodes of one name', () => {
    const graph = wrong((p) => {
      p.add(read, {});
      p.add(read, {});
      return {};
    });
    expect(graph).toThrow(
      'Pipeline wrong has two nodes named read; give one of them another name with "as", or a "key".',
    );
  });

  test('an input from a missing node', () => {
    const graph = wrong((p) => {
      p.add(read, {});
      p.add(train, { params: { fold: 0 }, inputs: { events: p.reference(table(), 'raed', 'events') } });
      return {};
    });
    expect(graph).toThrow(
      'Input events of node train is wired to node raed, which is not in the pipeline (did you mean "read"?).',
    );
  });

  test('an output that the stage does not have', () => {
    const graph = wrong((p) => {
      p.add(read, {});
      p.add(train, { params: { fold: 0 }, inputs: { events: p.reference(table(), 'read', 'event') } });
      return {};
    });
    expect(graph).toThrow(
      'wired to output event of node read, which its stage test/read does not have (did you mean "events"?).',
    );
  });

  test('an input of another kind, for authors who write JavaScript', () => {
    const graph = wrong((p) => {
      const events = p.add(read, {}).out.events;
      p.add(ensemble, { inputs: { models: [events as never] } });
      return {};
    });
    expect(graph).toThrow('Input models.0 of node ensemble takes weights, but is wired to table.');
  });

  test('an unwired input, an unknown one, a list for one output and one output for a list', () => {
    expect(wrong((p) => (p.add(train, { params: { fold: 0 } } as never), {}))).toThrow(
      'Node train leaves its input events unwired; give it under inputs.events.',
    );
    expect(wrong((p) => (p.add(read, { inputs: { x: 1 } }), {}))).toThrow(
      'Node read wires an input x, which stage test/read does not declare.',
    );
    expect(
      wrong((p) => (p.add(ensemble, { inputs: { models: p.reference(weights(), 'a', 'b') as never } }), {})),
    ).toThrow('Input models of node ensemble takes a list of outputs, not one; put it in [ ].');
  });

  test('an observation as an input', () => {
    const graph = wrong((p) => {
      const mean = p.reference(weights(), 'ensemble', 'mean');
      p.observe(plot, { inputs: { mean } });
      p.add(ensemble, { inputs: { models: [p.reference(weights(), 'plot', 'picture')] } });
      return {};
    });
    expect(graph).toThrow(
      'is wired to the observation plot; nothing may depend on an observation, so make it a stage().',
    );
  });

  test('two stages of one name', () => {
    const other = stage({ ...read, name: 'test/read', run: () => ({ events: { rows: 1, columns: {} } }) });
    const graph = wrong((p) => {
      p.add(read, {});
      p.add(other, { as: 'other' });
      return {};
    });
    expect(graph).toThrow('Pipeline wrong uses two different stages named test/read; rename one of them.');
  });

  test('a parameter of a node that its stage does not take', () => {
    const graph = wrong((p) => {
      p.add(read, { params: { row: 1 } as never });
      return {};
    });
    expect(graph).toThrow('Node read has no parameter row (did you mean "rows"?); it has rows.');
  });

  test.each([
    [{ cpus: Number.NaN }, 'The policy cpus of node read is NaN; it must be a number of at least 0.'],
    [{ gpus: -1 }, 'The policy gpus of node read is -1; it must be a whole number of at least 0.'],
    [{ memoryMiB: '5' }, 'The policy memoryMiB of node read is "5"; it must be a number of at least 0.'],
    [{ pools: { gpu: Infinity } }, 'The policy pools.gpu of node read is Infinity; it must be a number of at least 0.'],
    [{ timeoutSeconds: 0 }, 'The policy timeoutSeconds of node read is 0; it must be a number above 0.'],
    [{ retries: { oom: 1.5 } }, 'The policy retries.oom of node read is 1.5; it must be a whole number of at least 0.'],
    [{ retries: 3 }, 'The policy retries of node read is 3; it must be an object.'],
    [{ priority: Infinity }, 'The policy priority of node read is Infinity; it must be a number.'],
    [{ executor: 3 }, 'The policy executor of node read is 3; it must be the name of an executor.'],
    [
      { retries: { ooom: 1 } },
      'Node read retries a failure ooom (did you mean "oom"?); the classes are error, crash, oom, timeout, cancelled.',
    ],
    [
      { timeoutSecond: 1 },
      'Node read has no option timeoutSecond (did you mean "timeoutSeconds"?); a parameter of its stage goes under params.',
    ],
  ])('the policy %j', (policy, message) => {
    const graph = wrong((p) => {
      p.add(read, policy as never);
      return {};
    });
    expect(graph).toThrow(DefinitionError);
    expect(graph).toThrow(message);
  });

  test.each([
    [undefined, 'The build of pipeline wrong returns no results; return { } if it has none.'],
    [Promise.resolve({}), 'The build of pipeline wrong is asynchronous'],
    [{ mean: null }, 'Result mean of pipeline wrong is not an output of a node'],
    [{ mean: { id: 'read' } }, 'Result mean of pipeline wrong is not an output of a node'],
  ])('results that are none: %j', (results, message) => {
    const graph = wrong((p) => {
      p.add(read, {});
      return results as never;
    });
    expect(graph).toThrow(DefinitionError);
    expect(graph).toThrow(message);
    const outer = wrong((p) =>
      p.use(pipeline({ name: 'wrong', params: z.strictObject({}), build: () => results as never }), {}),
    );
    expect(outer).toThrow(message);
  });

  test('an input that is wired to null', () => {
    const graph = wrong((p) => {
      p.add(ensemble, { inputs: { models: [null as never] } });
      return {};
    });
    expect(graph).toThrow('Input models.0 of node ensemble is wired to something');
  });

  test('a function or an instance among the parameters, whose path is named', () => {
    class Rate {
      readonly value = 1;
    }
    const loose = stage({
      name: 'test/loose',
      params: z.strictObject({ deep: z.strictObject({ any: z.unknown() }) }),
      inputs: {},
      outputs: { x: json<number>() },
      run: () => ({ x: 1 }),
    });
    const graph = (any: unknown) =>
      wrong((p) => {
        p.add(loose, { params: { deep: { any } } });
        return {};
      });
    expect(graph(new Rate())).toThrow('Node loose, params.deep.any is an instance of Rate');
    expect(graph(() => 1)).toThrow('Node loose, params.deep.any is the function');
  });

  test('no nodes at all', () => {
    expect(wrong(() => ({}))).toThrow('Pipeline wrong has no nodes; add a stage with p.add().');
  });

  test('names that are malformed', () => {
    const make = (name: string) => () =>
      stage({ name, params: z.strictObject({}), inputs: {}, outputs: { x: json<number>() }, run: () => ({ x: 1 }) });
    expect(make('Higgs Train')).toThrow(DefinitionError);
    expect(make('Higgs Train')).toThrow('The stage name "Higgs Train" is malformed');
    expect(() => stage({ name: 'a', params: z.strictObject({}), inputs: {}, outputs: {}, run: () => ({}) })).toThrow(
      'Stage a declares no outputs',
    );
  });
});
