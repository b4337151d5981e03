/** What the shapes of several documents have in common. */
import { z } from 'zod';

/** JSON has no NaN and no infinities. */
export const anyNumber = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);
export const count = z.int().nonnegative();
/** Milliseconds since 1970 (UTC). */
export const time = z.int().nonnegative();
export const seconds = z.number().nonnegative();
export const digest = z.string().regex(/^[0-9a-f]{64}$/);
export const json = z.json();

export const failure = z.strictObject({
  class: z.enum(['error', 'crash', 'oom', 'timeout', 'cancelled', 'lost']),
  message: z.string(),
  stack: z.string().nullable(),
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
});

export const outcome = z.enum(['ok', 'failed', 'interrupted', 'detached']);
export const visitOutcome = z.enum(['hit', 'cut-off', 'ran', 'failed', 'skipped']);
const moved = z.strictObject({ states: count, bytes: count });
export const remoteTraffic = z.strictObject({
  name: z.string(),
  taken: moved,
  pushed: moved,
  left: count,
  unused: count,
  isRunThere: z.boolean(),
});
export const visitCounts = z.strictObject({ hit: count, 'cut-off': count, ran: count, failed: count, skipped: count });
export const plannedStatus = z.enum(['hit', 'run', 'pending']);
export const plannedCounts = z.strictObject({ hit: count, run: count, pending: count });

export function document<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject({ format: z.literal(1), ...shape });
}
