/** The networks of this pipeline: what a parameter may choose, and the spec that follows. */
import type { NetworkSpec } from 'restage/ml';
import { z } from 'zod';
import { CONTINUOUS, JET_CATEGORIES } from './features.ts';
import type { InputLayout } from './inputs.ts';

/** The defaults are the study's final network: 33 inputs, 6 densely connected layers of 33, 23,113 parameters. */
export const networkParams = z.strictObject({
  depth: z.int().positive().default(6),
  width: z.int().positive().default(33),
  /** Whether each layer sees the outputs of all before it. */
  dense: z.boolean().default(true),
  activation: z.enum(['swish', 'relu']).default('swish'),
  /** How many numbers stand for the number of jets; the study used 3, the usual rule gives 2. */
  embeddingSize: z.int().positive().default(3),
});

/** The network for inputs of this layout; by default for 30 continuous features and the number of jets as a category. */
export function networkSpec(
  { embeddingSize, ...layers }: z.output<typeof networkParams>,
  { continuous, jets }: InputLayout = { continuous: CONTINUOUS.length, jets: true },
): NetworkSpec {
  return {
    ...layers,
    continuous,
    embeddings: jets ? [{ cardinality: JET_CATEGORIES, size: embeddingSize }] : [],
  };
}
