/** The stage that keeps some training folds from the networks, for what is learned from their predictions. */
import { DataError, stage, type Tensors, tensor, weights } from 'restage';
import { z } from 'zod';
import { foldCount } from '../training/training.ts';

/**
 * Both outputs are laid out as `higgs/fold-split` does. Event weights stay as they are: folds are stratified, so that
 * signal and background still weigh nearly the same.
 */
export const holdFolds = stage({
  name: 'higgs/hold-folds',
  description: 'the last folds apart from the others',
  params: z.strictObject({
    /** How many folds to hold. */
    folds: z.int().positive(),
  }),
  inputs: { training: weights() },
  outputs: { training: weights(), held: weights() },
  async run({ params, inputs }) {
    const training = await inputs.training.read();
    const folds = foldCount(training);
    const kept = folds - params.folds;
    if (kept < 2)
      throw new DataError(`${params.folds} of ${folds} folds cannot be held, for a network needs two; hold fewer.`);
    return { training: foldsOf(training, 0, kept), held: foldsOf(training, kept, folds) };
  },
});

/** Folds `first` to `end`. */
function foldsOf(training: Tensors, first: number, end: number): Tensors {
  const starts = training['foldStarts']!.data as Uint32Array;
  const [from, to] = [starts[first]!, starts[end]!];
  const parts = Object.entries(training).map(([name, values]) => {
    if (name === 'means' || name === 'scales') return [name, values];
    if (name === 'foldStarts') {
      const own = starts.slice(first, end + 1).map((start) => start - from);
      return [name, tensor([own.length], own)];
    }
    const [, ...shape] = values.shape;
    const width = shape.reduce((product, size) => product * size, 1);
    return [name, tensor([to - from, ...shape], values.data.subarray(from * width, to * width))];
  });
  return Object.fromEntries(parts) as Tensors;
}
