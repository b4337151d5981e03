/** The shapes of what `diff` prints as JSON: strict, as the others. */
import { z } from 'zod';
import { acceptance, acceptedNodes } from './equivalence-schemas.ts';
import { run } from './record-schemas.ts';
import { anyNumber, count, digest, document, json } from './schema-parts.ts';

const extent = z.strictObject({ most: z.number(), mean: z.number() }).nullable();
export const difference = z.strictObject({
  where: z.string(),
  what: z.string(),
  numbers: z
    .strictObject({
      count,
      total: count,
      first: count,
      notFinite: count,
      absolute: extent,
      relative: extent,
      ulp: z.number().nullable(),
    })
    .optional(),
});
export const field = z.strictObject({ name: z.string(), digest, preview: z.string() });
const fieldChange = {
  group: z.string(),
  field: z.string(),
  name: z.string(),
  before: field.optional(),
  after: field.optional(),
};
const artifactDiff = {
  kind: z.string(),
  before: digest,
  after: digest,
  how: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('same') }),
    z.strictObject({ type: z.literal('values'), differences: z.array(difference) }),
    z.strictObject({ type: z.literal('text'), lines: z.array(z.string()) }),
    z.strictObject({ type: z.literal('kinds'), before: z.string(), after: z.string() }),
    z.strictObject({ type: z.literal('lost'), why: z.string() }),
  ]),
};
const side = z.strictObject({ state: digest, stage: z.string(), node: z.string() });
const names = z.array(z.string());
const equivalence = z.strictObject({ before: count.nullable(), after: count.nullable() });

export const DIFF_DOCUMENTS = {
  'diff <run> --working': document({
    kind: z.literal('working'),
    before: z.strictObject(run),
    pipeline: z.string(),
    params: z.array(z.strictObject({ path: z.string(), before: json.optional(), after: json.optional() })),
    environment: z.array(z.strictObject({ name: z.string(), before: json.optional(), after: json.optional() })),
    codes: z.array(z.strictObject({ stage: z.string(), before: digest, after: digest })),
    fields: z.array(z.strictObject({ ...fieldChange, stages: names })),
    files: z.array(z.strictObject({ path: z.string(), before: digest, after: digest })),
    structure: z.strictObject({
      added: names,
      removed: names,
      rewired: z.array(z.strictObject({ node: z.string(), before: names, after: names })),
    }),
    nodes: z.array(z.strictObject({ node: z.string(), status: z.enum(['run', 'pending']), reason: z.string() })),
    hits: count,
    outputs: z.strictObject({ same: count, differ: count }),
    results: z.array(z.strictObject({ name: z.string(), ...artifactDiff })),
    onlyBefore: names,
    onlyAfter: names,
    accepted: z.strictObject({ before: z.array(acceptedNodes), now: z.array(acceptedNodes) }),
  }),
  'diff <run> <run>': document({
    kind: z.literal('runs'),
    before: z.strictObject(run),
    after: z.strictObject(run),
    params: z.array(z.strictObject({ path: z.string(), before: json.optional(), after: json.optional() })),
    environment: z.array(z.strictObject({ name: z.string(), before: json.optional(), after: json.optional() })),
    codes: z.array(z.strictObject({ stage: z.string(), before: digest, after: digest })),
    fields: z.array(z.strictObject({ ...fieldChange, stages: names })),
    files: z.array(z.strictObject({ path: z.string(), before: digest, after: digest })),
    structure: z.strictObject({
      added: names,
      removed: names,
      rewired: z.array(z.strictObject({ node: z.string(), before: names, after: names })),
    }),
    metrics: z.array(
      z.strictObject({ node: z.string(), name: z.string(), before: anyNumber.optional(), after: anyNumber.optional() }),
    ),
    results: z.array(z.strictObject({ name: z.string(), ...artifactDiff })),
    onlyBefore: names,
    onlyAfter: names,
    outputs: z.strictObject({ same: count, differ: count }),
    firstDivergence: z
      .strictObject({ node: z.string(), fields: z.array(z.strictObject(fieldChange)), outputs: names, equivalence })
      .nullable(),
    accepted: z.strictObject({ before: z.array(acceptedNodes), after: z.array(acceptedNodes) }),
  }),
  'diff <state> <state>': document({
    kind: z.literal('states'),
    before: side,
    after: side,
    fields: z.array(z.strictObject(fieldChange)),
    outputs: z.array(z.strictObject({ name: z.string(), ...artifactDiff })),
    same: count,
    onlyBefore: names,
    onlyAfter: names,
    accepted: z.array(acceptance),
  }),
  'diff <output> <output>': document({
    kind: z.literal('artifacts'),
    name: z.string(),
    artifacts: z.strictObject(artifactDiff),
  }),
  'diff <code> <code>': document({
    kind: z.literal('codes'),
    before: digest,
    after: digest,
    files: z.array(z.strictObject({ path: z.string(), lines: names })),
  }),
};
