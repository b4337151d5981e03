/** What the kind of an artifact alone allows: previews and comparisons. */
import { describe, expect, test } from 'vitest';
import { json } from '../../../src/core/artifact/codecs/json.ts';
import { table } from '../../../src/core/artifact/codecs/table.ts';
import { weights } from '../../../src/core/artifact/codecs/weights.ts';
import { compareArtifacts, decodeArtifact, previewArtifact } from '../../../src/core/artifact/registry.ts';
import { type Table, type Tensors, tableOf, tensor } from '../../../src/core/artifact/tensors.ts';
import { DecodeError } from '../../../src/errors.ts';

const jsonBytes = (value: unknown): Uint8Array => Buffer.concat(json<unknown>().encode(value, 't'));
const tableBytes = (value: Table): Uint8Array => Buffer.concat(table().encode(value, 't'));
const weightBytes = (value: Tensors): Uint8Array => Buffer.concat(weights().encode(value, 't'));

function preview(kind: string, content: Uint8Array) {
  return previewArtifact(kind, content.length, () => content, 't');
}

describe('decoding an artifact by its kind', () => {
  test('gives the value that was encoded', () => {
    expect(decodeArtifact('json', jsonBytes({ a: [1] }), 't')).toEqual({ a: [1] });
    expect(decodeArtifact('text', Buffer.from('é'), 't')).toBe('é');
    const value = tableOf({ x: Float32Array.of(1, 2) });
    expect(decodeArtifact('table', tableBytes(value), 't')).toEqual(value);
  });

  test('gives the bytes for a kind that is not registered', () => {
    const content = Uint8Array.of(1, 2);
    expect(decodeArtifact('unheard-of', content, 't')).toBe(content);
  });

  test('names the artifact when its bytes are damaged', () => {
    expect(() => decodeArtifact('json', Buffer.from('{'), 'artifact 12ab')).toThrow(DecodeError);
    expect(() => decodeArtifact('json', Buffer.from('{'), 'artifact 12ab')).toThrow('artifact 12ab');
  });
});

describe('a preview', () => {
  test('of JSON is the value, unless it is large', () => {
    expect(preview('json', jsonBytes({ a: 1 }))).toEqual({ type: 'value', value: { a: 1 } });
    expect(preview('json', jsonBytes('x'.repeat(5000)))).toEqual({ type: 'opaque' });
  });

  test('of a text is its first twelve lines', () => {
    expect(preview('text', Buffer.from('a\nb'))).toEqual({ type: 'text', head: ['a', 'b'], more: false });
    expect(preview('text', Buffer.from('a\n'.repeat(40)))).toEqual({
      type: 'text',
      head: Array.from({ length: 12 }, () => 'a'),
      more: true,
    });
  });

  test('of a table and of weights lists the arrays with their types and shapes', () => {
    expect(preview('table', tableBytes(tableOf({ x: Int8Array.of(1, 2) })))).toEqual({
      type: 'arrays',
      arrays: [{ name: 'x', dtype: 'int8', shape: [2] }],
    });
    expect(preview('weights', weightBytes({ w: tensor([2, 1], Float32Array.of(1, 2)) }))).toEqual({
      type: 'arrays',
      arrays: [{ name: 'w', dtype: 'float32', shape: [2, 1] }],
    });
  });

  test('of bytes, or of an unknown kind, reads nothing', () => {
    const read = (): never => {
      throw new Error('read');
    };
    expect(previewArtifact('bytes', 1, read, 't')).toEqual({ type: 'opaque' });
    expect(previewArtifact('unheard-of', 1, read, 't')).toEqual({ type: 'opaque' });
  });
});

describe('comparing two artifacts', () => {
  test('finds nothing between equal values', () => {
    for (const [kind, content] of [
      ['json', jsonBytes([1, { a: null }])],
      ['text', Buffer.from('a')],
      ['table', tableBytes(tableOf({ x: Float32Array.of(Number.NaN) }))],
      ['unheard-of', Uint8Array.of(1)],
    ] as const)
      expect(compareArtifacts(kind, content, Uint8Array.from(content), 't')).toEqual([]);
  });

  test('of JSON names each member that differs', () => {
    const first = jsonBytes({ a: 1, b: { c: [1, 2] }, gone: true });
    const second = jsonBytes({ a: 1, b: { c: [1, 3, 4] }, come: 'x' });
    expect(compareArtifacts('json', first, second, 't')).toMatchObject([
      { where: 'b.c.1', what: '2 -> 3', numbers: { absolute: { most: 1 } } },
      { where: 'b.c.2', what: 'only in the second: 4' },
      { where: 'gone', what: 'only in the first: true' },
      { where: 'come', what: 'only in the second: "x"' },
    ]);
    expect(compareArtifacts('json', jsonBytes([]), jsonBytes({}), 't')).toEqual([{ where: '', what: '[] -> {}' }]);
  });

  test('of tables counts the values that differ in each column and gives the largest difference', () => {
    const first = tableOf({ same: Int8Array.of(1, 2, 3), x: Float64Array.of(1, 2, Number.NaN) });
    const second = tableOf({ same: Int8Array.of(1, 2, 3), x: Float64Array.of(1.5, 2.25, Number.NaN) });
    expect(compareArtifacts('table', tableBytes(first), tableBytes(second), 't')).toMatchObject([
      {
        where: 'column x',
        what: '2 of 3 values differ, by at most 0.5 (mean 0.375, relative 0.333)',
        numbers: { count: 2 },
      },
    ]);
  });

  test('of tables gives no largest difference where one of the values is not finite', () => {
    const [first, second] = [tableOf({ x: Float64Array.of(1) }), tableOf({ x: Float64Array.of(Number.NaN) })];
    expect(compareArtifacts('table', tableBytes(first), tableBytes(second), 't')).toMatchObject([
      { where: 'column x', what: '1 of 1 values differ, 1 of them NaN or infinite on a side' },
    ]);
  });

  test('of tables with different rows gives both numbers of rows, and the columns that only one of them has', () => {
    const first = tableOf({ x: Int8Array.of(1), y: Int8Array.of(1), z: Int8Array.of(1) });
    const second = tableOf({ x: Int8Array.of(1, 2), y: Float32Array.of(1, 2), more: Int8Array.of(1, 2) });
    expect(compareArtifacts('table', tableBytes(first), tableBytes(second), 't')).toEqual([
      { where: '', what: '1 -> 2 rows' },
      { where: 'column more', what: 'only in the second' },
      { where: 'column y', what: 'int8 -> float32' },
      { where: 'column z', what: 'only in the first' },
    ]);
  });

  test('of weights distinguishes shapes from values', () => {
    const first = weightBytes({ a: tensor([2, 1], Int8Array.of(1, 2)), b: tensor([1], Float32Array.of(0)) });
    const second = weightBytes({ a: tensor([1, 2], Int8Array.of(1, 2)), b: tensor([1], Float32Array.of(-0.125)) });
    expect(compareArtifacts('weights', first, second, 't')).toMatchObject([
      { where: 'tensor a', what: 'shape [2, 1] -> [1, 2]' },
      { where: 'tensor b', what: '1 of 1 values differ, by at most 0.125 (mean 0.125, relative 1)' },
    ]);
  });

  test('of texts and bytes gives lengths and the first difference', () => {
    expect(compareArtifacts('text', Buffer.from('a\nb'), Buffer.from('a\nc\nd'), 't')).toEqual([
      { where: '', what: '2 -> 3 lines' },
      { where: 'line 2', what: '"b" -> "c"' },
    ]);
    expect(compareArtifacts('bytes', Uint8Array.of(1, 2), Uint8Array.of(1, 3), 't')).toEqual([
      { where: 'byte 1', what: '2 -> 3' },
    ]);
    expect(compareArtifacts('unheard-of', Uint8Array.of(1), Uint8Array.of(1, 3), 't')).toEqual([
      { where: '', what: '1 -> 2 bytes' },
    ]);
  });
});
