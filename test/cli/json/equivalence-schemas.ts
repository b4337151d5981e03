/** The shapes of what `accept` prints, and of equivalences in other documents. */
import { z } from 'zod';
import { count, digest, document, json, time } from './schema-parts.ts';

const field = z.strictObject({ name: z.string(), digest, preview: z.string() });
const change = z.strictObject({ name: z.string(), before: field.optional(), after: field.optional() });
const changes = z.array(change);
export const tolerance = z.strictObject({ ulp: count, relative: z.number() });
export const verdictName = z.enum(['same', 'ulp', 'tolerance', 'statistical', 'diverged', 'failed', 'unverifiable']);

const equivalence = {
  id: count,
  kind: z.enum(['accepted', 'renamed', 'rekeyed']),
  key: digest,
  state: digest,
  node: z.string(),
  stage: z.string(),
  pipeline: z.strictObject({ name: z.string(), source: z.string() }),
  code: digest,
  message: z.string(),
  tolerance,
  at: time,
  user: z.string().nullable(),
  host: z.string(),
  end: z
    .discriminatedUnion('how', [
      z.strictObject({ how: z.literal('revoked'), at: time, user: z.string().nullable(), message: z.string() }),
      z.strictObject({ how: z.literal('made'), at: time, state: digest }),
    ])
    .nullable(),
  checks: z.array(z.strictObject({ at: time, verdict: verdictName, detail: json })),
};

export const acceptance = z.strictObject({ ...equivalence, changes });
export const acceptedNodes = z.strictObject({ ...equivalence, changes, nodes: z.array(z.string()) });

const equivalences = z.array(z.strictObject(equivalence));

export const EQUIVALENCE_DOCUMENTS = {
  accept: document({
    kind: z.literal('accept'),
    dryRun: z.boolean(),
    message: z.string().nullable(),
    tolerance,
    pipeline: z.string(),
    accepted: z.array(
      z.strictObject({
        id: count.nullable(),
        node: z.string(),
        stage: z.string(),
        key: digest,
        state: digest,
        madeBy: count,
        changes,
      }),
    ),
    upToDate: z.array(z.string()),
    waiting: z.array(z.string()),
  }),
  'accept --list': document({ kind: z.literal('equivalences'), equivalences }),
  'accept --revoke': document({ kind: z.literal('revoked'), equivalences }),
};
