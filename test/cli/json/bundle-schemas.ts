/** The shapes of what `bundle` and `replay` print as JSON: strict, as the others. */
import { z } from 'zod';
import { difference, field } from './diff-schemas.ts';
import { anyNumber, count, digest, document, json, seconds } from './schema-parts.ts';

const kind = z.enum(['value', 'metric', 'output', 'state', 'run']);
const subject = z.strictObject({
  kind,
  name: z.string(),
  run: count.nullable(),
  roots: z.array(z.strictObject({ state: digest, node: z.string(), output: z.string().nullable() })),
  path: z.string().nullable(),
  value: json,
});
const held = {
  subjects: z.array(subject),
  data: z.enum(['included', 'omitted']),
  outputs: z.enum(['asked', 'all']),
};
const machine = z.record(z.string(), json);
const facts = {
  file: z.string(),
  bytes: count,
  restage: z.string(),
  ...held,
  stages: z.array(z.strictObject({ stage: z.string(), states: count, seconds })),
  packages: z.array(z.strictObject({ name: z.string(), version: z.string(), hasScript: z.boolean() })),
  inputs: z.array(z.strictObject({ path: z.string(), digest, bytes: count, included: z.boolean() })),
  reads: z.array(z.string()),
  secrets: z.array(z.string()),
  variables: z.array(z.strictObject({ name: z.string(), now: z.enum(['same', 'other']) })),
  runtimes: z.array(z.string()),
  backends: z.array(z.string()),
  effects: z.array(z.string()),
  machine: z.strictObject({ then: machine, now: machine }),
};

export const BUNDLE_DOCUMENTS = {
  bundle: document({
    kind: z.literal('bundle'),
    file: z.string().nullable(),
    bytes: count,
    ...held,
    states: z.array(z.strictObject({ state: digest, node: z.string(), stage: z.string() })),
    files: z.record(z.string(), digest),
  }),
  'bundle info': document({ kind: z.literal('bundle-info'), ...facts }),
  replay: document({ kind: z.literal('replay-plan'), ...facts }),
  'replay --yes': document({
    kind: z.literal('replay'),
    subjects: z.array(z.strictObject({ name: z.string(), kind, before: json, now: json, stands: z.boolean() })),
    states: z.array(
      z.strictObject({
        state: digest,
        node: z.string(),
        stage: z.string(),
        verdict: z.enum(['same', 'other', 'failed', 'skipped']),
        otherInputs: z.boolean(),
        outputs: z.array(
          z.strictObject({
            name: z.string(),
            rung: z.enum(['same', 'ulp', 'tolerance', 'diverged']),
            differences: z.array(difference),
          }),
        ),
        since: z.array(z.strictObject({ name: z.string(), before: field.optional(), after: field.optional() })),
        reason: z.string().nullable(),
        seconds: seconds.nullable(),
        recordedSeconds: seconds,
        made: z.array(z.strictObject({ name: z.string(), kind: z.string(), digest, bytes: count })),
        metrics: z.record(z.string(), anyNumber),
      }),
    ),
    interrupted: z.boolean(),
  }),
};
