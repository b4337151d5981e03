import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { otherNode } from '../../helpers/other-nodes.ts';

/**
 * First made on an AMD EPYC, alike with Node 20.20.2, 22.23.3 and 24.21.0. A change of one of these changes results:
 * kernels and plan are in the cache's keys, and so is all code in a stage's bundle, but random draws need a new SCHEMA
 * in identity/schema.ts.
 */
const GOLDEN = {
  draws: '1a137cb2fa2c3387',
  schedules: '7ccca86b2760fcbf',
  initial: 'a5666cf06a9e11e3',
  augmented: '14982ef2bfeb5686',
  simulated: '1a9421fcdb7eaeae',
  trained: '7031711e85a51e4b',
  predicted: '9ff07ef9fdd7322d',
  loss: '4f1f3c418be436f4',
};

const folder = mkdtempSync(join(tmpdir(), 'restage-golden-'));
const script = join(folder, 'golden-digests.mjs');
afterAll(() => {
  rmSync(folder, { recursive: true });
});
beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('golden-digests.ts', import.meta.url))],
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
});

function digestsOn(node: string, kernels: 'compiled' | 'scalar' = 'compiled', flags: readonly string[] = []): unknown {
  return JSON.parse(execFileSync(node, [...flags, script, kernels], { encoding: 'utf8' }));
}

describe('draws, schedules, weights, simulation, augmentation and training have the same bits', () => {
  test('on this Node', () => {
    expect(digestsOn(process.execPath)).toEqual(GOLDEN);
  });

  test('whichever of its compilers V8 takes', () => {
    expect(digestsOn(process.execPath, 'compiled', ['--no-opt', '--liftoff-only'])).toEqual(GOLDEN);
  });

  test('without WebAssembly', () => {
    expect(digestsOn(process.execPath, 'scalar')).toEqual(GOLDEN);
  });

  test.for([22, 24] as const)('on Node %i', { timeout: 300_000 }, (major, { skip }) => {
    const node = otherNode(major);
    if (node === undefined) return skip(`no Node ${major} for this machine, or no registry to get it from`);
    expect(execFileSync(node, ['--version'], { encoding: 'utf8' })).toMatch(`v${major}.`);
    expect(digestsOn(node)).toEqual(GOLDEN);
    expect(digestsOn(node, 'scalar')).toEqual(GOLDEN);
  });
});
