/**
 * The shapes of all that restage prints as JSON, as docs/json.md describes them. They are strict: a member that is
 * missing, renamed or of another type is an error, and so is one that is not described.
 */
import { z } from 'zod';
import { BUNDLE_DOCUMENTS } from './bundle-schemas.ts';
import { CLUSTER } from './cluster-schemas.ts';
import { DIFF_DOCUMENTS } from './diff-schemas.ts';
import { DOCTOR } from './doctor-schemas.ts';
import { acceptance, EQUIVALENCE_DOCUMENTS, verdictName } from './equivalence-schemas.ts';
import { VERIFY_DOCUMENTS } from './verify-schemas.ts';
import { LINEAGE_DOCUMENTS } from './lineage-schemas.ts';
import { accessKind, EVENTS, experimentOutline, runCost, stageSums, WATCH_EVENTS } from './event-schemas.ts';
import {
  attempt,
  content,
  edge,
  error,
  latestVisit,
  metric,
  run,
  runReport,
  status,
  tagged,
  tagOptions,
} from './record-schemas.ts';
import { REMOTE_DOCUMENTS } from './remote-schemas.ts';
import { REPORT } from './report-schemas.ts';
import { RUN_DOCUMENTS, runResults, runValues } from './run-schemas.ts';
import {
  count,
  digest,
  document,
  json,
  plannedCounts,
  plannedStatus,
  seconds,
  time,
  visitCounts,
  visitOutcome,
} from './schema-parts.ts';
import { STUDY_DOCUMENTS } from './study-schemas.ts';
import { UPKEEP_DOCUMENTS } from './upkeep-schemas.ts';
import { WHY } from './why-schemas.ts';

/** A line of a run. */
const runLine = z.discriminatedUnion('type', [runReport, ...Object.values(EVENTS)]);

const experiment = z.strictObject({ name: z.string(), branches: count, seeds: count, runs: count }).nullable();

/** By the name of the section of docs/json.md that describes it. */
export const DOCUMENTS = {
  run: runLine,
  'run --watch': z.discriminatedUnion('type', [runReport, ...Object.values(EVENTS), ...Object.values(WATCH_EVENTS)]),
  branch: runLine,
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
        missing: z.boolean(),
      }),
    ),
    notices: z.array(z.string()),
    experiment: experimentOutline.optional(),
    cacheDirectory: z.string(),
  }),
  status: document(status),
  'status --watch': document({ type: z.literal('status'), ...status }),
  log: document({
    kind: z.literal('runs'),
    runs: z.array(
      z.strictObject({ ...run, counts: visitCounts, tags: z.array(z.string()), experiment, values: runValues }),
    ),
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
    results: runResults,
    nodes: z.array(
      z.strictObject({
        node: z.string(),
        outcome: visitOutcome,
        reason: z.string().nullable(),
        state: digest.nullable(),
      }),
    ),
  }),
  ...RUN_DOCUMENTS,
  report: REPORT,
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
    verifications: z.array(
      z.strictObject({
        at: time,
        verdict: verdictName,
        detail: json,
        environment: z.record(z.string(), json),
      }),
    ),
    accepted: z.array(acceptance),
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
  ...DIFF_DOCUMENTS,
  ...EQUIVALENCE_DOCUMENTS,
  ...VERIFY_DOCUMENTS,
  ...BUNDLE_DOCUMENTS,
  ...REMOTE_DOCUMENTS,
  'show <pipeline>': document({
    kind: z.literal('pipeline'),
    pipeline: z.string(),
    nodes: count.nullable(),
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
        required: z.boolean(),
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
        status: z.enum(['hit', 'run', 'pending', 'cut-off', 'ran', 'failed', 'skipped', 'mixed']).nullable(),
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
  ...WHY,
  ...STUDY_DOCUMENTS,
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
  sql: document({
    kind: z.literal('views'),
    views: z.array(
      z.strictObject({
        name: z.string(),
        about: z.string(),
        columns: z.array(
          z.strictObject({ name: z.string(), type: z.enum(['INTEGER', 'REAL', 'TEXT', 'ANY']), meaning: z.string() }),
        ),
      }),
    ),
  }),
  'sql <query>': document({
    kind: z.literal('rows'),
    columns: z.array(z.string()),
    rows: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()]))),
  }),
  ...UPKEEP_DOCUMENTS,
  completion: document({ shell: z.enum(['bash', 'zsh', 'fish']), script: z.string() }),
  init: document({ name: z.string(), folder: z.string(), files: z.array(z.string()), restage: z.string() }),
  doctor: DOCTOR,
  'doctor --executor': CLUSTER,
  errors: error,
} satisfies Readonly<Record<string, z.ZodType>>;

export type DocumentName = keyof typeof DOCUMENTS;
