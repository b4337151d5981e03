/**
 * The shapes of all that restage prints as JSON, as docs/json.md describes them. They are strict: a member that is missing,
 * renamed or of another type is an error, and so is one that is not described.
 */
import { z } from 'zod';
import type { RunEvent } from '../../../src/events.ts';
import { LINEAGE_DOCUMENTS } from './lineage-schemas.ts';

/** JSON has no NaN and no infinities. */
const anyNumber = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);
const count = z.int().nonnegative();
/** Milliseconds since 1970 (UTC). */
const time = z.int().nonnegative();
const seconds = z.number().nonnegative();
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const json = z.json();

const failure = z.strictObject({
  class: z.enum(['error', 'crash', 'oom', 'timeout', 'cancelled']),
  message: z.string(),
  stack: z.string().nullable(),
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
});

const outcome = z.enum(['ok', 'failed', 'interrupted']);
const visitOutcome = z.enum(['hit', 'cut-off', 'ran', 'failed', 'skipped']);
const visitCounts = z.strictObject({ hit: count, 'cut-off': count, ran: count, failed: count, skipped: count });
const plannedStatus = z.enum(['hit', 'run', 'pending']);
const plannedCounts = z.strictObject({ hit: count, run: count, pending: count });

function document<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject({ format: z.literal(1), ...shape });
}

// Lines of `run --json` and of `status --watch --json`.

const node = { at: time, node: z.string(), stage: z.string() };

const accessKind = z.enum(['file', 'env', 'clock', 'entropy', 'network', 'subprocess', 'host']);

const runCost = {
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
const stageSums = z.strictObject({
  stage: z.string(),
  ran: count,
  hits: count,
  seconds,
  cpuSeconds: seconds.nullable(),
  savedSeconds: seconds,
  peakBytes: count.nullable(),
});

/** One for each type of event: the compiler names the one that is missing. */
export const EVENTS = {
  'run-preparing': document({
    type: z.literal('run-preparing'),
    at: time,
    activity: z.enum(['bundling', 'planning']),
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
  }),
  'run-paused': document({ type: z.literal('run-paused'), at: time, paused: z.boolean() }),
  'node-hit': document({
    type: z.literal('node-hit'),
    ...node,
    how: z.enum(['hit', 'cut-off']),
    state: digest,
    madeBy: z.strictObject({ run: count, node: z.string() }).optional(),
  }),
  'node-queued': document({ type: z.literal('node-queued'), ...node, reason: z.string() }),
  'node-waiting': document({ type: z.literal('node-waiting'), ...node, run: count.nullable() }),
  'node-observed': document({
    type: z.literal('node-observed'),
    ...node,
    state: z.enum(['waiting', 'running', 'unknown']),
    note: z.string().nullable(),
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
  'node-skipped': document({ type: z.literal('node-skipped'), ...node, because: z.string().nullable() }),
  notice: document({ type: z.literal('notice'), at: time, text: z.string() }),
  'run-finished': document({
    type: z.literal('run-finished'),
    at: time,
    run: count,
    outcome,
    seconds,
    counts: visitCounts,
    savedSeconds: seconds,
  }),
} satisfies Record<RunEvent['type'], z.ZodType>;

const runReport = document({
  type: z.literal('run-report'),
  run: count,
  pipeline: z.string(),
  outcome,
  seconds,
  savedSeconds: seconds,
  counts: visitCounts,
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

const error = document({
  type: z.literal('error'),
  error: z.strictObject({ code: z.string(), message: z.string(), exitCode: z.int().positive() }),
});

// What is on record.

const run = {
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
  outcome: z.enum(['ok', 'failed', 'interrupted', 'running', 'died']),
};

const attempt = {
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

const metric = z.strictObject({ name: z.string(), step: z.int().nullable(), value: anyNumber });

const content = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('value'), value: json }),
  z.strictObject({ type: z.literal('text'), head: z.array(z.string()), more: z.boolean() }),
  z.strictObject({
    type: z.literal('arrays'),
    arrays: z.array(z.strictObject({ name: z.string(), dtype: z.string(), shape: z.array(count) })),
  }),
  z.strictObject({ type: z.literal('opaque') }),
  z.strictObject({ type: z.literal('lost'), why: z.string() }),
]);

const edge = z.strictObject({
  state: digest,
  stage: z.string(),
  node: z.string(),
  slot: z.string(),
  kind: z.string().nullable(),
});

const tagged = z.union([
  z.strictObject({ tag: z.string(), at: time, run: count }),
  z.strictObject({ tag: z.string(), at: time, state: digest, stage: z.string() }),
]);

const status = {
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
  cacheDirectory: z.string(),
};

const tagOptions = { tag: z.string(), changed: z.boolean() };

/** Of a node that was named: its latest visit. */
const latestVisit = z
  .strictObject({
    run: count,
    node: z.string(),
    outcome: visitOutcome,
    reason: z.string().nullable(),
    state: z.strictObject({ id: count, key: digest }).nullable(),
  })
  .nullish();

/** By the name of the section of docs/json.md that describes it. */
export const DOCUMENTS = {
  run: z.discriminatedUnion('type', [runReport, ...Object.values(EVENTS)]),
  plan: document({
    pipeline: z.string(),
    params: json,
    nodes: z.array(
      z.strictObject({
        node: z.string(),
        stage: z.string(),
        status: plannedStatus,
        reason: z.string(),
        seconds: seconds.nullable(),
      }),
    ),
    counts: plannedCounts,
    recordedInputs: z.array(
      z.strictObject({
        reference: z.string(),
        kind: z.string(),
        digest,
        bytes: count,
        state: digest,
        output: z.string(),
        node: z.string(),
        run: count,
      }),
    ),
    cacheDirectory: z.string(),
  }),
  status: document(status),
  'status --watch': document({ type: z.literal('status'), ...status }),
  log: document({
    kind: z.literal('runs'),
    runs: z.array(z.strictObject({ ...run, counts: visitCounts, tags: z.array(z.string()) })),
  }),
  'log <run>': document({
    kind: z.literal('run'),
    ...run,
    tags: z.array(z.string()),
    counts: visitCounts,
    phases: z.array(z.strictObject({ name: z.string(), startedAt: z.number(), endedAt: z.number() })),
    groups: z.array(z.strictObject({ name: z.string(), counts: visitCounts })),
    failures: z.array(z.strictObject(attempt)),
    environment: json,
  }),
  'log <node>': document({
    kind: z.literal('attempt'),
    latestVisit,
    ...attempt,
    log: z.array(z.strictObject({ at: time, stream: z.enum(['log', 'stdout', 'stderr']), text: z.string() })),
    metrics: z.array(metric),
  }),
  'show <state>': document({
    kind: z.literal('state'),
    latestVisit,
    key: digest,
    stage: z.string(),
    seconds,
    code: z.strictObject({ digest, module: z.string(), exportName: z.string() }),
    tags: z.array(z.string()),
    attempt: z.strictObject(attempt),
    fields: z.array(z.strictObject({ name: z.string(), digest, preview: z.string() })),
    inputs: z.array(
      z.strictObject({
        slot: z.string(),
        index: count.nullable(),
        digest,
        bytes: count,
        from: z.union([
          z.strictObject({ state: digest, stage: z.string(), node: z.string(), output: z.string() }),
          z.strictObject({ path: z.string() }),
        ]),
      }),
    ),
    outputs: z.array(z.strictObject({ name: z.string(), kind: z.string(), digest, bytes: count, content })),
    metrics: z.array(metric),
    observed: z.boolean(),
    accesses: z.array(
      z.strictObject({
        kind: accessKind,
        detail: z.string(),
        call: z.string(),
        place: z.string().nullable(),
        declared: z.boolean(),
        count,
      }),
    ),
    consumers: z.array(edge),
  }),
  'show <artifact>': document({
    kind: z.literal('artifact'),
    latestVisit,
    digest,
    bytes: count,
    place: z.enum(['inline', 'object', 'external']),
    as: z.string().nullable(),
    content,
    producers: z.array(edge),
  }),
  'show <code>': document({
    kind: z.literal('code'),
    digest,
    stage: z.string(),
    module: z.string(),
    exportName: z.string(),
    bundle: digest,
    sources: z.array(z.strictObject({ path: z.string(), digest, bytes: count })),
    states: count,
  }),
  ...LINEAGE_DOCUMENTS,
  'show <pipeline>': document({
    kind: z.literal('pipeline'),
    pipeline: z.string(),
    nodes: count,
    params: json,
    parameters: z.array(
      z.strictObject({
        path: z.string(),
        value: json,
        default: json,
        type: z.string(),
        choices: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).nullable(),
        range: z.string().nullable(),
        optional: z.boolean(),
        when: z.string().nullable(),
        description: z.string().nullable(),
      }),
    ),
    stages: z.array(z.strictObject({ stage: z.string(), nodes: z.array(z.string()) })),
    results: z.array(z.strictObject({ name: z.string(), output: z.string() })),
  }),
  get: document({
    name: z.string(),
    kind: z.string(),
    digest,
    bytes: count,
    file: z.string().nullable(),
    value: json.optional(),
    latestVisit,
  }),
  graph: document({
    title: z.string(),
    boxes: z.array(
      z.strictObject({
        id: z.string(),
        kind: z.enum(['stage', 'observation', 'file', 'result']),
        label: z.string(),
        detail: z.string(),
        status: z.enum(['hit', 'run', 'pending', 'mixed']).nullable(),
      }),
    ),
    arrows: z.array(z.strictObject({ from: z.string(), to: z.string(), labels: z.array(z.string()) })),
    language: z.enum(['dot', 'mermaid', 'svg']),
    file: z.string().nullable(),
  }),
  tag: document({ tags: z.array(tagged) }),
  'tag <what> <name>': z.union([
    document({ ...tagOptions, run: count }),
    document({ ...tagOptions, state: digest, stage: z.string() }),
  ]),
  cost: document({
    kind: z.literal('cost'),
    runs: z.array(z.strictObject(runCost)),
    stages: z.array(stageSums),
  }),
  'cost <run>': document({
    kind: z.literal('run-cost'),
    ...runCost,
    stages: z.array(stageSums),
    criticalPath: z.strictObject({
      seconds,
      nodes: z.array(z.strictObject({ node: z.string(), seconds, potential: seconds })),
    }),
  }),
  'cost <pipeline>': document({
    kind: z.literal('forecast'),
    pipeline: z.string(),
    seconds,
    mostSeconds: seconds,
    pathSeconds: seconds,
    leastWallSeconds: seconds,
    jobs: count,
    unknown: z.array(z.string()),
  }),
  fsck: document({
    artifacts: count,
    bytes: count,
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
  completion: document({ shell: z.enum(['bash', 'zsh', 'fish']), script: z.string() }),
  init: document({ name: z.string(), folder: z.string(), files: z.array(z.string()), restage: z.string() }),
  doctor: document({
    restage: z.string(),
    node: z.strictObject({ version: z.string(), needed: z.string(), supported: z.boolean() }),
    machine: z.strictObject({
      system: z.string(),
      cpu: z.string(),
      cores: count,
      memoryBytes: count,
      freeMemoryBytes: count,
      gpus: z.array(z.strictObject({ id: z.string(), name: z.string(), memoryMiB: count, driver: z.string() })),
      noGpus: z.string(),
    }),
    project: z.strictObject({
      root: z.string().nullable(),
      gitVersion: z.string().nullable(),
      git: z.strictObject({ commit: z.string(), dirty: z.boolean() }).nullable(),
    }),
    sqlite: z.string().nullable(),
    cache: z
      .strictObject({
        directory: z.string(),
        fileSystem: z.string(),
        network: z.enum(['yes', 'no', 'maybe']),
        freeBytes: count,
        totalBytes: count,
        health: z
          .strictObject({
            schema: count,
            knownSchema: count,
            journal: z.string(),
            databaseBytes: count,
            runs: count,
            states: count,
            artifacts: count,
            objects: count,
            objectBytes: count,
            quickCheck: z.string().nullable(),
            sampled: count,
            missing: count,
          })
          .nullable(),
      })
      .nullable(),
    backends: z.array(
      z.discriminatedUnion('status', [
        z.strictObject({
          name: z.string(),
          status: z.literal('works'),
          version: z.string(),
          device: z.string(),
          stepsPerSecond: z.number().nullable(),
          note: z.string(),
        }),
        z.strictObject({
          name: z.string(),
          status: z.literal('missing'),
          reason: z.string(),
          command: z.string().nullable(),
        }),
        z.strictObject({ name: z.string(), status: z.literal('broken'), reason: z.string() }),
      ]),
    ),
    diagnostics: z.array(z.strictObject({ text: z.string(), of: z.enum(['restage', 'cache']) })),
    ok: z.boolean(),
  }),
  errors: error,
} satisfies Readonly<Record<string, z.ZodType>>;

export type DocumentName = keyof typeof DOCUMENTS;
