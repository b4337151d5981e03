/**
 * Seeded random numbers: every draw in a stage comes from a named stream.
 *
 * stream = SHA-256("restage/stream/v1", seed of the node, stream name), where the node's seed is derived from the run's
 * seed, the stage's name and the node's id (or its `seedKey`), and from nothing else: not from code, params, inputs,
 * clock or the order of execution. So a changed learning rate keeps folds, initial weights and batches, which is what
 * lets an ablation be paired.
 *
 * The generator is xoshiro128** 1.1 (Blackman and Vigna, arXiv:1805.01407): integer arithmetic only, the same
 * everywhere; and the one logarithm of a normal draw is our own.
 */
import { createHash } from 'node:crypto';
import type { Digest } from './digest.ts';
import { log } from '../numeric/elementary.ts';

/** One stream of random draws. */
export interface Random {
  /** 32 random bits, as an unsigned integer. */
  readonly uint32: () => number;
  /** Uniform in [0, 1), a multiple of 2^-53. */
  readonly uniform: () => number;
  /** Uniform integer in [0, n), without bias; 1 <= n <= 2^32. */
  readonly integer: (n: number) => number;
  /** Standard normal draw, by Marsaglia's polar method. */
  readonly normal: () => number;
  /** Shuffles `items` in place (Fisher and Yates) and returns it. */
  readonly shuffle: <T extends { readonly length: number; [index: number]: unknown }>(items: T) => T;
}

/** Makes the stream of this name; the same name gives the same draws again. */
export type RandomStreams = (stream: string) => Random;

/** The seed of a node; `seed` in its cache key is the digest of it. */
export function nodeSeed(runSeed: number, stage: string, instance: string): Digest {
  return createHash('sha256')
    .update(JSON.stringify(['restage/seed/v1', runSeed, stage, instance]))
    .digest('hex') as Digest;
}

/** Whose streams: by the run's seed, the stage's name, and the node's name or its `seedKey`. */
export interface StreamOwner {
  /** The run's seed; default 0. */
  readonly seed?: number;
  readonly stage: string;
  readonly key: SeedKey;
}

/** What names the streams of a node instead of its own name: a text, or values by name. */
export type SeedKey = string | Readonly<Record<string, string | number>>;

/**
 * The streams that a stage has as `rng`, for scripts and tests: the same draws as inside a node of that name or seed
 * key.
 *
 *     const rng = randomStreams({ stage: 'pi/throw', key: 'throw@board=2' });
 *     rng('darts').uniform();
 */
export function randomStreams({ seed = 0, stage, key }: StreamOwner): RandomStreams {
  return streamsOf(nodeSeed(seed, stage, seedKeyText(key)));
}

/** `fold=3,repeat=0`: names in the order of their characters, so that the order of writing has no meaning. */
export function seedKeyText(key: SeedKey): string {
  if (typeof key === 'string') return key;
  return Object.entries(key)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

/** The streams of a node, by its seed. */
export function streamsOf(seed: Digest): RandomStreams {
  return (stream) =>
    xoshiro128(
      createHash('sha256')
        .update(JSON.stringify(['restage/stream/v1', seed, stream]))
        .digest(),
    );
}

function xoshiro128(seed: Buffer): Random {
  let a = seed.readInt32LE(0);
  let b = seed.readInt32LE(4);
  let c = seed.readInt32LE(8);
  let d = seed.readInt32LE(12);
  let spare: number | undefined;
  const uint32 = (): number => {
    const scaled = Math.imul(b, 5);
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9);
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result >>> 0;
  };
  const uniform = (): number => ((uint32() >>> 5) * 0x4000000 + (uint32() >>> 6)) / 0x20000000000000;
  const integer = (n: number): number => {
    if (!Number.isInteger(n) || n < 1 || n > 0x1_0000_0000)
      throw new RangeError(`integer(n) needs 1 <= n <= 2^32, not ${n}`);
    const limit = 0x1_0000_0000 - (0x1_0000_0000 % n);
    for (;;) {
      const draw = uint32();
      if (draw < limit) return draw % n;
    }
  };
  return {
    uint32,
    uniform,
    integer,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      for (;;) {
        const x = 2 * uniform() - 1;
        const y = 2 * uniform() - 1;
        const r2 = x * x + y * y;
        if (r2 > 0 && r2 < 1) {
          const scale = Math.sqrt((-2 * log(r2)) / r2);
          spare = y * scale;
          return x * scale;
        }
      }
    },
    shuffle(items) {
      for (let i = items.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        const item = items[i];
        items[i] = items[j];
        items[j] = item;
      }
      return items;
    },
  };
}
