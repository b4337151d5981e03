/**
 * Where kernels come from: the compiled module beside this file, or, where an engine has no SIMD, the same in
 * TypeScript. Both give the same bits, so the digest that identifies the backend is that of the module.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Kernels, Machine } from './kernels.ts';
import { ScalarKernels } from './scalar-kernels.ts';

/** The file of the compiled kernels, as .config/build-kernels.js makes it. */
export const KERNELS = fileURLToPath(new URL('./kernels.wasm', import.meta.url));

export function kernelBinary(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(KERNELS));
}

/**
 * The maker of machines with the compiled kernels; undefined where the engine has no SIMD, or no WebAssembly at all.
 */
export function compiledMachines(binary = kernelBinary()): ((bytes: number) => Machine) | undefined {
  const { WebAssembly: engine } = globalThis as { readonly WebAssembly?: WebAssemblyEngine };
  if (engine === undefined || !engine.validate(binary)) return undefined;
  const module = new engine.Module(binary);
  return (bytes) => {
    const memory = new engine.Memory({ initial: Math.ceil(bytes / PAGE) });
    return { memory: memory.buffer, kernels: new engine.Instance(module, { env: { memory } }).exports };
  };
}

/** A machine of the kernels in TypeScript: the same bits, many times slower. */
export function scalarMachine(bytes: number): Machine {
  const memory = new ArrayBuffer(bytes);
  return { memory, kernels: new ScalarKernels(memory) };
}

const PAGE = 65536;

/** The used part of WebAssembly, which neither ECMAScript nor Node's types declare. */
interface WebAssemblyEngine {
  validate(binary: Uint8Array): boolean;
  readonly Module: new (binary: Uint8Array) => object;
  readonly Memory: new (pages: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Instance: new (module: object, imports: object) => { readonly exports: Kernels };
}
