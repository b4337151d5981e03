/** The shape of what `doctor` prints as JSON: strict, as the others. */
import { z } from 'zod';
import { count, document } from './schema-parts.ts';

export const DOCTOR = document({
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
    adapters: z.array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        vendor: z.string(),
        architecture: z.string(),
        driver: z.string(),
        isSoftware: z.boolean(),
        limits: z.record(z.string(), count),
        lack: z.string().nullable(),
        api: z.string(),
        alike: count,
      }),
    ),
    noAdapters: z.string(),
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
});
