/** What a parameter may choose about augmentation of training events. */
import { z } from 'zod';

export const spaceParam = z.enum(['standardised', 'measured']);

/** The angles of test-time augmentation. */
export const anglesParam = z.enum(['fixed', 'random']);

export const augmentParams = z.strictObject({
  /** Whether training events are rotated and reflected at random. */
  train: z.boolean().default(true),
  /** Whether symmetries act on standardised columns, as in the study, or on the momenta as they were measured. */
  space: spaceParam.default('standardised'),
});
