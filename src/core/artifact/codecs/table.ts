/** The codec of tables: typed-array columns of one length, in the file format of typed arrays. */
import { DataError, DecodeError } from '../../../errors.ts';
import type { Codec } from '../codec.ts';
import { compareElements, compareTypes, outlineOf } from '../compare-arrays.ts';
import { describeGiven, membersOf } from '../given.ts';
import { decodeTensors, encodeArrays, type Table, type Tensor, type Tensors, tensor } from '../tensors.ts';
import type { TypedArray } from '../dtypes.ts';
import { plainArray } from '../typed-array.ts';

/** A table: typed-array columns of one length. */
export function table<Columns extends string = string>(): Codec<'table', Table<Columns>> {
  return {
    kind: 'table',
    encode: (value, where) => encodeArrays(soundColumns(value, where)),
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

/** A table as it was given, each member read once. @throws DataError */
function soundColumns(value: unknown, where: string): readonly (readonly [string, Tensor])[] {
  if (typeof value !== 'object' || value === null)
    throw new DataError(`${where} is ${describeGiven(value)}; give { rows, columns }.`);
  const { rows, columns } = value as Readonly<Record<'rows' | 'columns', unknown>>;
  if (!Number.isSafeInteger(rows) || (rows as number) < 0)
    throw new DataError(`${where} has ${describeGiven(rows)} as its rows; give a whole number from 0 on.`);
  const arrays = membersOf(columns, where, 'columns').map(
    ([name, column]) => [name, plainArray(column, `${where}: column ${name}`)] as const,
  );
  if (arrays.length === 0 && rows !== 0)
    throw new DataError(`${where} has ${String(rows)} rows and no columns; give 0 rows, or columns.`);
  return arrays.map(([name, data]) => {
    if (data.length !== rows)
      throw new DataError(
        `${where}: column ${name} has ${data.length} values in a table of ${String(rows)} rows; make them agree.`,
      );
    return [name, { shape: [data.length], data }];
  });
}
