/** Restoring states on record: in which order, by whom, and what counts as restored. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Output } from '../../../src/core/artifact/artifact.ts';
import { type CacheKey, sha256 } from '../../../src/core/identity/digest.ts';
import { Repeater } from '../../../src/execution/repetition/repeater.ts';
import { Restorer, RestoreCancelled } from '../../../src/execution/repetition/restorer.ts';
import type { RepeatedInput, Repetition } from '../../../src/planning/repetition/repetition.ts';
import type { Cache } from '../../../src/store/cache.ts';
import { failure } from '../../../src/executors/attempt/failure.ts';
import { openEmptyCache } from '../../helpers/empty-cache.ts';
import { eventually } from '../../helpers/eventually.ts';
import { FakeExecutor } from '../fake-executor.ts';

let cache: Cache;
let executor: FakeExecutor;
let restorer: Restorer;
let told: string[];
/** States whose bytes are elsewhere, by their node; undefined for one that does not come. */
let elsewhere: Map<CacheKey, string | undefined>;
const known = new Map<CacheKey, Repetition>();

const bytesOf = (node: string): Buffer => Buffer.from(node.repeat(5000));
const keyOf = (node: string): CacheKey => sha256(`state of ${node}`) as string as CacheKey;

function outputOf(node: string): Output {
  const bytes = bytesOf(node);
  return { name: 'x', kind: 'bytes', digest: sha256(bytes), bytes: bytes.length, inline: null };
}

/** A state on record, made of those of other nodes. */
function state(node: string, takes: readonly string[] = [], more: Partial<Repetition> = {}): CacheKey {
  const inputs = takes.map((from, index): RepeatedInput => {
    const { digest, bytes } = outputOf(from);
    return { slot: 'from', index, digest, bytes, from: { state: keyOf(from), output: 'x' } };
  });
  known.set(keyOf(node), {
    state: keyOf(node),
    node,
    run: 1,
    stage: `lab/${node}`,
    code: { digest: sha256('code'), executable: '/nowhere.mjs', harmless: true, packages: [] },
    params: {},
    seed: null,
    inputs,
    outputs: [outputOf(node)],
    backend: null,
    devices: [],
    env: {},
    reads: [],
    effects: [],
    differences: [],
    ...more,
  });
  return keyOf(node);
}

const isThere = (node: string): boolean => cache.objects.has(outputOf(node).digest, bytesOf(node).length);

const executing = (): readonly string[] => [...executor.tasks.keys()];

async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await turn();
}

/** The node's task ends with these bytes. */
async function succeed(node: string, text = node): Promise<void> {
  executor.succeed(node, [{ ...outputOf(text), ...cache.objects.put([bytesOf(text)]) }]);
  await settle();
}

beforeEach(() => {
  const directory = mkdtempSync(join(tmpdir(), 'restage-restorer-'));
  cache = openEmptyCache(directory);
  onTestFinished(() => {
    cache.close();
    rmSync(directory, { recursive: true });
  });
  known.clear();
  told = [];
  elsewhere = new Map();
  const repeater = new Repeater(() => executor);
  executor = new FakeExecutor((event) => void repeater.react(event));
  const states = {
    of: (key: CacheKey) => Promise.resolve(known.get(key)!),
    lostInputs: ({ inputs }: Repetition) =>
      inputs.flatMap(({ digest, bytes, from }) =>
        'state' in from && !cache.objects.has(digest, bytes) ? [from.state] : [],
      ),
    isReadable: (key: CacheKey) => isThere(known.get(key)!.node),
  };
  const source = {
    name: 'group',
    has: (key: CacheKey) => elsewhere.has(key),
    take: (key: CacheKey) => {
      const node = elsewhere.get(key);
      if (node !== undefined) cache.objects.put([bytesOf(node)]);
      return Promise.resolve(node !== undefined);
    },
  };
  restorer = new Restorer(cache, states, repeater, { id: '7', tell: (sentence) => told.push(sentence), source });
});

describe('a state whose bytes are missing', () => {
  test('is executed again after those that it is made of, once for all who ask', async () => {
    state('a');
    state('b', ['a']);
    const key = state('c', ['a', 'b']);
    const both = Promise.all([restorer.restore(key), restorer.restore(key)]);
    await settle();
    for (const node of ['a', 'b', 'c']) {
      await eventually(() => executing().length > 0);
      expect(executing()).toEqual([node]);
      await succeed(node);
    }
    await both;
    expect(told).toHaveLength(3);
    expect(cache.leases.holder(key)).toBeUndefined();
  });

  test('comes from elsewhere if it is there, and so do those that it is made of; else it is executed', async () => {
    state('a');
    const made = state('b', ['a']);
    elsewhere.set(keyOf('a'), 'a').set(made, undefined);
    const restored = restorer.restore(made);
    await eventually(() => executing().length > 0);
    expect([executing(), isThere('a')]).toEqual([['b'], true]);
    await succeed('b');
    await restored;
    expect(told).toEqual([
      expect.stringMatching(/^State \w{8} is missing bytes in the cache; they are taken from group, or made again\.$/),
      expect.stringMatching(/^State \w{8} is missing bytes in the cache; they are taken from group, or made again\.$/),
      expect.stringMatching(/^State \w{8} of b, made by run 1, .* it is executed again from the record\.$/),
    ]);
  });

  test('is not executed again if it can be read', async () => {
    const key = state('a');
    cache.objects.put([bytesOf('a')]);
    await restorer.restore(key);
    expect(told).toEqual([]);
  });

  test('waits for another process that makes it', async () => {
    const key = state('a');
    const other = openEmptyCache(cache.directory);
    onTestFinished(() => other.close());
    other.leases.acquire([key]);
    const restored = restorer.restore(key);
    await settle();
    expect(executing()).toEqual([]);
    other.objects.put([bytesOf('a')]);
    await restored;
    expect(executing()).toEqual([]);
  });

  test('stays missing if other bytes come out', async () => {
    const key = state('a');
    const restored = restorer.restore(key);
    restored.catch(() => undefined);
    await settle();
    await succeed('a', 'b');
    await expect(restored).rejects.toThrow(
      /^State \w{8} of a, made by run 1, is missing bytes in the cache; executed again from the record, it gave other bytes for x: stage lab\/a is not deterministic; name another state\.$/,
    );
    expect(isThere('a')).toBe(false);
    expect(cache.leases.holder(key)).toBeUndefined();
  });

  test('is told with the failure of its stage', async () => {
    const restored = restorer.restore(state('a'));
    restored.catch(() => undefined);
    await settle();
    executor.fail('a', failure('oom', 'Its process ran out of memory.'));
    await expect(restored).rejects.toThrow(
      /executed again from the record, it failed: Its process ran out of memory\./,
    );
  });

  test('is given up when the run is interrupted, whether it is executing or waits', async () => {
    const [first, second] = [restorer.restore(state('a')), restorer.restore(state('b'))];
    for (const each of [first, second]) each.catch(() => undefined);
    await settle();
    restorer.cancel();
    expect(executor.cancelled).toEqual(['a', 'b']);
    for (const node of ['a', 'b']) executor.fail(node, failure('cancelled', 'cancelled'));
    for (const each of [first, second]) await expect(each).rejects.toBeInstanceOf(RestoreCancelled);
    await expect(restorer.restore(state('c'))).rejects.toBeInstanceOf(RestoreCancelled);
  });
});
