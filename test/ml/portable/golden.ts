/**
 * The digests that `golden-digests.ts` gives on every machine and every Node, and how it is bundled to be run there.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { disposableDirectory } from '../../helpers/disposable.ts';

/**
 * First made on an AMD EPYC, alike with Node 20.20.2, 22.23.3 and 24.21.0. Who changes one of these changes results:
 * kernels and plan are in the cache's keys, and so is all that a stage bundles, but random draws need a new SCHEMA in
 * identity/schema.ts.
 */
export const GOLDEN = {
  draws: '1a137cb2fa2c3387',
  schedules: '7ccca86b2760fcbf',
  initial: 'a5666cf06a9e11e3',
  augmented: '14982ef2bfeb5686',
  simulated: '1a9421fcdb7eaeae',
  trained: '7031711e85a51e4b',
  predicted: '9ff07ef9fdd7322d',
  loss: '4f1f3c418be436f4',
  blocks: '35eae94c099619b1',
  ofStudy: '96b56ca2526d3f90',
};

const PRINT = `import { goldenDigests } from './golden-digests.ts';
console.log(JSON.stringify(await goldenDigests(process.argv[2])));`;

/** Makes a script that prints them, and that any Node runs without restage. */
export async function bundleGolden(): Promise<string> {
  const folder = disposableDirectory('restage-golden-');
  const script = join(folder, 'golden-digests.mjs');
  await build({
    stdin: { contents: PRINT, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    conditions: ['@restage/source'],
    external: ['@tensorflow/*'],
    logLevel: 'silent',
  });
  copyFileSync(new URL('../../../src/ml/portable/kernels.wasm', import.meta.url), join(folder, 'kernels.wasm'));
  return script;
}

export function digestsOn(
  node: string,
  script: string,
  kernels: 'compiled' | 'scalar' = 'compiled',
  flags: readonly string[] = [],
): unknown {
  return JSON.parse(execFileSync(node, [...flags, script, kernels], { encoding: 'utf8' }));
}
