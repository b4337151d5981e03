/**
 * Compute backends by name. To add one, write its entry in a file of its own and list it in BUILT_IN: the command line,
 * its completion, the doctor and the choice of a backend for a device follow.
 */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { BackendError } from '../../errors.ts';
import type { BackendEntry } from './backend-entry.ts';
import { portable } from './portable.ts';
import { tfjsCpu } from './tfjs-cpu.ts';
import { tfjsNode, tfjsNodeGpu } from './tfjs-native.ts';
import { tfjsWasm } from './tfjs-wasm.ts';
import { tfjsWebGpu } from './tfjs-webgpu.ts';

const BUILT_IN = [portable, tfjsCpu, tfjsWasm, tfjsNode, tfjsNodeGpu, tfjsWebGpu] as const;

type BuiltIn = (typeof BUILT_IN)[number];
export type BackendName = BuiltIn['name'];
/** What opening the backend of this name gives. */
export type Opened<Name extends BackendName> = Awaited<ReturnType<Extract<BuiltIn, { readonly name: Name }>['start']>>;

const entries = new Map<string, BackendEntry>(BUILT_IN.map((entry) => [entry.name, entry]));

/** Adds a backend for this process; what it returns removes it. @throws BackendError if the name is taken */
export function registerBackend(entry: BackendEntry): () => void {
  if (entries.has(entry.name))
    throw new BackendError(`The backend name "${entry.name}" is already registered; choose another name.`);
  entries.set(entry.name, entry);
  return () => void entries.delete(entry.name);
}

export function backendNames(): readonly string[] {
  return [...entries.keys()];
}

/** @throws BackendError if there is no backend of this name */
export function backendEntry(name: string): BackendEntry {
  const entry = entries.get(name);
  if (entry !== undefined) return entry;
  const names = backendNames();
  throw new BackendError(`There is no backend "${name}"${didYouMean(name, names)}; choose one of ${names.join(', ')}.`);
}

/** The backend that `auto` stands for on the CPU. */
export const CPU_BACKEND: BackendName = portable.name;
/** The one that computes on software adapters. */
export const SOFTWARE_BACKEND: BackendName = tfjsWebGpu.name;

/** Those that compute on GPUs, in the order in which `auto` tries them. */
export function gpuBackends(): readonly string[] {
  return BUILT_IN.filter((entry) => entry.device === 'gpu').map(({ name }) => name);
}
