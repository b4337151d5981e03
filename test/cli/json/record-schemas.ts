/** The shapes of what is on record, and of reports about it: parts of the documents. */
import { z } from 'zod';
import {
  anyNumber,
  count,
  digest,
  document,
  failure,
  json,
  outcome,
  plannedCounts,
  seconds,
  time,
  remoteTraffic,
  visitCounts,
  visitOutcome,
} from './schema-parts.ts';

export const runReport = document({
  type: z.literal('run-report'),
  run: count,
  pipeline: z.string(),
  outcome,
  seconds,
  savedSeconds: seconds,
  counts: visitCounts,
  remote: remoteTraffic.optional(),
  results: z.array(
    z.strictObject({
      name: z.string(),
      node: z.string(),
      output: z.string(),
      kind: z.string(),
      digest,
      bytes: count,
      value: json.optional(),
    }),
  ),
  failures: z.array(z.strictObject({ node: z.string(), failure })),
  cacheDirectory: z.string(),
});

export const error = document({
  type: z.literal('error'),
  error: z.strictObject({ code: z.string(), message: z.string(), exitCode: z.int().positive() }),
});

export const run = {
  id: count,
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
};

export const attempt = {
  id: count,
  run: count,
  node: z.string(),
  number: count,
  worker: z.string(),
  startedAt: time,
  endedAt: time.nullable(),
  compute: z.string().nullable(),
  cpuSeconds: z.number().nullable(),
  peakBytes: count.nullable(),
  failure: failure.nullable(),
};

export const metric = z.strictObject({ name: z.string(), step: z.int().nullable(), value: anyNumber });

export const content = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('value'), value: json }),
  z.strictObject({ type: z.literal('text'), head: z.array(z.string()), more: z.boolean() }),
  z.strictObject({
    type: z.literal('arrays'),
    arrays: z.array(z.strictObject({ name: z.string(), dtype: z.string(), shape: z.array(count) })),
  }),
  z.strictObject({ type: z.literal('opaque') }),
  z.strictObject({ type: z.literal('lost'), why: z.string() }),
]);

export const edge = z.strictObject({
  state: digest,
  stage: z.string(),
  node: z.string(),
  slot: z.string(),
  kind: z.string().nullable(),
});

export const tagged = z.union([
  z.strictObject({ tag: z.string(), at: time, run: count }),
  z.strictObject({ tag: z.string(), at: time, state: digest, stage: z.string() }),
]);

export const status = {
  pipeline: z.string(),
  params: json,
  fresh: z.boolean(),
  counts: plannedCounts,
  stages: z.array(z.strictObject({ stage: z.string(), nodes: count, counts: plannedCounts, reason: z.string() })),
  last: z
    .strictObject({
      run: z.strictObject(run),
      counts: visitCounts,
      failures: z.array(z.strictObject(attempt)),
    })
    .nullable(),
  branches: z
    .array(
      z.strictObject({
        branch: z.string(),
        seeds: z.array(count),
        fresh: z.array(count),
        counts: plannedCounts,
        reason: z.string(),
      }),
    )
    .optional(),
  attemptsElsewhere: count,
  cacheDirectory: z.string(),
};

export const tagOptions = { tag: z.string(), changed: z.boolean() };

/** Of a node that was named: its latest visit. */
export const latestVisit = z
  .strictObject({
    run: count,
    node: z.string(),
    outcome: visitOutcome,
    reason: z.string().nullable(),
    state: z.strictObject({ id: count, key: digest }).nullable(),
  })
  .nullish();
