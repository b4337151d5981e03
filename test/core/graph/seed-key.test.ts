import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import * as z3 from 'zod/v3';
import { json } from '../../../src/core/artifact/codecs/json.ts';
import { type Builder, pipeline } from '../../../src/core/authoring/pipeline.ts';
import { stage } from '../../../src/core/authoring/stage.ts';
import type { Graph } from '../../../src/core/graph/graph.ts';
import { instantiate } from '../../../src/core/graph/instantiate.ts';
import { nodeSeed, randomStreams, seedKeyText, streamsOf } from '../../../src/core/identity/random.ts';
import { DefinitionError } from '../../../src/errors.ts';
import { fieldMaker } from '../../../src/identity/node-fields.ts';
import { nodeTexts } from '../../../src/planning/definition/graph-memo.ts';
import type { Digest } from '../../../src/core/identity/digest.ts';

const train = stage({
  name: 'lab/train',
  params: z.strictObject({ rate: z.number().default(1) }),
  inputs: {},
  outputs: { loss: json<number>() },
  random: true,
  run: () => ({ loss: 0 }),
});
const plain = stage({ ...train, name: 'lab/plain', random: false });
const simple = { name: 'lab/train', inputs: {}, outputs: { loss: json<number>() }, run: () => ({ loss: 0 }) };

const graphOf = (wire: (p: Builder) => void): Graph => {
  const p = pipeline({
    name: 'pairs',
    params: z.strictObject({}),
    build(builder) {
      wire(builder);
      return {};
    },
  });
  return instantiate(p, [], { directory: '/p', workingDirectory: '/w' }).graph;
};

const seeds = (graph: Graph): readonly string[] => {
  const code = { digest: 'c' as unknown as Digest, packages: [] };
  const fields = fieldMaker(
    { seed: 7, backend: null, nodeMajor: 20, env: {}, reads: new Map() },
    new Map([['lab/train', code]]),
  );
  return graph.nodes.map((node) => String(fields.of(node).find(({ name }) => name === 'seed')!.digest));
};

describe('a seed key', () => {
  test('pairs nodes: those that share it have the same seed, and others their own', () => {
    const graph = graphOf((p) => {
      p.add(train, { as: 'slow', key: { fold: 1 }, seedKey: { fold: 1 }, params: { rate: 1 } });
      p.add(train, { as: 'fast', key: { fold: 1 }, seedKey: { fold: 1 }, params: { rate: 2 } });
      p.add(train, { as: 'fast', key: { fold: 2 }, seedKey: { fold: 2 }, params: { rate: 2 } });
      p.add(train, { as: 'alone' });
    });
    const [slow, fast, other, alone] = seeds(graph);
    expect(slow).toBe(fast);
    expect(slow).toBe(nodeSeed(7, 'lab/train', 'fold=1'));
    expect(new Set([slow, other, alone]).size).toBe(3);
    // As before there were seed keys.
    expect(alone).toBe(nodeSeed(7, 'lab/train', 'alone'));
  });

  test('is a part of what a remembered plan compares', () => {
    const [first, second, third] = nodeTexts(
      graphOf((p) => {
        p.add(train, { as: 'a' });
        p.add(train, { as: 'b', seedKey: 'x' });
        p.add(train, { as: 'c', seedKey: 'y' });
      }),
    );
    expect(new Set([first, second, third]).size).toBe(3);
  });

  test('of several values does not depend on their order', () => {
    expect(seedKeyText({ repeat: 0, fold: 1 })).toBe('fold=1,repeat=0');
    expect(seedKeyText({ fold: 1, repeat: 0 })).toBe('fold=1,repeat=0');
  });

  test('names the streams of a script as well', () => {
    const owner = { seed: 3, stage: 'lab/train', key: { fold: 1 } };
    expect(randomStreams(owner)('init').uint32()).toBe(streamsOf(nodeSeed(3, 'lab/train', 'fold=1'))('init').uint32());
    expect(randomStreams({ stage: 's', key: 'k' })('a').uint32()).toBe(streamsOf(nodeSeed(0, 's', 'k'))('a').uint32());
  });

  test.each([
    [
      plain,
      'x',
      'Node plain has a seedKey, but its stage lab/plain draws no random numbers; declare the stage with random: true, or omit seedKey.',
    ],
    [train, '', 'The seedKey of node train must be a text'],
    [train, {}, 'The seedKey of node train must be a text'],
    [train, { fold: 'a,b' }, 'The seedKey of node train must be a text'],
    [train, 5, 'The seedKey of node train must be a text'],
  ])('is refused where it means nothing: %#', (of, seedKey, message) => {
    expect(() => graphOf((p) => void p.add(of, { seedKey: seedKey as string }))).toThrow(DefinitionError);
    expect(() => graphOf((p) => void p.add(of, { seedKey: seedKey as string }))).toThrow(message);
  });
});

describe('a schema of zod 3 is refused in one sentence', () => {
  const old = z3.z.object({ scale: z3.z.number() }) as unknown as z.ZodType;
  const advice = "restage reads schemas of zod 4, so install zod 4 and write: import { z } from 'zod'.";
  test.each<[string, () => unknown, string]>([
    [
      'in a stage',
      () => stage({ ...simple, params: old }),
      `The params of stage lab/train are a schema of zod 3; ${advice}`,
    ],
    [
      'within a schema of zod 4',
      () => stage({ ...simple, params: z.object({ a: z.object({ b: z.array(old) }).optional() }) }),
      `The params of stage lab/train, at a.b, have a schema of zod 3; ${advice}`,
    ],
    [
      'in a pipeline',
      () => pipeline({ name: 'p', params: old, build: () => ({}) }),
      `The params of pipeline p are a schema of zod 3; ${advice}`,
    ],
  ])('%s', (_, declare, message) => {
    expect(declare).toThrow(new DefinitionError(message));
  });
});
