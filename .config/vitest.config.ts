import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));

export default defineConfig({
  root,
  ssr: { resolve: { conditions: ['@restage/source', 'node', 'import', 'default'] } },
  resolve: { conditions: ['@restage/source', 'node', 'import', 'default'] },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    pool: 'forks',
    setupFiles: [fileURLToPath(new URL('../test/helpers/property-seed.ts', import.meta.url))],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default', fileURLToPath(new URL('../test/helpers/closing-line.ts', import.meta.url))],
    typecheck: { enabled: false },
  },
});
