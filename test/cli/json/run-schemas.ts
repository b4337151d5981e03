/** The shapes of what `compare` and `metrics` print, and of what `log` and `show` say about the values of runs. */
import { z } from 'zod';
import { acceptedNodes } from './equivalence-schemas.ts';
import { content, run } from './record-schemas.ts';
import { anyNumber, count, digest, document, json } from './schema-parts.ts';

/** By the number of a run. */
function byRun<T extends z.ZodType>(value: T) {
  return z.record(z.string().regex(/^\d+$/), value);
}

const value = z.strictObject({
  kind: z.enum(['param', 'run', 'result', 'metric']),
  name: z.string(),
  value: z.union([json, anyNumber]),
  error: anyNumber.nullable(),
  count,
});

/** By the names of the columns that were asked for. */
export const runValues = z.record(z.string(), value);

export const runResults = z.array(
  z.strictObject({
    name: z.string(),
    node: z.string(),
    output: z.string(),
    artifact: z.strictObject({ kind: z.string(), digest, bytes: count, content }).nullable(),
  }),
);

const quantities = z.array(
  z.strictObject({
    name: z.string(),
    values: byRun(
      z.strictObject({ value: anyNumber, error: anyNumber.nullable(), count, difference: anyNumber.nullable() }),
    ),
  }),
);

const fields = z.array(
  z.strictObject({
    name: z.string(),
    stages: z.array(z.string()),
    values: byRun(z.strictObject({ preview: z.string(), digest })),
  }),
);

export const RUN_DOCUMENTS = {
  compare: document({
    kind: z.literal('comparison'),
    runs: z.array(
      z.strictObject({
        ...run,
        tags: z.array(z.string()),
        lost: z.array(z.strictObject({ name: z.string(), why: z.string() })),
        accepted: z.array(acceptedNodes),
      }),
    ),
    samePipeline: z.boolean(),
    params: z.array(z.strictObject({ name: z.string(), values: byRun(json) })),
    results: quantities,
    metrics: quantities,
    facts: z.array(z.strictObject({ name: z.string(), values: byRun(z.union([z.string(), z.number()])) })),
    code: z.array(z.strictObject({ stage: z.string(), values: byRun(digest) })),
    packages: fields,
    environment: fields,
    files: z.array(z.strictObject({ path: z.string(), values: byRun(digest) })),
    columns: z.array(z.strictObject({ name: z.string(), values: byRun(value) })).optional(),
  }),
  metrics: document({
    kind: z.literal('metrics'),
    runs: z.array(count),
    histories: z.array(
      z.strictObject({
        node: z.string(),
        metric: z.string(),
        runs: z.array(count),
        state: digest,
        points: z.array(z.strictObject({ step: z.int().nullable(), value: anyNumber })),
      }),
    ),
  }),
};
