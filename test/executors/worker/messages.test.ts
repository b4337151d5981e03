import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { frameOf, FrameReader, textFrameOf } from '../../../src/executors/frames.ts';
import { parseMessage } from '../../../src/executors/worker/parent/parse-message.ts';
import type { FromWorker } from '../../../src/executors/worker/protocol.ts';

const inline = new Uint8Array([49, 50]);
const usage = { startedAt: 1, endedAt: 2, cpuSeconds: 0.5, peakBytes: null };
const output = { name: 'out', kind: 'json', digest: sha256(inline), bytes: 2, inline };
const large = { name: 'big', kind: 'table', digest: sha256('big'), bytes: 1e9, inline: null };
const backend = { name: 'portable', version: '1', device: 'cpu' };
const failure = { class: 'error' as const, message: 'no', stack: null, exitCode: 3, signal: 'SIGTERM' };

const access = {
  kind: 'env',
  detail: 'HOME',
  call: 'process.env.HOME',
  place: 'src/a.ts:1:1',
  declared: false,
  count: 2,
} as const;

const MESSAGES: readonly FromWorker[] = [
  { type: 'ready' },
  { type: 'retire' },
  { type: 'heartbeat', cpuSeconds: 1.5, peakBytes: 4096 },
  { type: 'event', event: { type: 'log', task: 't', at: 5, stream: 'stderr', text: 'line' } },
  { type: 'event', event: { type: 'metric', task: 't', at: 5, name: 'loss', value: 0.5, step: null } },
  { type: 'event', event: { type: 'progress', task: 't', at: 5, done: 1, total: 2, note: 'half' } },
  { type: 'event', event: { type: 'undeclared', task: 't', at: 5, access, sentence: 'Stage a reads ...' } },
  {
    type: 'ended',
    task: 't',
    outcome: { type: 'failed', failure, ofCache: true, ofParty: false },
    usage,
    reusable: false,
  },
  {
    type: 'ended',
    task: 't',
    outcome: { type: 'succeeded', outputs: [output, large], backend, accesses: [access] },
    usage,
    reusable: true,
  },
];

describe('a message of a worker', () => {
  test('arrives as it was sent, in whatever pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...MESSAGES)), fc.array(fc.integer({ min: 1, max: 300 })), (sent, cuts) => {
        const reader = new FrameReader(1 << 20);
        const bytes = Buffer.concat(
          sent.map((message) => (message.type === 'event' ? textFrameOf(message) : frameOf(message))),
        );
        const read: FromWorker[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const length = cuts[i % Math.max(1, cuts.length)] ?? 1;
          for (const value of reader.add(bytes.subarray(at, at + length))) read.push(parseMessage(value));
          at += length;
        }
        expect(read).toEqual(sent);
      }),
    );
  });

  test('is refused if any part of it is something else, whatever that is', () => {
    for (const message of MESSAGES)
      for (const path of paths(message)) {
        for (const wrong of [undefined, {}, Number.NaN, -1, 'other', [], Symbol('odd'), 0.5]) {
          const changed = withPart(message, path, wrong);
          let parsed: unknown;
          try {
            parsed = parseMessage(changed);
          } catch (error) {
            expect((error as Error).message).toMatch(/ is | twice|digest/);
            continue;
          }
          // What is accepted has the same kind of value in every place.
          expect(kinds(parsed), `${path.join('.')} = ${inspect(wrong)}`).toEqual(kinds(message));
        }
      }
  });

  test('is refused if it is not a message at all', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(() => parseMessage(value)).toThrow(/ is /);
      }),
    );
    for (const type of ['takeover', 'toString', 'constructor', '__proto__', 'hasOwnProperty', 'ended'])
      expect(() => parseMessage({ type })).toThrow(/ is /);
  });

  test('is refused if an output has other bytes than its digest or its length says, or is there twice', () => {
    const ended = (outputs: readonly object[]): unknown => ({
      type: 'ended',
      task: 't',
      outcome: { type: 'succeeded', outputs, backend: null },
      usage,
      reusable: true,
    });
    expect(() => parseMessage(ended([{ ...output, digest: sha256('else') }]))).toThrow('are not those of its digest');
    expect(() => parseMessage(ended([{ ...output, bytes: 3 }]))).toThrow('the length of inline is 2');
    expect(() => parseMessage(ended([output, output]))).toThrow('an output is there twice');
  });

  test('is refused if its bytes are not a frame', () => {
    const read = (bytes: Buffer): unknown => [...new FrameReader(1 << 20).add(bytes)];
    expect(() => read(Buffer.from('ready\n'))).toThrow('it announces 1684104562 bytes');
    expect(() => read(Buffer.from([1, 0, 0, 0, 0, 99]))).toThrow();
    expect(() => read(Buffer.from([2, 0, 0, 0, 0, 1, 2]))).toThrow();
    expect(() => read(Buffer.from([2, 0, 0, 0, 1, 123, 123]))).toThrow();
    expect(() => read(Buffer.from([2, 0, 0, 0, 7, 123, 125]))).toThrow('its kind is 7');
    expect(read(Buffer.alloc(0))).toEqual([]);
  });
});

type Path = readonly (string | number)[];

function paths(value: unknown, at: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return at.length === 0 ? [] : [at];
  return [
    ...(at.length === 0 ? [] : [at]),
    ...Object.entries(value).flatMap(([key, part]) => paths(part, [...at, key])),
  ];
}

function withPart(value: unknown, [key, ...rest]: Path, part: unknown): unknown {
  if (key === undefined) return part;
  const copy = Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) };
  (copy as Record<string | number, unknown>)[key] = withPart(
    (value as Record<string | number, unknown>)[key],
    rest,
    part,
  );
  return copy;
}

/**
 * The value with each leaf replaced by its type; texts that are one of a few, lists and what may be null are left out.
 */
function kinds(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return typeof value;
  if (Array.isArray(value)) return 'list';
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, MAY_BE_NULL.has(key) ? 'any' : kinds(part)]),
  );
}

const MAY_BE_NULL = new Set([
  'peakBytes',
  'cpuSeconds',
  'step',
  'note',
  'backend',
  'stack',
  'exitCode',
  'signal',
  'inline',
]);
