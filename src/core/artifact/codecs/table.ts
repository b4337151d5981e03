/** The codec of tables: typed-array columns of one length, in the file format of typed arrays. */
import { DecodeError } from '../../../errors.ts';
import type { Codec } from '../codec.ts';
import { compareElements, compareTypes, outlineOf } from '../compare-arrays.ts';
import { decodeTensors, encodeTensors, type Table, type Tensors, type TypedArray, tensor } from '../tensors.ts';

/** A table: typed-array columns of one length. */
export function table<Columns extends string = string>(): Codec<'table', Table<Columns>> {
  return {
    kind: 'table',
    encode: (value) => encodeTensors(columnsOf(value)),
    decode: (bytes, where) => {
      const tensors = Object.entries(decodeTensors(bytes, where));
      const rows = tensors[0]?.[1].shape[0] ?? 0;
      for (const [name, { shape }] of tensors) {
        if (shape.length !== 1 || shape[0] !== rows)
          throw new DecodeError(`${where} is not a table: its column ${name} has shape [${shape.join(', ')}].`);
      }
      const columns = Object.fromEntries(tensors.map(([name, { data }]) => [name, data]));
      return { rows, columns: columns as Record<Columns, TypedArray> };
    },
    preview: (value) => ({ type: 'arrays', arrays: outlineOf(columnsOf(value)) }),
    compare: (first, second) => {
      const [a, b] = [columnsOf(first), columnsOf(second)];
      const types = compareTypes(a, b, 'column');
      return first.rows === second.rows
        ? [...types, ...compareElements(a, b, 'column')]
        : [{ where: '', what: `${first.rows} -> ${second.rows} rows` }, ...types];
    },
  };
}

function columnsOf({ rows, columns }: Table): Tensors {
  return Object.fromEntries(Object.entries<TypedArray>(columns).map(([name, data]) => [name, tensor([rows], data)]));
}
