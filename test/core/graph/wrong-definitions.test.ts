/** Definitions that are refused before anything runs. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { json } from '../../../src/core/artifact/codecs/json.ts';
import { table } from '../../../src/core/artifact/codecs/table.ts';
import { weights } from '../../../src/core/artifact/codecs/weights.ts';
import type { Graph } from '../../../src/core/graph/graph.ts';
import { pipeline } from '../../../src/core/authoring/pipeline.ts';
import { stage } from '../../../src/core/authoring/stage.ts';
import { CycleError, DefinitionError } from '../../../src/errors.ts';
import { build, ensemble, plot, read, train } from './stages.ts';

describe('a definition that is wrong is refused before anything runs:', () => {
  const wrong = (wire: Parameters<typeof pipeline>[0]['build']): (() => Graph) => {
    const p = pipeline({ name: 'wrong', params: z.strictObject({}), build: wire });
    return () => build(p);
  };

  test('a stage whose nodes would go together without computing, or by something other than a function', () => {
    const parts = { name: 'lab/fit', params: z.strictObject({}), inputs: {}, outputs: { x: json<number>() } };
    const run = () => ({ x: 1 });
    expect(() => stage({ ...parts, run, runTogether: () => [] })).toThrow(
      'Stage lab/fit has runTogether and does not declare "compute: true"; only nodes that share a device go together, so declare it or remove runTogether.',
    );
    expect(() => stage({ ...parts, run, compute: true, runTogether: 1 as never })).toThrow(
      'Stage lab/fit has a runTogether that is not a function; give it a function from contexts to promises.',
    );
  });

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
    expect(graph).toThrow(
      'Input models.0 of node ensemble takes weights, but is wired to read.events, which is table.',
    );
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
      'Node read retries a failure ooom (did you mean "oom"?); the classes are error, crash, oom, timeout, cancelled, lost.',
    ],
    [{ slurm: { qos: 1 } }, 'The policy slurm.qos of node read is 1; it must be a text.'],
    [
      { condor: { ranks: 'a' } },
      'Node read asks HTCondor for ranks (did you mean "rank"?); give one of requirements, rank, accounting_group, extra, where extra takes any other command of a submit description, one a line.',
    ],
    [
      { slurm: { partitions: 'a' } },
      'Node read asks Slurm for partitions (did you mean "partition"?); give one of partition, account, qos, constraint, extra, where extra takes any other option of sbatch.',
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
