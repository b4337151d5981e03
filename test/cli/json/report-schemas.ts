/** The shape of what `report` prints as JSON: strict, as the others. */
import { z } from 'zod';
import { verdictName } from './equivalence-schemas.ts';
import { runCost, stageSums } from './event-schemas.ts';
import { field } from './lineage-schemas.ts';
import { attempt, content, metric, run } from './record-schemas.ts';
import { anyNumber, count, digest, document, json, seconds, time, visitCounts, visitOutcome } from './schema-parts.ts';
import { effects, studyBranch } from './study-schemas.ts';

const made = z.strictObject({
  state: digest,
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
  outputs: z.array(z.strictObject({ name: z.string(), kind: z.string(), digest, bytes: count })),
  metrics: z.array(metric),
  verified: z.strictObject({ at: time, verdict: verdictName }).nullable(),
});

const input = z.strictObject({
  slot: z.string(),
  index: count.nullable(),
  digest,
  bytes: count,
  from: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('node'), node: z.string(), output: z.string() }),
    z.strictObject({ kind: z.literal('state'), state: digest, node: z.string(), output: z.string() }),
    z.strictObject({ kind: z.literal('file'), path: z.string() }),
  ]),
});

const node = z.strictObject({
  node: z.string(),
  stage: z.string(),
  outcome: visitOutcome.nullable(),
  reason: z.string().nullable(),
  made: made.nullable(),
  inputs: z.array(input),
});

const series = z.strictObject({
  node: z.string(),
  points: z.array(z.tuple([z.number(), z.number().nullable()])),
  values: count,
  notFinite: count,
  isThinned: z.boolean(),
  first: anyNumber,
  last: anyNumber,
  least: z.number().nullable(),
  greatest: z.number().nullable(),
});

const step = z.strictObject({
  x: z.number(),
  series: count,
  least: z.number(),
  median: z.number(),
  greatest: z.number(),
});

const stage = z.strictObject({
  name: z.string(),
  stage: z.string(),
  counts: z.partialRecord(visitOutcome, count),
  nodes: z.array(count),
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
});

const bar = z.strictObject({
  worker: z.string(),
  stage: z.string(),
  start: z.number(),
  end: z.number(),
  node: z.string(),
  attempts: count,
  failed: z.boolean(),
  open: z.boolean(),
});

const branch = studyBranch.extend({ states: z.array(digest) });

export const REPORT = document({
  kind: z.literal('report'),
  file: z.string().nullable(),
  run: z.strictObject({
    ...run,
    tags: z.array(z.string()),
    counts: visitCounts,
    environment: z.record(z.string(), json),
  }),
  study: z.strictObject({ name: z.string(), branches: z.array(branch), effects: z.array(effects) }).nullable(),
  branch: z.strictObject({ study: z.string(), branch: z.string(), seed: count }).nullable(),
  results: z.array(
    z.strictObject({
      name: z.string(),
      node: z.string(),
      output: z.string(),
      kind: z.string().nullable(),
      digest: digest.nullable(),
      bytes: count.nullable(),
      numbers: z.array(z.strictObject({ path: z.string(), value: z.number(), error: z.number().nullable() })),
      content,
    }),
  ),
  panels: z.array(
    z.strictObject({
      node: z.string(),
      output: z.string(),
      digest,
      shown: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('panel'), panel: json }),
        z.strictObject({ kind: z.literal('picture'), svg: z.string() }),
        z.strictObject({ kind: z.literal('lost'), why: z.string() }),
      ]),
    }),
  ),
  morePanels: count,
  histories: z.array(
    z.strictObject({
      group: z.string(),
      metric: z.string(),
      hasSteps: z.boolean(),
      series: z.array(series),
      band: z.array(step).nullable(),
    }),
  ),
  nodes: z.array(node),
  elsewhere: z.array(node),
  stages: z.array(stage),
  links: z.array(z.strictObject({ from: count, to: count, outputs: z.array(z.string()) })),
  failures: z.array(z.strictObject(attempt)),
  timeline: z.strictObject({
    phases: z.array(z.strictObject({ name: z.string(), start: z.number(), end: z.number() })),
    workers: z.array(z.string()),
    bars: z.array(bar),
    seconds: z.number(),
    attempts: count,
  }),
  cost: z.strictObject({
    ...runCost,
    stages: z.array(stageSums),
    criticalPath: z.strictObject({
      seconds,
      nodes: z.array(z.strictObject({ node: z.string(), seconds, potential: seconds })),
    }),
  }),
});
