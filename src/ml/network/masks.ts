/** Masks: which weights of a network are pruned, and so exactly 0 whatever is loaded and however it is trained. */
import type { Tensors } from '../../core/artifact/tensors.ts';
import { DataError } from '../../errors.ts';
import { parameterCount, parameterShapes, sizeOf } from './network.ts';
import type { NetworkSpec } from './spec.ts';

/**
 * By the name and in the shape of a parameter, 0 where it is pruned and 1 where it is kept, of any type of number.
 * Parameters without a mask are kept whole.
 */
export type Masks = Tensors;

/**
 * A vector of all parameters, in the order of `parameterShapes`: 0 where one is pruned, else 1.
 *
 * @throws DataError if a mask is of another shape than its parameter, not of this network, or holds another number.
 */
export function flattenMasks(spec: NetworkSpec, masks: Masks): Uint8Array {
  const flat = new Uint8Array(parameterCount(spec)).fill(1);
  const shapes = parameterShapes(spec);
  const known = new Set(shapes.map(({ name }) => name));
  const stranger = Object.keys(masks).find((name) => !known.has(name));
  if (stranger !== undefined)
    throw new DataError(`There is a mask for "${stranger}", a parameter which this network does not have.`);
  let offset = 0;
  for (const { name, shape } of shapes) {
    const size = sizeOf(shape);
    const mask = masks[name];
    if (mask !== undefined) {
      if (mask.shape.join() !== shape.join())
        throw new DataError(
          `The mask for "${name}" has shape [${mask.shape.join(', ')}]; the parameter has [${shape.join(', ')}].`,
        );
      for (let i = 0; i < size; i++) {
        const value = Number(mask.data[i]);
        if (value !== 0 && value !== 1)
          throw new DataError(`The mask for "${name}" holds ${value}; a mask is 0 (pruned) or 1 (kept).`);
        flat[offset + i] = value;
      }
    }
    offset += size;
  }
  return flat;
}
