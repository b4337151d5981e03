/** Dawn in this process: loads it, asks it for adapters, and makes a device that tells when it fails. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BackendError, type DeviceError } from '../../errors.ts';
import { deviceError, lossError } from '../webgpu/device-errors.ts';
import {
  type Adapter,
  type AdapterFacts,
  isNamed,
  isSoftwareAdapter,
  LIMITS,
  missingLimit,
  parseAdapterList,
} from './adapter.ts';
import type { DeviceFailed } from './backend-entry.ts';
import type { DawnPackage } from './webgpu-packages.ts';

/** What the package `webgpu` exports. */
export interface Dawn {
  readonly create: (flags: readonly string[]) => GPU;
  readonly globals: Readonly<Record<string, unknown>>;
}

/** The environment variable with the name of the adapter that a process is meant to use. */
export const ADAPTER_VARIABLE = 'RESTAGE_WEBGPU_ADAPTER';
/** No adapter has this name, so that Dawn answers with its list. */
const NO_ADAPTER = '<none>';

/** @throws Error as the loader of native libraries says it */
export async function loadDawn({ directory }: DawnPackage): Promise<Dawn> {
  const dawn = (await import(pathToFileURL(join(directory, 'index.js')).href)) as Dawn;
  Object.assign(globalThis, dawn.globals);
  return dawn;
}

/** The adapters that can be chosen, in Dawn's order. A driver may crash the process that asks. */
export async function listAdapters(dawn: Dawn): Promise<readonly Adapter[]> {
  const listed: Adapter[] = [];
  for (const { name, api, alike } of parseAdapterList(await refusal(dawn))) {
    const adapter = await dawn.create([`adapter=${name}`]).requestAdapter();
    if (adapter !== null && isNamed(name, adapter.info)) listed.push({ ...described(name, adapter), api, alike });
  }
  return listed;
}

/** Dawn names all adapters where none fits; without any it says nothing. */
async function refusal({ create }: Dawn): Promise<string> {
  try {
    await create([`adapter=${NO_ADAPTER}`]).requestAdapter();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

function described(name: string, { info, limits }: GPUAdapter): Omit<Adapter, 'api' | 'alike'> {
  return {
    ...factsOf(name, info),
    limits: Object.fromEntries(LIMITS.map((limit) => [limit, limits[limit]])) as unknown as Adapter['limits'],
    lack: missingLimit(limits),
  };
}

function factsOf(name: string, info: GPUAdapterInfo): AdapterFacts {
  const { vendor, architecture, description: driver } = info;
  return { name, vendor, architecture, driver, isSoftware: isSoftwareAdapter(name, info) };
}

export interface OpenedDevice {
  readonly device: GPUDevice;
  readonly info: GPUAdapterInfo;
  readonly adapter: AdapterFacts;
  /** As long as the device is used, this must not be collected. */
  readonly gpu: GPU;
}

/**
 * A device on the adapter with this name, with all that the adapter can do; without a name on Dawn's first one, which
 * must not compute in software.
 *
 * @param failed called once: the first failure decides
 * @throws BackendError if there is no such adapter, or it lacks something that is needed
 */
export async function openDevice(dawn: Dawn, name: string | undefined, failed: DeviceFailed): Promise<OpenedDevice> {
  const gpu = dawn.create(name === undefined ? [] : [`adapter=${name}`]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  const what = name ?? 'GPU';
  if (adapter === null || (name !== undefined && !isNamed(name, adapter.info)))
    throw new BackendError(`WebGPU finds no ${what} here; restage doctor lists the adapters.`);
  const { info, limits } = adapter;
  if (name === undefined && isSoftwareAdapter('', info))
    throw new BackendError(
      `WebGPU finds no GPU here: its adapter ${info.device} computes in software, which only --device software takes.`,
    );
  const lack = missingLimit(limits);
  if (lack !== null) throw new BackendError(`The adapter ${name ?? info.device} cannot compute for restage: ${lack}.`);
  const device = await adapter.requestDevice({ requiredLimits: limitsOf(limits) });
  watch(device, failed);
  return { device, info, adapter: factsOf(name ?? info.device, info), gpu };
}

/** Of the limits of a specification newer than this code, all as well: a kernel may need them. */
function limitsOf(limits: GPUSupportedLimits): Record<string, number> {
  const found: Record<string, number> = {};
  for (const name in limits) {
    const value: unknown = limits[name as keyof GPUSupportedLimits];
    if (typeof value === 'number') found[name] = value;
  }
  return found;
}

/** Without a listener an error is lost, and what a kernel would have written is zero. */
function watch(device: GPUDevice, failed: DeviceFailed): void {
  let isOver = false;
  const tell = (error: DeviceError): void => {
    if (isOver) return;
    isOver = true;
    failed(error);
  };
  device.addEventListener('uncapturederror', ({ error }) => tell(deviceError(error)));
  void device.lost.then((info) => tell(lossError(info)));
}
