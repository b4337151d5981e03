/** The codec of weights: named tensors, in the file format of typed arrays. */
import type { Codec } from '../codec.ts';
import { compareElements, compareTypes, outlineOf } from '../compare-arrays.ts';
import { decodeTensors, encodeTensors, type Tensors } from '../tensors.ts';

/** Named tensors: the parameters of a network, or other arrays with a shape. */
export function weights(): Codec<'weights', Tensors> {
  return {
    kind: 'weights',
    encode: encodeTensors,
    decode: decodeTensors,
    preview: (value) => ({ type: 'arrays', arrays: outlineOf(value) }),
    compare: (first, second) => [...compareTypes(first, second, 'tensor'), ...compareElements(first, second, 'tensor')],
  };
}
