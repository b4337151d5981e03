/** The shapes of what `remote`, `push` and `pull` print as JSON: strict, as the others. */
import { z } from 'zod';
import { count, digest, document, time } from './schema-parts.ts';

const setting = { name: z.string(), address: z.string() };
const kind = z.enum(['run', 'state']);

export const REMOTE_DOCUMENTS = {
  'remote add': document({ kind: z.literal('remote'), action: z.enum(['add', 'remove']), ...setting }),
  'remote list': document({ kind: z.literal('remotes'), remotes: z.array(z.strictObject(setting)) }),
  'remote list <name>': document({
    kind: z.literal('remote-content'),
    ...setting,
    entries: z.array(
      z.strictObject({
        ...{ kind, id: digest, pipeline: z.string(), source: z.string(), startedAt: time, outcome: z.string() },
        ...{ tags: z.array(z.string()), nodes: z.array(z.strictObject({ node: z.string(), state: digest })) },
        ...{ objects: count, bytes: count },
      }),
    ),
    unread: count,
  }),
  push: document({
    kind: z.literal('push'),
    ...{ remote: z.string(), address: z.string() },
    pushed: z.array(
      z.strictObject({
        ...{ name: z.string(), entry: z.string(), isNew: z.boolean(), objects: count, bytes: count },
        missing: z.array(digest),
      }),
    ),
    tooLong: z.array(z.string()),
  }),
  pull: document({
    kind: z.literal('pull'),
    ...{ remote: z.string(), address: z.string(), unread: count },
    pulled: z.array(
      z.strictObject({
        ...{ kind, id: digest, run: count.nullable(), outcome: z.enum(['added', 'there', 'newer', 'conflict']) },
        ...{ objects: count, bytes: count, states: count },
        conflicts: z.array(
          z.strictObject({ state: digest, stage: z.string(), output: z.string(), here: digest, there: digest }),
        ),
      }),
    ),
  }),
};
