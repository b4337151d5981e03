/**
 * Compiles the kernels of the portable backend: `node .config/build-kernels.js OUTPUT`. Their compiled form is checked
 * in, so that the sources run as they are; a test compiles them again and compares the bytes.
 */
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = process.argv[2] ?? 'src/ml/portable/kernels.wasm';
const source = 'src/ml/portable/kernels/index.as.ts';
const options = ['-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub', '--importMemory', '--baseDir', root];
const { error, stderr } = await main([source, '--outFile', output, ...options]);
if (error) {
  process.stderr.write(stderr.toString());
  process.exitCode = 1;
}
