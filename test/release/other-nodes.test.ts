/**
 * The golden digests without WebAssembly, with V8's simplest compilers, and on other versions of Node, which npm
 * fetches.
 */
import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { otherNode } from '../helpers/other-nodes.ts';
import { bundleGolden, digestsOn, GOLDEN } from '../ml/portable/golden.ts';

let script: string;
beforeAll(async () => {
  script = await bundleGolden();
});

describe('draws, schedules, weights, simulation, augmentation and training have the same bits', () => {
  test('without WebAssembly', () => {
    expect(digestsOn(process.execPath, script, 'scalar')).toEqual(GOLDEN);
  });

  test('whichever of its compilers V8 takes', () => {
    expect(digestsOn(process.execPath, script, 'compiled', ['--no-opt', '--liftoff-only'])).toEqual(GOLDEN);
  });

  test.for([22, 24] as const)('on Node %i', (major, { skip }) => {
    const node = otherNode(major);
    if (node === undefined) return skip(`no Node ${major} for this machine, or no registry to get it from`);
    expect(execFileSync(node, ['--version'], { encoding: 'utf8' })).toMatch(`v${major}.`);
    expect(digestsOn(node, script)).toEqual(GOLDEN);
    expect(digestsOn(node, script, 'scalar')).toEqual(GOLDEN);
  });
});
