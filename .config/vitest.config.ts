import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { E2E, TORTURE } from './e2e-tests.ts';
import { LongestFirst } from './longest-first.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const helper = (name: string): string => fileURLToPath(new URL(`../test/helpers/${name}`, import.meta.url));

export default defineConfig({
  root,
  ssr: { resolve: { conditions: ['@restage/source', 'node', 'import', 'default'] } },
  resolve: { conditions: ['@restage/source', 'node', 'import', 'default'] },
  test: {
    pool: 'forks',
    // Vitest keeps one processor for itself by default, but it has little to do.
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
          exclude: [...E2E, ...TORTURE],
          // Files share a process and the modules that it has loaded: a third of the time went into loading them again.
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      // Many processes, on a machine that may be slow and busy; no test is about time.
      { extends: true, test: { name: 'e2e', include: [...E2E], testTimeout: 300_000, hookTimeout: 300_000 } },
      // `npm run torture`: minutes, or hours if it is asked for more.
      {
        extends: true,
        test: { name: 'torture', include: [...TORTURE], testTimeout: 86_400_000, hookTimeout: 300_000 },
      },
    ],
  },
});
