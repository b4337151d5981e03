/** The shape of what `doctor --executor` prints as JSON: strict, as the others. */
import { z } from 'zod';
import { count, document } from './schema-parts.ts';

const job = z.string().nullable();
const raced = z.strictObject({ won: z.array(count), noLinks: z.string().nullable() });

const outcome = z.discriminatedUnion('type', [
  z.strictObject({ type: z.enum(['refused', 'busy', 'unanswered']), reason: z.string() }),
  z.strictObject({ type: z.literal('never-started'), job, why: z.string().nullable() }),
  z.strictObject({ type: z.literal('silent'), job, host: z.string().nullable(), said: z.string() }),
  z.strictObject({
    type: z.literal('no-node'),
    job,
    found: z.strictObject({ host: z.string(), version: z.string(), other: z.string(), otherVersion: z.string() }),
  }),
  z.strictObject({
    type: z.literal('answered'),
    job,
    place: z.string().nullable(),
    queuedMs: z.number(),
    arrival: z.strictObject({
      ...{ host: z.string(), asked: z.string().nullable(), at: count, node: z.string(), system: z.string() },
      ...{ arch: z.string(), cpu: z.string(), cores: count },
      ...{ fileSystem: z.string(), freeBytes: count, totalBytes: count, noRoom: z.string().nullable() },
    }),
    sawOurs: z.boolean(),
    exchange: z.strictObject({ roundTripMs: z.number(), aheadMs: z.number(), here: raced, there: raced }).optional(),
  }),
]);

export const CLUSTER = document({
  executor: z.string(),
  system: z.string(),
  commands: z.array(
    z.strictObject({ name: z.string(), version: z.string().nullable(), trouble: z.string().nullable() }),
  ),
  here: z.strictObject({
    ...{ cacheDirectory: z.string(), fileSystem: z.string(), freeBytes: count },
    ...{ arch: z.string(), cpu: z.string(), node: z.string(), nodeVersion: z.string(), graceMs: count },
  }),
  probes: z.array(z.strictObject({ partition: z.string().nullable(), outcome, leftBehind: z.string().nullable() })),
  problems: z.array(z.string()),
  notes: z.array(z.string()),
  ok: z.boolean(),
});
