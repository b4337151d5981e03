/**
 * TensorFlow's own library under TensorFlow.js: the packages tfjs-node and tfjs-node-gpu, which users install if they
 * want them. Finds the binding and the libraries that compute, and loads them.
 */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  damagedPackage,
  type InstalledPackage,
  installedPackage,
  NotInstalledError,
  optionalPackage,
} from '../backends/backend-packages.ts';
import type { TensorFlow } from './backend.ts';

export type NativeName = 'tfjs-node' | 'tfjs-node-gpu';

/** The version of both that restage is tested with; its peer dependency. */
const VERSION = '4.22.0';

export interface NativePackage extends InstalledPackage {
  /** Version of the tfjs-core that it includes. */
  readonly core: string;
  /** Real paths of the binding and of TensorFlow's libraries. */
  readonly files: readonly string[];
}

/** Finds the package with all that it needs. @throws NotInstalledError, BackendError */
export function findNative(backend: NativeName, projectRoot: string | undefined): NativePackage {
  const name = `@tensorflow/${backend}`;
  const found = optionalPackage(name, projectRoot);
  const install = `npm install ${name}@${VERSION}`;
  if (found === undefined) {
    const place = projectRoot === undefined ? '' : ` in ${projectRoot}`;
    throw new NotInstalledError(`The package ${name} is not installed${place}`, install);
  }
  const files = filesOf(found);
  if (files.length < 2) {
    const missing = files.length === 0 ? 'its binding' : 'libtensorflow';
    const lack = `The package ${name} in ${found.directory} lacks ${missing}, which its install script downloads`;
    throw new NotInstalledError(lack, `npm rebuild ${name}`);
  }
  const union = installedPackage('@tensorflow/tfjs', join(found.directory, 'package.json'));
  const core = union && installedPackage('@tensorflow/tfjs-core', join(union.directory, 'package.json'));
  if (core === undefined) throw new NotInstalledError(`The package ${name} lacks @tensorflow/tfjs`, install);
  return { ...found, core: core.version, files: [...new Set(files)].sort() };
}

/** @throws BackendError, also for a broken link */
function filesOf(found: InstalledPackage): readonly string[] {
  try {
    return [...bindings(found.directory), ...libraries(found.directory)].map((file) => realpathSync(file));
  } catch (error) {
    throw damagedPackage(found, (error as Error).message, error);
  }
}

/** Loads the package, which makes its backend the one that computes. */
export function loadNative({ directory }: InstalledPackage): TensorFlow {
  restoreUtil();
  // Otherwise it prints a line about the CPU's instructions to standard error in every process.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  // More threads would give sums in other orders, and so other bits.
  for (const threads of ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS', 'OMP_NUM_THREADS'])
    process.env[threads] ??= '1';
  return createRequire(import.meta.url)(directory) as TensorFlow;
}

/** Whether it computes on a GPU; the GPU's package silently falls back to the CPU. */
export function usesGpu(tf: TensorFlow): boolean {
  return (tf.backend() as { readonly isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;
}

/** tfjs-node 4.22 calls functions of node:util that are deprecated in Node 22 and gone in Node 23. */
function restoreUtil(): void {
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] = (value: unknown) => value === null || value === undefined;
  util['isArray'] = Array.isArray;
}

/**
 * node-pre-gyp chooses the newest version of Node-API that Node and the package both support: 8, the package's newest,
 * on every Node that restage supports.
 */
function bindings(directory: string): readonly string[] {
  const file = join(directory, 'lib/napi-v8/tfjs_binding.node');
  return existsSync(file) ? [file] : [];
}

function libraries(directory: string): readonly string[] {
  const folder = join(directory, 'deps/lib');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.startsWith('libtensorflow'))
    .map((file) => join(folder, file));
}
