/** The shapes of what the verbs print as JSON that keep a cache small and whole: strict, as the others. */
import { z } from 'zod';
import { count, digest, document, time } from './schema-parts.ts';

const filesUse = z.strictObject({ files: count, bytes: count });

const pinnedRun = z.strictObject({ run: count, pipeline: z.string(), at: time, note: z.string() });
const pinnedState = z.strictObject({ state: digest, stage: z.string(), node: z.string(), at: time, note: z.string() });

export const UPKEEP_DOCUMENTS = {
  backup: document({
    kind: z.literal('backup'),
    directory: z.string(),
    runs: count,
    states: count,
    copied: z.strictObject({ objects: count, bytes: count }),
    kept: z.strictObject({ objects: count, bytes: count }),
    downloads: count,
    missing: count,
    damaged: z.array(digest),
  }),
  du: document({
    kind: z.literal('disk-use'),
    bytes: count,
    databaseBytes: count,
    objects: filesUse,
    downloads: filesUse,
    unfinished: filesUse,
    code: filesUse,
    unrecorded: filesUse,
    evictable: filesUse,
    stages: z.array(
      z.strictObject({
        pipeline: z.string(),
        stage: z.string(),
        states: count,
        seconds: z.number(),
        objects: count,
        objectBytes: count,
        evictableBytes: count,
        inlineBytes: count,
      }),
    ),
  }),
  pin: document({ kind: z.literal('pins'), pins: z.array(z.union([pinnedRun, pinnedState])) }),
  'pin <what>': document({
    kind: z.literal('pin'),
    run: count.optional(),
    state: digest.optional(),
    stage: z.string().optional(),
    note: z.string(),
  }),
  unpin: document({
    kind: z.literal('unpin'),
    run: count.optional(),
    state: digest.optional(),
    stage: z.string().optional(),
  }),
  rm: document({
    kind: z.literal('removal'),
    dryRun: z.boolean(),
    runs: z.array(
      z.strictObject({ run: count, nodes: count, attempts: count, metrics: count, logLines: count, states: count }),
    ),
    branches: z.array(z.strictObject({ name: z.string(), run: count })),
  }),
  gc: document({
    kind: z.literal('collection'),
    maxBytes: count.nullable(),
    keepRuns: count,
    dryRun: z.boolean(),
    before: filesUse,
    after: filesUse,
    evicted: z.array(
      z.strictObject({
        state: digest,
        pipeline: z.string(),
        stage: z.string(),
        node: z.string(),
        files: count,
        bytes: count,
        seconds: z.number(),
      }),
    ),
    seconds: z.number(),
    unrecorded: filesUse,
    kept: z.array(
      z.strictObject({
        because: z.enum([
          'pinned',
          'tagged',
          'running',
          'recent',
          'branched',
          'unfinished',
          'unproven',
          'irreplaceable',
          'record',
        ]),
        files: count,
        bytes: count,
      }),
    ),
  }),
  fsck: document({
    artifacts: count,
    bytes: count,
    evicted: filesUse,
    states: count,
    findings: z.array(
      z.strictObject({
        kind: z.enum([
          'database',
          'reference',
          'key',
          'input',
          'corrupt',
          'missing',
          'unreadable',
          'orphan',
          'temporary',
        ]),
        damage: z.boolean(),
        text: z.string(),
        repaired: z.boolean(),
      }),
    ),
    damaged: count,
  }),
};
