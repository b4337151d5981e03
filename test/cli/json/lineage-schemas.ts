/** The shapes of what `how`, `uses` and `show --sources` print as JSON: strict, as the others. */
import { z } from 'zod';
import { recordedEffects } from './study-schemas.ts';
import { acceptance, verdictName } from './equivalence-schemas.ts';
import { count, digest, document, json, seconds, time } from './schema-parts.ts';

export const field = z.strictObject({ name: z.string(), digest, value: z.string() });
const named = { state: digest, node: z.string() };

const access = z.strictObject({
  kind: z.enum(['file', 'env', 'clock', 'entropy', 'network', 'subprocess', 'host']),
  detail: z.string(),
  call: z.string(),
  place: z.string().nullable(),
  declared: z.boolean(),
  count,
});

const state = z.strictObject({
  ...named,
  stage: z.string(),
  code: digest,
  run: count,
  worker: z.string(),
  startedAt: time,
  seconds,
  compute: z.string().nullable(),
  params: z.array(field),
  packages: z.array(field),
  env: z.array(field),
  reads: z.array(field),
  runtime: z.string().nullable(),
  seed: z.string().nullable(),
  backend: z.string().nullable(),
  inputs: z.array(
    z.strictObject({
      slot: z.string(),
      index: count.nullable(),
      digest,
      bytes: count,
      from: z.union([z.strictObject({ ...named, output: z.string() }), z.strictObject({ path: z.string() })]),
    }),
  ),
  outputs: z.array(z.strictObject({ name: z.string(), kind: z.string(), digest, bytes: count })),
  observed: z.boolean(),
  accesses: z.array(access),
  verified: z.strictObject({ at: time, verdict: verdictName }).nullable(),
});

const run = z.strictObject({
  run: count,
  pipeline: z.string(),
  source: z.string(),
  argv: z.array(z.string()),
  params: json,
  seed: count,
  backend: z.string(),
  jobs: count,
  commit: z.string().nullable(),
  dirty: z.boolean().nullable(),
  startedAt: time,
  endedAt: time.nullable(),
  outcome: z.enum(['ok', 'failed', 'interrupted', 'detached', 'running', 'died']),
  environment: z.record(z.string(), json),
});

const fact = z.strictObject({
  kind: z.enum(['file', 'read', 'code', 'package', 'parameter', 'variable', 'backend', 'runtime']),
  name: z.string(),
  standing: z.enum(['same', 'changed', 'gone', 'unknown']),
  then: z.string().nullable(),
  now: z.string().nullable(),
  note: z.string().nullable(),
});

export const LINEAGE_DOCUMENTS = {
  how: document({
    subject: z.strictObject({
      kind: z.enum(['value', 'metric', 'output', 'state', 'run', 'input', 'effects']),
      asked: z.string(),
      run: count.nullable(),
      roots: z.array(z.strictObject({ ...named, output: z.string().nullable(), result: z.string().nullable() })),
      path: z.string().nullable(),
      value: json,
      digest: digest.nullable(),
      file: z.string().nullable(),
      others: z.array(z.strictObject(named)),
      effects: recordedEffects.nullable(),
    }),
    states: z.array(state),
    codes: z.array(
      z.strictObject({
        digest,
        stage: z.string(),
        module: z.string(),
        exportName: z.string(),
        description: z.string().nullable(),
        sources: z.array(z.strictObject({ path: z.string(), digest, bytes: count })),
      }),
    ),
    files: z.array(z.strictObject({ path: z.string(), digest, bytes: count })),
    runs: z.array(run),
    renewed: z.array(z.strictObject({ ...named, stage: z.string(), run: count, code: digest })),
    accepted: z.array(acceptance),
    today: z
      .strictObject({
        facts: z.array(fact),
        git: z.strictObject({ commit: z.string(), dirty: z.boolean() }).nullable(),
      })
      .nullable(),
    again: z.strictObject({ commands: z.array(z.array(z.string())), obstacles: z.array(z.string()) }).nullable(),
  }),
  uses: document({
    asked: z.string(),
    kind: z.enum(['code', 'source', 'file', 'output', 'state', 'run', 'effects']),
    digest: digest.nullable(),
    states: z.array(z.strictObject({ ...named, stage: z.string(), run: count, direct: z.boolean() })),
    effects: z.array(
      z.strictObject({ table: digest, study: z.string(), run: count, metric: z.string(), isPath: z.boolean() }),
    ),
    results: z.array(
      z.strictObject({ run: count, name: z.string(), node: z.string(), output: z.string(), state: digest }),
    ),
  }),
  'show --sources': document({
    kind: z.literal('sources'),
    code: digest,
    stage: z.string(),
    sources: z.array(z.strictObject({ path: z.string(), text: z.string() })),
  }),
};
