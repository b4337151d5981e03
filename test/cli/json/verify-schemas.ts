/** The shapes of what `verify` prints as JSON: strict, as the others. */
import { z } from 'zod';
import { accessKind } from './event-schemas.ts';
import { difference, field } from './diff-schemas.ts';
import { tolerance, verdictName } from './equivalence-schemas.ts';
import { anyNumber, count, digest, document, json, seconds } from './schema-parts.ts';

const side = z.enum(['first', 'second']);
const step = z.int().nullable();
const traceDifference = z.strictObject({
  name: z.string(),
  step,
  call: count,
  what: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('only'), in: side }),
    z.strictObject({ type: z.literal('call'), name: z.string(), step }),
    z.strictObject({ type: z.literal('tensor'), tensor: z.string(), in: side }),
    z.strictObject({ type: z.literal('shape'), tensor: z.string(), before: z.string(), after: z.string() }),
    z.strictObject({ type: z.literal('digest'), tensor: z.string() }),
    z.strictObject({
      type: z.literal('element'),
      tensor: z.string(),
      index: count,
      shape: z.array(count),
      before: anyNumber,
      after: anyNumber,
      ulp: z.number().nullable(),
      count,
    }),
  ]),
});

const traceComparison = z.strictObject({
  calls: z.tuple([count, count]),
  agree: count,
  first: traceDifference.nullable(),
  reordered: z.boolean(),
});
const seedComparison = z.strictObject({
  seeds: count,
  failed: count,
  numbers: z.array(
    z.strictObject({
      name: z.string(),
      recorded: anyNumber,
      mean: anyNumber,
      low: anyNumber,
      high: anyNumber,
      below: count,
      p: z.number(),
    }),
  ),
  left: z.array(z.string()),
  holds: z.boolean(),
});
const access = z.strictObject({
  kind: accessKind,
  detail: z.string(),
  call: z.string(),
  place: z.string().nullable(),
  declared: z.boolean(),
  count,
});
const nodeStatus = z.enum(['made', 'failed', 'skipped']).nullable();
const fieldChange = z.strictObject({ name: z.string(), before: field.optional(), after: field.optional() });
const outputVerdict = z.strictObject({
  name: z.string(),
  rung: z.enum(['same', 'ulp', 'tolerance', 'diverged']),
  differences: z.array(difference),
});

const verdict = {
  state: digest,
  node: z.string(),
  run: count,
  stage: z.string(),
  verdict: verdictName,
  outputs: z.array(outputVerdict),
  since: z.array(fieldChange),
  repeatable: z.boolean().nullable(),
  trace: traceComparison.nullable(),
  recordedTrace: traceComparison.nullable(),
  seeds: seedComparison.nullable(),
  undeclared: z.array(access),
  place: z.array(z.strictObject({ name: z.string(), before: json, after: json })),
  reason: z.string().nullable(),
  seconds: seconds.nullable(),
  restored: z.boolean(),
  recordedSeconds: seconds,
};

export const VERIFY_DOCUMENTS = {
  verify: document({
    kind: z.literal('verification'),
    tolerance,
    verdicts: z.array(z.strictObject(verdict)),
    equivalences: z.array(z.strictObject({ ...verdict, equivalence: count, key: digest, tolerance })),
    interrupted: z.boolean(),
  }),
  export: document({
    kind: z.literal('export'),
    written: z.array(
      z.strictObject({
        format: z.enum(['RO-Crate', 'PROV-JSON', 'OpenLineage', 'MLflow']),
        where: z.string(),
        what: z.string(),
      }),
    ),
  }),
  'verify --save': document({ kind: z.literal('baseline-saved'), run: count, file: z.string() }),
  'verify --against': document({
    kind: z.literal('against'),
    run: count,
    file: z.string(),
    tolerance: z.strictObject({ ulp: z.number(), relative: z.number() }),
    holds: z.boolean(),
    status: z.strictObject({ before: z.string(), after: z.string() }).nullable(),
    params: z.array(z.strictObject({ path: z.string(), before: json.optional(), after: json.optional() })),
    nodes: z.array(
      z.strictObject({
        node: z.string(),
        before: nodeStatus,
        after: nodeStatus,
        identity: z.array(fieldChange),
        outputs: z.array(outputVerdict),
      }),
    ),
    counts: z.strictObject({ nodes: count, outputs: count }),
    seconds: z.strictObject({ before: seconds.nullable(), after: seconds.nullable() }),
  }),
};
