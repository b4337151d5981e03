import { beforeAll, describe, expect, test } from 'vitest';
import { bundleGolden, digestsOn, GOLDEN } from './golden.ts';

let script: string;
beforeAll(async () => {
  script = await bundleGolden();
});

describe('draws, schedules, weights, simulation, augmentation and training have the same bits', () => {
  test('on this Node', () => {
    expect(digestsOn(process.execPath, script)).toEqual(GOLDEN);
  });

  test('whichever of its compilers V8 takes', () => {
    expect(digestsOn(process.execPath, script, 'compiled', ['--no-opt', '--liftoff-only'])).toEqual(GOLDEN);
  });
});
