/** The networks of this pipeline: what a parameter may choose, and the spec that follows. */
import type { Block, BlockBranch, HiddenLayer, NetworkSpec } from 'restage/ml';
import { z } from 'zod';
import { DERIVED } from '../data/columns.ts';
import { CONTINUOUS, JET_CATEGORIES } from '../data/features.ts';
import type { InputLayout } from '../data/inputs.ts';

/** The defaults are the study's final network: 33 inputs, 6 densely connected layers of 33, 23,113 parameters. */
export const networkParams = z.strictObject({
  depth: z.int().positive().default(6),
  width: z.int().positive().default(33),
  /** Whether each layer sees the outputs of all before it. */
  dense: z.boolean().default(true),
  activation: z.enum(['swish', 'relu']).default('swish'),
  /** How many numbers stand for the number of jets; the study used 3, the usual rule gives 2. */
  embeddingSize: z.int().positive().default(3),
  /**
   * What is beside the layers above, which are the deep block (HiggsML_Lumin, notebooks 14 to 16). Not given: nothing.
   * - `split`: the deep block sees the measured features alone, and a wide one of one layer the derived ones
   * - `bottleneck`: the same, and each block also sees one neuron on the features of the other
   * - `wide-and-deep`: the deep block sees all features
   */
  blocks: z.enum(['split', 'bottleneck', 'wide-and-deep']).optional(),
});
type NetworkParams = z.output<typeof networkParams>;

/** Neurons of the wide block; a bottleneck adds one. */
const WIDE = 50;

/**
 * The network for inputs of this layout; by default for 30 continuous features and the number of jets as a category.
 */
export function networkSpec(
  { embeddingSize, blocks, ...layers }: NetworkParams,
  { continuous, jets }: InputLayout = { continuous: CONTINUOUS.length, jets: true },
): NetworkSpec {
  const inputs = { continuous, embeddings: jets ? [{ cardinality: JET_CATEGORIES, size: embeddingSize }] : [] };
  if (blocks === undefined) return { ...layers, ...inputs };
  const body: Block = { kind: 'parallel', branches: branches({ ...layers, blocks }, inputs) };
  return { kind: 'blocks', ...inputs, body, heads: [{ kind: 'sigmoid', outputs: 1 }] };
}

/** The derived features are the first of the continuous ones. */
function branches(
  { depth, width, dense, activation, blocks }: Required<Omit<NetworkParams, 'embeddingSize'>>,
  { continuous, embeddings }: Pick<NetworkSpec, 'continuous' | 'embeddings'>,
): readonly BlockBranch[] {
  const more = blocks === 'bottleneck' ? 1 : 0;
  const layer = (neurons: number): HiddenLayer => ({ width: neurons, activation });
  const wide: Block = { kind: 'layers', layers: [layer(WIDE + more)] };
  const deep: Block = {
    kind: dense ? 'dense' : 'layers',
    layers: Array.from({ length: depth }, () => layer(width + more)),
  };
  const derived = { embeddings: [], continuous: Array.from(DERIVED.keys()) };
  if (blocks === 'wide-and-deep') return [{ inputs: derived, body: wide }, { body: deep }];
  const measured = {
    embeddings: Array.from(embeddings.keys()),
    continuous: Array.from({ length: continuous - DERIVED.length }, (_, i) => DERIVED.length + i),
  };
  const bottleneck = blocks === 'bottleneck' ? { bottleneck: layer(1) } : {};
  return [
    { inputs: derived, ...bottleneck, body: wide },
    { inputs: measured, ...bottleneck, body: deep },
  ];
}
