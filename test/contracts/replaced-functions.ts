/**
 * What any executor makes of stages that replace functions of the built-in objects: whichever it is, what the stage
 * returned is stored as it is, or its attempt fails; and the next attempt finds the function in its place.
 */
import { afterAll, describe, expect, test } from 'vitest';
import type { Executor } from '../../src/executors/contract.ts';
import { PROPERTY_SEED } from '../helpers/property-seed.ts';
import { randomOrder } from '../torture/random.ts';
import { ExecutorBench, type ExecutorParts } from './executor-bench.ts';

/** What a replaced function does: nothing, nothing sensible, or harm. */
const POISONS = ['() => undefined', '() => []', '() => ({})', '() => true', '() => { throw new RangeError(); }'];

const GLOBALS =
  'Array ArrayBuffer AggregateError Atomics BigInt BigInt64Array Boolean Buffer DataView Date Error Float64Array Function Int32Array JSON Map Math Number Object Promise Proxy Reflect RegExp Set String Symbol TextDecoder TextEncoder TypeError Uint8Array URL WeakMap WeakRef WeakSet process performance'.split(
    ' ',
  );

interface Place {
  /** An expression for the object. */
  readonly owner: string;
  /** An expression for the key. */
  readonly key: string;
}

/** All functions of the global objects and of their prototypes. */
function places(): readonly Place[] {
  return GLOBALS.flatMap((name) => {
    const value = Reflect.get(globalThis, name) as object & { readonly prototype?: object };
    return [
      ...functionsOf(name, value),
      ...(value.prototype === undefined ? [] : functionsOf(`${name}.prototype`, value.prototype)),
    ];
  });
}

function functionsOf(owner: string, object: object): readonly Place[] {
  return Reflect.ownKeys(object).flatMap((key) => {
    const descriptor = Object.getOwnPropertyDescriptor(object, key)!;
    if (typeof descriptor.value !== 'function') return [];
    if (descriptor.writable !== true && descriptor.configurable !== true) return [];
    if (key === 'constructor' || key === 'prototype' || (typeof key === 'string' && key.startsWith('_'))) return [];
    const name = typeof key === 'symbol' ? key.description! : JSON.stringify(key);
    return typeof key === 'symbol' && !name.startsWith('Symbol.') ? [] : [{ owner, key: name }];
  });
}

/** `most`: how many functions, in an order of the seed; each takes another worker process. */
export function testReplacedFunctions(
  name: string,
  most: number,
  create: (parts: ExecutorParts) => Executor,
  resolve?: (source: string) => string,
): void {
  const all = places();
  const chosen = randomOrder(all, PROPERTY_SEED).slice(0, most);

  describe(`the ${name} executor, when a stage replaces one of ${chosen.length} built-in functions of ${all.length}`, () => {
    const bench = new ExecutorBench(resolve);
    const executor = create({ cacheDirectory: bench.cacheDirectory, onEvent: bench.onEvent, gracefulMs: 1000 });
    afterAll(async () => {
      await executor.close();
      bench.remove();
    });

    test('stores what the stage returned, or fails its attempt, and gives the next one what was there', async () => {
      const wrong: string[] = [];
      for (const [i, { owner, key }] of chosen.entries()) {
        const poison = POISONS[i % POISONS.length]!;
        const what = `${owner}[${key}] = ${poison}`;
        const value = '{ list: [3, 1, 2], text: "abc", at: 0.5, none: null }';
        const replacing = bench.stageTask(`{ run() { const out = ${value}; ${what}; return { out }; } }`);
        const next = bench.stageTask(
          `{ run: () => ({ out: String(${owner}[${key}]) === ${JSON.stringify(poison)} }) }`,
        );
        executor.submit(replacing);
        const first = await bench.ended(replacing);
        executor.submit(next);
        const second = await bench.ended(next);
        if (first.type === 'succeeded') {
          const [out] = first.outputs;
          const stored = out === undefined ? 'nothing' : JSON.stringify(bench.value(out));
          if (stored !== '{"at":0.5,"list":[3,1,2],"none":null,"text":"abc"}') wrong.push(`${what}: stored ${stored}`);
        } else if (/internal error/.test(first.failure.message)) wrong.push(`${what}: ${first.failure.message}`);
        if (second.type === 'failed') wrong.push(`after ${what}: ${second.failure.message}`);
        else if (bench.value(second.outputs[0]!) !== false) wrong.push(`after ${what}: the next stage finds it`);
        bench.forget();
      }
      expect(wrong).toEqual([]);
    });
  });
}
