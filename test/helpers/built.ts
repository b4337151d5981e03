/**
 * Modules of restage as they were built, for tests that start processes: from source, every process would compile
 * restage first. The test scripts build what is stale; whoever calls vitest by hand runs `npm run build` before.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Path of the built module of a source, such as `core/authoring/stage.ts`. @throws if nothing was built */
export function builtModule(source: string): string {
  const path = fileURLToPath(new URL(`../../dist/${source.replace(/\.tsx?$/, '.js')}`, import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} is missing; this test runs what "npm run build" makes`);
  return path;
}
