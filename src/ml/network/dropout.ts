/** What dropout keeps: random gains for one step, drawn in the same order on every backend. */
import type { Random } from '../../core/identity/random.ts';
import type { NetworkGraph, Step } from './graph.ts';

export type Dropout = Extract<Step, { readonly kind: 'dropout' }>;

/** Rows of a block of gains. */
export const GAIN_ROWS = 32;

/** The gains of one dropout, for each block of 32 rows of a batch: [blocks][width][32], 0 for what is dropped. */
export interface Gains {
  readonly dropout: Dropout;
  readonly width: number;
  readonly gains: Float32Array;
}

/** Gains not yet drawn for every dropout of a network, in the order of its graph, for batches of so many rows. */
export function emptyGains({ nodes }: NetworkGraph, rows: number): readonly Gains[] {
  const blocks = Math.ceil(rows / GAIN_ROWS);
  return nodes.flatMap((node) =>
    (node.op === 'layer' ? node.steps : []).flatMap((dropout) =>
      dropout.kind === 'dropout'
        ? [{ dropout, width: node.width, gains: new Float32Array(blocks * node.width * GAIN_ROWS) }]
        : [],
    ),
  );
}

/**
 * Draws all of them. A number is dropped with the probability `rate`, rounded to a multiple of 2^-16, for each draw of
 * 32 bits decides about two.
 *
 * @throws RangeError if there is something to draw and nothing to draw it from.
 */
export function drawGains(all: readonly Gains[], random: Random | undefined): void {
  if (all.length === 0) return;
  const given = needed(random);
  for (const { dropout, gains } of all) fill(gains, dropout, given);
}

/** The stream that dropout needs. @throws RangeError if there is none */
export function needed(random: Random | undefined): Random {
  if (random !== undefined) return random;
  throw new RangeError(
    'This network has dropout, so a step and a gradient need a random stream as their last argument.',
  );
}

/**
 * From a generator of its own, xoshiro128** like the one of all draws (core/identity/random.ts), seeded by four of
 * them: a network drops so often that calls would take longer than arithmetic.
 */
function fill(gains: Float32Array, { rate, gain }: Dropout, { uint32 }: Random): void {
  const limit = Math.round(rate * 0x10000);
  const [kept] = new Int32Array(Float32Array.of(gain).buffer) as unknown as [number];
  const bits = new Int32Array(gains.buffer, gains.byteOffset, gains.length);
  let [a, b, c, d] = [uint32() | 1, uint32(), uint32(), uint32()];
  for (let i = 0; i < gains.length; i += 2) {
    const scaled = Math.imul(b, 5);
    const draw = Math.imul((scaled << 7) | (scaled >>> 25), 9);
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    // All bits where the half is not below the limit, and so those of the gain: a branch would often be guessed wrong.
    bits[i] = kept & ~(((draw >>> 16) - limit) >> 31);
    bits[i + 1] = kept & ~(((draw & 0xffff) - limit) >> 31);
  }
}
