import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { SOURCE_CONDITIONS } from './conditions.ts';
import { LongestFirst } from './longest-first.ts';
import { E2E, GPU, GPU_ALONE, IN_PROCESS, OWN_PROCESS, RELEASE, TORTURE } from './test-kinds.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const helper = (name: string): string => fileURLToPath(new URL(`../test/helpers/${name}`, import.meta.url));

/** Files share a process and the modules that it has loaded: a third of the time went into loading them again. */
const SHARED_PROCESS = { isolate: false, testTimeout: 60_000, hookTimeout: 60_000, sequence: { groupOrder: 1 } };

/** Many processes, on a machine that may be slow and busy; no test is about time. */
const PATIENT = { testTimeout: 300_000, hookTimeout: 300_000 };

/** A number on the command line holds for every project; vitest would let a project's own win. */
const isNumberGiven = process.argv.some((word) => /^--max-?workers\b/i.test(word));

/** End-to-end tests wait for processes, terminals and clocks: with one file a processor, processors idle. */
const WAITING = {
  ...PATIENT,
  ...(isNumberGiven ? {} : { maxWorkers: availableParallelism() + 2 }),
  sequence: { groupOrder: 0 },
};

/** For projects of tests that execute pipelines. */
const KNOWN_PACKAGES = { globalSetup: [helper('known-packages.ts')] };

export default defineConfig({
  root,
  ssr: { resolve: { conditions: SOURCE_CONDITIONS } },
  resolve: { conditions: SOURCE_CONDITIONS },
  test: {
    pool: 'forks',
    // Vitest keeps one processor for itself by default, but it has little to do. More processes than processors load and
    // compile the same modules more often, and take longer.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongestFirst },
    setupFiles: [helper('property-seed.ts'), helper('clean-up.ts')],
    reporters: ['default', helper('closing-line.ts')],
    typecheck: { enabled: false },
    // Node itself loads what restage has built and bundled, so that both have one copy of restage.
    server: { deps: { external: [/\/dist\//, /\/code\/[0-9a-f]{64}\.mjs$/] } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [...IN_PROCESS, ...E2E, ...OWN_PROCESS, ...RELEASE, ...TORTURE, ...GPU_ALONE],
          ...SHARED_PROCESS,
        },
      },
      {
        extends: true,
        test: {
          name: 'in-process',
          include: [...IN_PROCESS],
          exclude: [...E2E, ...OWN_PROCESS],
          ...SHARED_PROCESS,
          ...KNOWN_PACKAGES,
        },
      },
      {
        extends: true,
        test: { name: 'e2e', include: [...E2E], isolate: false, ...WAITING, ...KNOWN_PACKAGES },
      },
      { extends: true, test: { name: 'own-process', include: [...OWN_PROCESS], ...WAITING, ...KNOWN_PACKAGES } },
      { extends: true, test: { name: 'release', include: [...RELEASE], ...WAITING, ...KNOWN_PACKAGES } },
      // The tests of trainers again, on a software GPU, or with RESTAGE_TESTED_GPU=real on the machine's own.
      {
        extends: true,
        test: {
          name: 'gpu',
          include: [...GPU],
          env: { RESTAGE_TESTED_GPU: process.env['RESTAGE_TESTED_GPU'] ?? 'software' },
          ...SHARED_PROCESS,
          // Kernels are compiled, and executed by a program instead of a GPU.
          ...PATIENT,
        },
      },
      // `npm run torture`: minutes, or hours if it is asked for more.
      {
        extends: true,
        test: {
          name: 'torture',
          include: [...TORTURE],
          testTimeout: 86_400_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 2 },
          ...KNOWN_PACKAGES,
        },
      },
    ],
  },
});
