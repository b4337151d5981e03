import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { kernelBinary } from '../../src/ml/portable/machine.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('the module of kernels that is checked in is the compiled form of its source', () => {
  const output = join(temporaryDirectory(), 'kernels.wasm');
  execFileSync(process.execPath, ['.config/build-kernels.js', output], { cwd: ROOT });
  expect(readFileSync(output).equals(kernelBinary()), 'run npm run build, and check kernels.wasm in').toBe(true);
});
