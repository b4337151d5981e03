/** Networks as a stage's or a pipeline's parameter: zod schemas of the specs in spec.ts. */
import { z } from 'zod';
import type { Block, BlockNetwork, BlockBranch, NetworkSpec } from './spec.ts';

const count = z.int().positive();
const index = z.int().min(0);

const inputs = {
  continuous: z.int().min(0),
  embeddings: z.array(z.strictObject({ cardinality: count, size: count })).readonly(),
};

export const hiddenLayerSchema = z.strictObject({
  width: count,
  activation: z.enum(['relu', 'swish', 'selu', 'prelu', 'identity']),
  batchNorm: z.enum(['before', 'after']).optional(),
  dropout: z.number().min(0).lt(1).optional(),
});

const layers = z.array(hiddenLayerSchema).min(1).readonly();

const branchSchema: z.ZodType<BlockBranch> = z.strictObject({
  inputs: z.strictObject({ embeddings: z.array(index).readonly(), continuous: z.array(index).readonly() }).optional(),
  bottleneck: hiddenLayerSchema.optional(),
  get body() {
    return blockSchema.optional();
  },
});

/** The part between inputs and heads: a pipeline may let its parameters choose it. */
export const blockSchema: z.ZodType<Block> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('layers'), layers }),
  z.strictObject({ kind: z.literal('dense'), layers }),
  z.strictObject({ kind: z.literal('residual'), layers }),
  z.strictObject({
    kind: z.literal('sequence'),
    get blocks() {
      return z.array(blockSchema).min(1).readonly();
    },
  }),
  z.strictObject({
    kind: z.literal('parallel'),
    get branches() {
      return z.array(branchSchema).min(1).readonly();
    },
  }),
]);

const perceptron = z.strictObject({
  ...inputs,
  kind: z.undefined().optional(),
  depth: count,
  width: count,
  activation: z.enum(['relu', 'swish']),
  dense: z.boolean(),
});

const blockNetwork: z.ZodType<BlockNetwork> = z.strictObject({
  ...inputs,
  kind: z.literal('blocks'),
  body: blockSchema,
  heads: z
    .array(
      z.strictObject({
        kind: z.enum(['sigmoid', 'softmax', 'linear']),
        outputs: count,
        lossWeight: z.number().positive().optional(),
      }),
    )
    .min(1)
    .readonly(),
});

/** Any network. Whether its parts fit one another, `parameterShapes` says. */
export const networkSpecSchema: z.ZodType<NetworkSpec> = z.union([perceptron, blockNetwork]);
