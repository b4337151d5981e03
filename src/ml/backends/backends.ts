/**
 * The registry of compute backends: what each is called, what identifies it in a cache key, and how it is opened.
 * A worker opens one for the stages that declare `compute`; stages get it as `ctx.backend` and never import this file.
 */
import { join } from 'node:path';
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import { BackendError } from '../../errors.ts';
import { ownPackage } from './backend-packages.ts';
import type { PortableBackend } from '../portable/backend.ts';
import { compiledMachines, KERNELS, scalarMachine } from '../portable/machine.ts';
import type { TensorFlow, TensorFlowBackend } from '../tensorflow/backend.ts';
import { findNative, loadNative, type NativeName, usesGpu } from '../tensorflow/native.ts';

type TensorFlowName = 'tfjs-cpu' | 'tfjs-wasm' | NativeName;
export type BackendName = 'portable' | TensorFlowName;

/** Those that restage brings along. */
export const ownBackends: readonly BackendName[] = ['portable', 'tfjs-cpu', 'tfjs-wasm'];
export const backendNames: readonly BackendName[] = [...ownBackends, 'tfjs-node', 'tfjs-node-gpu'];

/** What a backend's results depend on, but for the model of the device; engine/backend.ts makes the field of a key of it. */
export interface BackendDescription {
  readonly name: BackendName;
  /** Of the package that computes; of the kernels, for portable. */
  readonly version: string;
  readonly device: 'cpu' | 'gpu';
  /** Of the packages' versions and of the very binaries that run, where there are any. */
  readonly digest: Digest;
}

/** A backend that is installed. */
export interface FoundBackend extends Omit<BackendDescription, 'digest'> {
  /** What else identifies it, beside its files. */
  readonly versions: string;
  /** Absolute paths of the binaries that compute, where that is not JavaScript; hundreds of megabytes for some. */
  readonly files: readonly string[];
}

/**
 * Finds a backend, reading none of its binaries and loading nothing. Those that restage does not bring along are looked
 * for in the project with this root first.
 *
 * @throws BackendError if there is no backend of this name, or what it needs is not installed.
 */
export function findBackend(name: string, projectRoot?: string): FoundBackend {
  const known = checkName(name);
  const device = known === 'tfjs-node-gpu' ? 'gpu' : 'cpu';
  if (known === 'portable') {
    const version = PORTABLE_VERSION;
    return { name: known, version, device, versions: `portable\n${version}\n`, files: [KERNELS] };
  }
  const { version, core, files } = RECIPES[known].find(projectRoot);
  return { name: known, version, device, versions: `${known}\ntfjs-core@${core}\n${known}@${version}\n`, files };
}

/**
 * The identity of a backend, found without loading it. `digestOf` gives the digest of a file's content; it may remember it.
 *
 * @throws BackendError as `findBackend`.
 */
export async function describeBackend(
  name: string,
  digestOf: (file: string) => Promise<Digest>,
  projectRoot?: string,
): Promise<BackendDescription> {
  const { versions, files, ...found } = findBackend(name, projectRoot);
  return { ...found, digest: sha256(versions, ...(await Promise.all(files.map(digestOf)))) };
}

/**
 * Loads and starts a backend, for this process: one of them at a time, computing in one thread.
 *
 * @throws BackendError if there is no backend of this name, it is not installed, or it does not start as what it is.
 */
export async function openBackend(name: TensorFlowName, projectRoot?: string): Promise<TensorFlowBackend>;
export async function openBackend(name: 'portable', projectRoot?: string): Promise<PortableBackend>;
export async function openBackend(name: string, projectRoot?: string): Promise<PortableBackend | TensorFlowBackend>;
export async function openBackend(name: string, projectRoot?: string): Promise<PortableBackend | TensorFlowBackend> {
  const known = checkName(name);
  return known === 'portable' ? openPortable() : openTensorFlow(known, projectRoot);
}

/** Compiled kernels where the engine takes them; else the same in TypeScript, which change no bits. */
function openPortable(): PortableBackend {
  const machine = compiledMachines() ?? scalarMachine;
  return { kind: 'portable', name: 'portable', version: PORTABLE_VERSION, device: 'cpu', machine };
}

async function openTensorFlow(known: TensorFlowName, projectRoot: string | undefined): Promise<TensorFlowBackend> {
  const { version, device } = findBackend(known, projectRoot);
  const { key, start } = RECIPES[known];
  let tf: TensorFlow;
  try {
    tf = await start(projectRoot);
    tf.enableProdMode();
    await tf.setBackend(key);
    await tf.ready();
  } catch (cause) {
    throw new BackendError(`The backend ${known} does not start: ${messageOf(cause)}.`, { cause });
  }
  // TensorFlow.js falls back to another backend, a hundred times slower, without an error.
  if (tf.getBackend() !== key)
    throw new BackendError(
      `The backend ${known} does not start on this machine (TensorFlow.js took ${tf.getBackend() || 'none'} instead); choose another one.`,
    );
  if (device === 'gpu' && !usesGpu(tf))
    throw new BackendError(
      `The backend ${known} found no GPU that it can compute on and would have taken the CPU instead; check that its CUDA libraries (for 4.22: CUDA 11.2 and cuDNN 8.1) are installed and know the GPU, or use --device cpu.`,
    );
  return { kind: 'tensorflow', name: known, version, device, tf };
}

interface Recipe {
  /** The name that TensorFlow.js has for it. */
  readonly key: string;
  /** Versions of what computes and of tfjs-core, and the binaries. */
  readonly find: (projectRoot: string | undefined) => {
    readonly version: string;
    readonly core: string;
    readonly files: readonly string[];
  };
  /** Loads it. */
  readonly start: (projectRoot: string | undefined) => Promise<TensorFlow>;
}

/** Of the kernels; their binary's digest tells versions apart for the cache, this one for people. */
const PORTABLE_VERSION = '2';
const CORE = '@tensorflow/tfjs-core';
const CPU = '@tensorflow/tfjs-backend-cpu';
const WASM = '@tensorflow/tfjs-backend-wasm';

const RECIPES: Readonly<Record<TensorFlowName, Recipe>> = {
  'tfjs-cpu': {
    key: 'cpu',
    find: () => ({ version: ownPackage(CPU).version, core: ownPackage(CORE).version, files: [] }),
    start: async () => {
      const tf = await import('@tensorflow/tfjs-core');
      await import('@tensorflow/tfjs-backend-cpu');
      return tf;
    },
  },
  'tfjs-wasm': {
    key: 'wasm',
    find: () => ({ version: ownPackage(WASM).version, core: ownPackage(CORE).version, files: [wasmBinary()] }),
    start: async () => {
      const tf = await import('@tensorflow/tfjs-core');
      const wasm = await import('@tensorflow/tfjs-backend-wasm');
      // Whatever it would choose, it gets the one binary whose digest is in the cache key.
      const simd = wasmBinary();
      wasm.setWasmPaths({
        'tfjs-backend-wasm.wasm': simd,
        'tfjs-backend-wasm-simd.wasm': simd,
        'tfjs-backend-wasm-threaded-simd.wasm': simd,
      });
      if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')))
        throw new Error('WebAssembly has no SIMD on this machine; use portable');
      return tf;
    },
  },
  'tfjs-node': native('tfjs-node'),
  'tfjs-node-gpu': native('tfjs-node-gpu'),
};

function native(name: NativeName): Recipe {
  return {
    key: 'tensorflow',
    find: (projectRoot) => findNative(name, projectRoot),
    start: (projectRoot) => Promise.resolve(loadNative(findNative(name, projectRoot))),
  };
}

function wasmBinary(): string {
  return join(ownPackage(WASM).directory, 'dist/tfjs-backend-wasm-simd.wasm');
}

function checkName(name: string): BackendName {
  const known = backendNames.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  throw new BackendError(
    `There is no backend "${name}"${didYouMean(name, backendNames)}; choose one of ${backendNames.join(', ')}.`,
  );
}

/** The first line: what a loader of libraries says goes on for many. */
function messageOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String((cause as { message?: unknown }).message ?? cause);
  return message.split('\n', 1)[0]!.replace(/[.\s]+$/, '');
}
