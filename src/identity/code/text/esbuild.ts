/**
 * esbuild, by require(): it is CommonJS, and Node's import reads its whole text for names before it evaluates it. That is
 * most of what loading it takes, and a tenth of a small project's first plan.
 */
import { createRequire } from 'node:module';
import type * as Esbuild from 'esbuild';

export const { build, transform } = createRequire(import.meta.url)('esbuild') as typeof Esbuild;
