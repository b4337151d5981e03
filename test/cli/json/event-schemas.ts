/** The shapes of the lines of `run --json` and of `status --watch --json`. */
import { z } from 'zod';
import type { RunEvent } from '../../../src/events.ts';
import {
  anyNumber,
  count,
  digest,
  document,
  failure,
  json,
  outcome,
  remoteTraffic,
  seconds,
  time,
  visitCounts,
} from './schema-parts.ts';

export const node = { at: time, node: z.string(), stage: z.string() };

export const accessKind = z.enum(['file', 'env', 'clock', 'entropy', 'network', 'subprocess', 'native', 'host']);

export const runCost = {
  run: count,
  ran: count,
  hits: count,
  seconds,
  cpuSeconds: seconds,
  savedSeconds: seconds,
  lostSeconds: seconds,
  pipeline: z.string(),
  startedAt: time,
  jobs: count,
  wallSeconds: seconds.nullable(),
};
export const stageSums = z.strictObject({
  stage: z.string(),
  ran: count,
  hits: count,
  seconds,
  cpuSeconds: seconds.nullable(),
  savedSeconds: seconds,
  peakBytes: count.nullable(),
});

export const experimentOutline = z.strictObject({
  name: z.string(),
  runs: z.array(z.strictObject({ branch: z.string(), seed: count })).min(1),
  metrics: z.array(z.strictObject({ name: z.string(), better: z.enum(['higher', 'lower']) })).min(1),
  nodes: z.record(z.string(), z.array(count).min(1)),
});

const edited = z.strictObject({ file: z.string(), how: z.enum(['changed', 'added', 'removed']) });

/** What `run --watch` prints between the lines of its runs. */
export const WATCH_EVENTS = {
  'watch-planned': document({
    type: z.literal('watch-planned'),
    at: time,
    edited: z.array(edited),
    causes: z.array(
      z.strictObject({
        kind: z.enum(['edited', 'left']),
        files: z.array(edited),
        nodes: z.array(z.string()).min(1),
        reasons: z.array(z.string()).min(1),
      }),
    ),
    pending: count,
    runs: z.boolean(),
    seconds,
  }),
  'watch-broken': document({
    type: z.literal('watch-broken'),
    at: time,
    edited: z.array(edited),
    code: z.string(),
    message: z.string(),
  }),
  'watch-waiting': document({
    type: z.literal('watch-waiting'),
    at: time,
    files: count,
    from: z.enum(['events', 'polling']),
    why: z.string().nullable(),
  }),
};

/** One for each type of event: the compiler names the one that is missing. */
export const EVENTS = {
  'run-preparing': document({
    type: z.literal('run-preparing'),
    at: time,
    activity: z.enum(['bundling', 'planning', 'asking hosts']),
  }),
  'run-started': document({
    type: z.literal('run-started'),
    at: time,
    run: count,
    pipeline: z.string(),
    nodes: count,
    stages: z.array(z.strictObject({ stage: z.string(), nodes: count, seconds: seconds.nullable() })),
    seed: count,
    jobs: count,
    backend: z.string(),
    experiment: experimentOutline.optional(),
  }),
  'run-paused': document({ type: z.literal('run-paused'), at: time, paused: z.boolean() }),
  'node-hit': document({
    type: z.literal('node-hit'),
    ...node,
    how: z.enum(['hit', 'cut-off']),
    state: digest,
    madeBy: z.strictObject({ run: count, node: z.string() }).optional(),
    accepted: z.strictObject({ id: count, text: z.string() }).optional(),
    from: z.string().optional(),
  }),
  'node-queued': document({ type: z.literal('node-queued'), ...node, reason: z.string() }),
  'node-held': document({ type: z.literal('node-held'), ...node, more: count, seconds }),
  'node-waiting': document({ type: z.literal('node-waiting'), ...node, run: count.nullable() }),
  'node-observed': document({
    type: z.literal('node-observed'),
    ...node,
    state: z.enum(['waiting', 'running', 'unknown']),
    note: z.string().nullable(),
    why: z.string().nullable(),
  }),
  'node-started': document({
    type: z.literal('node-started'),
    ...node,
    attempt: count,
    worker: z.string(),
    backend: z.string().nullable(),
    params: json,
  }),
  'node-progress': document({
    type: z.literal('node-progress'),
    ...node,
    done: z.number(),
    total: z.number(),
    note: z.string().nullable(),
  }),
  'node-metric': document({
    type: z.literal('node-metric'),
    ...node,
    name: z.string(),
    value: anyNumber,
    step: z.int().nullable(),
  }),
  'node-log': document({
    type: z.literal('node-log'),
    ...node,
    stream: z.enum(['log', 'stdout', 'stderr']),
    text: z.string(),
  }),
  'node-undeclared': document({
    type: z.literal('node-undeclared'),
    ...node,
    access: z.strictObject({ kind: accessKind, detail: z.string(), call: z.string(), place: z.string().nullable() }),
    text: z.string(),
  }),
  'node-ran': document({
    type: z.literal('node-ran'),
    ...node,
    state: digest,
    seconds,
    peakMiB: z.number().nullable(),
  }),
  'node-attempt-failed': document({ type: z.literal('node-attempt-failed'), ...node, attempt: count, failure }),
  'node-failed': document({ type: z.literal('node-failed'), ...node, failure }),
  'node-skipped': document({
    type: z.literal('node-skipped'),
    ...node,
    because: z.string().nullable(),
    left: z.enum(['elsewhere', 'waiting']).optional(),
  }),
  'experiment-run': document({
    type: z.literal('experiment-run'),
    at: time,
    branch: z.string(),
    seed: count,
    values: z.record(z.string(), z.number().nullable()),
  }),
  notice: document({ type: z.literal('notice'), at: time, text: z.string() }),
  'run-finished': document({
    type: z.literal('run-finished'),
    at: time,
    run: count,
    outcome,
    seconds,
    counts: visitCounts,
    savedSeconds: seconds,
    remote: remoteTraffic.optional(),
  }),
  'run-pushing': document({ type: z.literal('run-pushing'), at: time, remote: z.string(), left: count }),
} satisfies Record<RunEvent['type'], z.ZodType>;
