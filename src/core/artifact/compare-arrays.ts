/** What differs between two sets of named arrays, in words; tables and weights share it. */
import type { ArrayOutline, Difference } from './codec.ts';
import { dtypeOf, type Tensors } from './tensors.ts';
import { numericDifference, numericWords } from './numeric-difference.ts';

export function outlineOf(tensors: Tensors): readonly ArrayOutline[] {
  return Object.entries(tensors).map(([name, { shape, data }]) => ({ name, dtype: dtypeOf(data), shape }));
}

/** Arrays that only one of the two has, and arrays of another dtype. `noun` is what people call such an array. */
export function compareTypes(first: Tensors, second: Tensors, noun: string): readonly Difference[] {
  return [...new Set([...Object.keys(first), ...Object.keys(second)])].sort().flatMap((name): readonly Difference[] => {
    const where = `${noun} ${name}`;
    if (!Object.hasOwn(first, name)) return [{ where, what: 'only in the second' }];
    if (!Object.hasOwn(second, name)) return [{ where, what: 'only in the first' }];
    const [before, after] = [dtypeOf(first[name]!.data), dtypeOf(second[name]!.data)];
    return before === after ? [] : [{ where, what: `${before} -> ${after}` }];
  });
}

/** Shapes and elements of the arrays that both have, where they differ. */
export function compareElements(first: Tensors, second: Tensors, noun: string): readonly Difference[] {
  return Object.keys(first)
    .filter((name) => Object.hasOwn(second, name))
    .sort()
    .flatMap((name): readonly Difference[] => {
      const where = `${noun} ${name}`;
      const [a, b] = [first[name]!, second[name]!];
      const [before, after] = [a.shape.join(', '), b.shape.join(', ')];
      if (before !== after) return [{ where, what: `shape [${before}] -> [${after}]` }];
      // Of another dtype: the same numbers may be stored with more or fewer bits.
      const numbers = numericDifference(a.data, b.data);
      return numbers === undefined ? [] : [{ where, what: numericWords(numbers), numbers }];
    });
}
