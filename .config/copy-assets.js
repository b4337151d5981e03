/**
 * Puts beside the compiled code what the compiler leaves behind: kernels, the files that `restage init` writes, shell
 * scripts.
 */
import { chmodSync, copyFileSync, cpSync } from 'node:fs';

copyFileSync('src/ml/portable/kernels.wasm', 'dist/ml/portable/kernels.wasm');
cpSync('src/cli/init/template', 'dist/cli/init/template', { recursive: true });
cpSync('src/cli/completion/scripts', 'dist/cli/completion/scripts', { recursive: true });
chmodSync('dist/cli/bin.js', 0o755);
