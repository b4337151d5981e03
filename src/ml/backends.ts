/**
 * The registry of compute backends: what each is called, what identifies it in a cache key, and how it is opened.
 * A worker opens one for the stages that declare `compute`; stages get it as `ctx.backend` and never import this file.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { didYouMean } from '../core/did-you-mean.ts';
import { type Digest, sha256 } from '../core/digest.ts';
import { BackendError } from '../errors.ts';
import type { PortableBackend } from './portable/backend.ts';
import { compiledMachines, kernelBinary, scalarMachine } from './portable/machine.ts';
import type { TensorFlow, TensorFlowBackend } from './tensorflow-backend.ts';

type TensorFlowName = 'tfjs-cpu' | 'tfjs-wasm';
export type BackendName = 'portable' | TensorFlowName;

export const tensorflowNames: readonly TensorFlowName[] = ['tfjs-cpu', 'tfjs-wasm'];
export const backendNames: readonly BackendName[] = ['portable', ...tensorflowNames];

/** What a backend's results depend on: the `backend` field of a cache key. */
export interface BackendIdentity {
  readonly name: BackendName;
  /** Of the package that computes; of the kernels, for portable. */
  readonly version: string;
  readonly device: 'cpu';
  /** Of the packages' versions and of the very binary that runs, where there is one. */
  readonly digest: Digest;
}

/**
 * The identity of a backend, found without loading it.
 *
 * @throws BackendError if there is no backend of this name, or its package is not installed.
 */
export function describeBackend(name: string): BackendIdentity {
  const known = checkName(name);
  if (known === 'portable') {
    const digest = sha256(`portable\n${PORTABLE_VERSION}\n`, kernelBinary());
    return { name: known, version: PORTABLE_VERSION, device: 'cpu', digest };
  }
  const { package: computing, binary } = BACKENDS[known];
  const version = versionOf(computing);
  const versions = `${known}\n${CORE}@${versionOf(CORE)}\n${computing}@${version}\n`;
  const digest = binary === undefined ? sha256(versions) : sha256(versions, readFileSync(wasmFile(binary)));
  return { name: known, version, device: 'cpu', digest };
}

/**
 * Loads and starts a backend, for this process: one of them at a time, computing in one thread.
 *
 * @throws BackendError if there is no backend of this name, its package is not installed, or it does not start.
 */
export async function openBackend(name: TensorFlowName): Promise<TensorFlowBackend>;
export async function openBackend(name: 'portable'): Promise<PortableBackend>;
export async function openBackend(name: string): Promise<PortableBackend | TensorFlowBackend>;
export async function openBackend(name: string): Promise<PortableBackend | TensorFlowBackend> {
  const known = checkName(name);
  return known === 'portable' ? openPortable() : openTensorFlow(known);
}

/** Compiled kernels where the engine takes them; else the same in TypeScript, which change no bits. */
function openPortable(): PortableBackend {
  const { name, version, device } = describeBackend('portable');
  return { kind: 'portable', name, version, device, machine: compiledMachines() ?? scalarMachine };
}

async function openTensorFlow(known: TensorFlowName): Promise<TensorFlowBackend> {
  const { version, device } = describeBackend(known);
  const { key, start } = BACKENDS[known];
  let tf: TensorFlow;
  try {
    tf = await import('@tensorflow/tfjs-core');
    tf.enableProdMode();
    await start(tf);
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
  return { kind: 'tensorflow', name: known, version, device, tf };
}

interface Recipe {
  readonly package: string;
  /** The name that TensorFlow.js has for it. */
  readonly key: string;
  /** The file in the package's `dist` that computes, where that is not JavaScript. */
  readonly binary?: string;
  readonly start: (tf: TensorFlow) => Promise<unknown>;
}

/** Of the kernels; their binary's digest tells versions apart for the cache, this one for people. */
const PORTABLE_VERSION = '2';
const CORE = '@tensorflow/tfjs-core';
const WASM = '@tensorflow/tfjs-backend-wasm';
const SIMD_BINARY = 'tfjs-backend-wasm-simd.wasm';

const BACKENDS: Readonly<Record<TensorFlowName, Recipe>> = {
  'tfjs-cpu': {
    package: '@tensorflow/tfjs-backend-cpu',
    key: 'cpu',
    start: () => import('@tensorflow/tfjs-backend-cpu'),
  },
  'tfjs-wasm': {
    package: WASM,
    key: 'wasm',
    binary: SIMD_BINARY,
    start: async (tf) => {
      const wasm = await import('@tensorflow/tfjs-backend-wasm');
      // Whatever it would choose, it gets the one binary whose digest is in the cache key.
      const simd = wasmFile(SIMD_BINARY);
      wasm.setWasmPaths({
        'tfjs-backend-wasm.wasm': simd,
        'tfjs-backend-wasm-simd.wasm': simd,
        'tfjs-backend-wasm-threaded-simd.wasm': simd,
      });
      if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')))
        throw new Error('this machine has no SIMD for WebAssembly');
    },
  },
};

function checkName(name: string): BackendName {
  const known = backendNames.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  throw new BackendError(
    `There is no backend "${name}"${didYouMean(name, backendNames)}; choose one of ${backendNames.join(', ')}.`,
  );
}

function versionOf(packageName: string): string {
  return (JSON.parse(readFileSync(fileOf(packageName, 'package.json'), 'utf8')) as { version: string }).version;
}

function wasmFile(binary: string): string {
  return join(dirname(fileOf(WASM, 'package.json')), 'dist', binary);
}

function fileOf(packageName: string, file: string): string {
  try {
    return createRequire(import.meta.url).resolve(`${packageName}/${file}`);
  } catch (cause) {
    throw new BackendError(`The package ${packageName} is not installed; get it with: npm install ${packageName}.`, {
      cause,
    });
  }
}

function messageOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String((cause as { message?: unknown }).message ?? cause);
  return message.replace(/\.$/, '');
}
