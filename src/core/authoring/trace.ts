/** What a stage may show of its way to the result, so that two executions of it can be compared step by step. */
import { DataError } from '../../errors.ts';
import { describeGiven, membersOf } from '../artifact/given.ts';
import { soundTensor, type Tensor, type Tensors } from '../artifact/tensors.ts';
import { dtypeOfValue, plainArray } from '../artifact/typed-array.ts';
import type { TypedArray } from '../artifact/dtypes.ts';

export type Traceable = number | TypedArray | Tensor | Tensors;

/** Takes the value itself, or a function that makes it, which is called only where somebody looks. */
export interface Trace {
  (name: string, value: Traceable, step?: number): void;
  /** Wait for it: the value must not change before it was looked at. */
  (name: string, make: () => Traceable | Promise<Traceable>, step?: number): void | Promise<void>;
}

/**
 * The tensors of a traced value by name; '' is the name of a number's and of an array's.
 * @param where what it is the value of, as the subject of a sentence
 * @throws DataError for anything else
 */
export function tracedTensors(value: unknown, where: string): readonly (readonly [string, Tensor])[] {
  if (typeof value === 'number') return [['', { shape: [], data: Float64Array.of(value) }]];
  if (dtypeOfValue(value) !== undefined) {
    const data = plainArray(value, where);
    return [['', { shape: [data.length], data }]];
  }
  if (isTensor(value)) return [['', soundTensor(value, where)]];
  if (typeof value !== 'object' || value === null)
    throw new DataError(
      `${where} is ${describeGiven(value)}; give a number, a typed array, a tensor or tensors by name.`,
    );
  return membersOf(value, where, 'tensors').map(([name, member]) => [
    name,
    soundTensor(member, `${where}: tensor ${name}`),
  ]);
}

function isTensor(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    dtypeOfValue((value as { readonly data?: unknown }).data) !== undefined
  );
}
