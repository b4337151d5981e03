/** A project with a package in place of tfjs-node or tfjs-node-gpu: complete, except for what a test changes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const BINDING = { 'lib/napi-v8/tfjs_binding.node': 'binding' };
export const LIBRARY = { 'deps/lib/libtensorflow.so.2': 'library' };

/** Makes it in this folder. `files` are paths in the package, to their content. */
export function installNative(
  root: string,
  name: 'tfjs-node' | 'tfjs-node-gpu',
  files: Readonly<Record<string, string>>,
): void {
  const all = {
    'package.json': JSON.stringify({ name: `@tensorflow/${name}`, version: '4.22.0' }),
    'node_modules/@tensorflow/tfjs/package.json': '{"version":"4.22.0"}',
    'node_modules/@tensorflow/tfjs-core/package.json': '{"version":"4.22.0"}',
    ...files,
  };
  for (const [file, content] of Object.entries(all)) {
    const path = join(root, 'node_modules/@tensorflow', name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}
