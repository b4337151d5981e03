/** The shapes of what `restage why` prints. */
import { z } from 'zod';
import { acceptance, acceptedNodes } from './equivalence-schemas.ts';
import { run } from './record-schemas.ts';
import { count, digest, document, json, seconds, time, visitOutcome } from './schema-parts.ts';

const text = z.string();
const values = { before: text.nullable(), after: text.nullable() };
const digests = { before: digest.nullable(), after: digest.nullable() };

const diff = z
  .strictObject({
    hunks: z.array(
      z.strictObject({ oldStart: count, oldLines: count, newStart: count, newLines: count, lines: z.array(text) }),
    ),
    isShortest: z.boolean(),
  })
  .nullable();

const change = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('param'), name: text, isCut: z.boolean(), ...values }),
  z.strictObject({ kind: z.literal('source'), path: text, ...digests, diff }),
  z.strictObject({ kind: z.literal('code'), stage: text, before: digest, after: digest, diff }),
  z.strictObject({ kind: z.enum(['package', 'env']), name: text, ...values }),
  z.strictObject({ kind: z.literal('file'), slot: text, digests: z.strictObject(digests), ...values }),
  z.strictObject({ kind: z.literal('wiring'), slot: text, ...values }),
  z.strictObject({ kind: z.literal('order'), slot: text }),
  z.strictObject({ kind: z.literal('reads'), path: text, ...values }),
  z.strictObject({ kind: z.enum(['seed', 'seedKey', 'backend', 'runtime', 'schema']), ...values }),
  z.strictObject({ kind: z.enum(['stage', 'node']), before: text, after: text }),
  z.strictObject({ kind: z.enum(['added', 'removed', 'unknown']) }),
  z.strictObject({ kind: z.literal('equivalence'), before: count.nullable(), after: count.nullable() }),
  z.strictObject({ kind: z.literal('other-bytes'), output: text }),
  z.strictObject({ kind: z.literal('ran-again'), because: z.enum(['forced', 'lost', 'unexplained']) }),
]);

const way = { stage: text, files: z.array(text).nullable() };

const cause = {
  change,
  nodes: z.array(text),
  ways: z.array(z.strictObject(way)),
  followers: z.array(text),
  ended: z.array(z.strictObject({ node: text, spared: z.array(text) })),
};

const comparison = {
  causes: z.array(z.strictObject(cause)),
  unmade: z.array(
    z.strictObject({ node: text, run: count, outcome: z.enum(['failed', 'skipped']), reason: text.nullable() }),
  ),
  renamed: z.array(z.strictObject({ before: text, after: text })),
  params: z.array(z.strictObject({ path: text, before: json.optional(), after: json.optional() })),
  same: count,
};

const forecast = z.strictObject({
  stages: z.array(
    z.strictObject({ stage: text, nodes: count, seconds: seconds.nullable(), peakBytes: count.nullable() }),
  ),
  seconds,
  chainSeconds: seconds,
  unknown: count,
});

const before = z.strictObject(run);

const whyRuns = {
  kind: z.literal('why'),
  before,
  after: z.strictObject(run),
  ...comparison,
  expected: z.array(z.strictObject({ what: text, before: text, after: text })),
  accepted: z.array(acceptedNodes),
};

export const WHY = {
  why: document(whyRuns),
  'why <branch>': document({
    kind: z.literal('why-branches'),
    study: text,
    branches: z
      .array(
        z.strictObject({ before: text, after: text, seed: count, seeds: z.array(count), why: z.strictObject(whyRuns) }),
      )
      .min(1),
  }),
  'why <node>': document({
    kind: z.literal('why-node'),
    node: text,
    run: count.nullable(),
    outcome: z.enum([...visitOutcome.options, 'run', 'pending']),
    reason: text.nullable(),
    state: z.strictObject({ key: digest, madeBy: count, at: time, seconds }).nullable(),
    accepted: acceptance.nullable(),
    before: count.nullable(),
    unmade: z.strictObject({ outcome: z.enum(['failed', 'skipped']), reason: text.nullable() }).nullable(),
    causes: z.array(z.strictObject({ ...cause, reaches: z.array(text) })),
    now: z.enum(['hit', 'cut-off', 'run', 'pending']).nullable(),
    note: text.nullable(),
  }),
  'why --if': z.discriminatedUnion('kind', [
    document({
      kind: z.literal('why-now'),
      before,
      given: z.array(text),
      ...comparison,
      run: count,
      pending: count,
      forecast,
    }),
    document({
      kind: z.literal('why-if-edited'),
      before,
      file: text,
      isPipeline: z.boolean(),
      stages: z.array(z.strictObject({ ...way, nodes: z.array(text) })),
      followers: z.array(text),
      forecast,
    }),
  ]),
};
