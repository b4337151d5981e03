/**
 * Which compute backend a run uses, and on which devices: resolves `auto`, and computes the identity that enters the
 * keys of compute stages. An unavailable backend is an error; restage never replaces it by another one.
 */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { type BackendIdentity, onDevice } from '../../core/identity/backend-identity.ts';
import type { Digest } from '../../core/identity/digest.ts';
import { BackendError, UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import { chooseDevices, NoDeviceError, type Wanted } from './choose-devices.ts';
import { type BackendTrial, firstThatWorks, tryOnDevice } from './choose-gpu.ts';
import type { Compute } from './compute.ts';
import { type DeviceProbe, slotOf } from './devices.ts';
import type { ComputeElsewhere } from './elsewhere.ts';

/** Where backends and devices are searched for. */
export interface BackendSearch {
  /** Root of the user's project, where optional backends are installed. */
  readonly projectRoot: string;
  readonly digestOf: (file: string) => Promise<Digest>;
  readonly probe: DeviceProbe;
  /** Default: in a process of its own. */
  readonly trial?: BackendTrial;
  /** Default: all nodes compute on this machine. */
  readonly elsewhere?: ComputeElsewhere;
}

/** The cache remembers the digests of backends' binaries, which may be large. */
export function backendSearchIn(cache: Cache, project: { readonly root: string }, probe: DeviceProbe): BackendSearch {
  const digestOf = async (file: string): Promise<Digest> => (await cache.memos.fileDigest(file)).digest;
  return { projectRoot: project.root, digestOf, probe };
}

const DEVICES = ['cpu', 'gpu', 'software', 'auto'];

/** What was asked for: a backend on the CPU, one on devices, or the first of several that works on one. */
type Asked =
  | { readonly type: 'cpu'; readonly name: string }
  | { readonly type: 'device'; readonly name: string; readonly wanted: Wanted }
  | { readonly type: 'any'; readonly names: readonly string[]; readonly wanted: Wanted };

/**
 * @param asked a backend's name, or `auto`: portable, and for a GPU the first that computes on one.
 * @param device `cpu`, `gpu`, `gpu:N`, `software`, or `auto`: the device that the backend computes on.
 * @throws BackendError if the backend or the device is unavailable, or they do not fit together; UsageError for an
 * unknown device name
 */
export async function resolveCompute(asked: string, device: string, search: BackendSearch): Promise<Compute> {
  const meant = await askedFor(asked, device);
  switch (meant.type) {
    case 'cpu':
      return { backend: await describe(meant.name, search), devices: [], sameBitsTogether: false };
    case 'device':
      return onDevices(meant.name, meant.wanted, search);
    case 'any':
      return onAnyGpu(meant.names, meant.wanted, search);
  }
}

/** Whether what is asked for computes on a device. @throws BackendError, UsageError for what no machine has */
export async function isOnDevice(asked: string, device: string): Promise<boolean> {
  return (await askedFor(asked, device)).type !== 'cpu';
}

/** Looks at nothing but the words. @throws BackendError, UsageError */
async function askedFor(asked: string, device: string): Promise<Asked> {
  const isOne = /^gpu:\d+$/.test(device);
  if (!isOne && !DEVICES.includes(device))
    throw new UsageError(
      `There is no device "${device}"${didYouMean(device, DEVICES)}; it is cpu, gpu, gpu:N, software or auto.`,
    );
  const wanted: Wanted =
    device === 'software' ? { type: 'software' } : isOne ? { type: 'one', id: device } : { type: 'gpu' };
  const { backendEntry, CPU_BACKEND, gpuBackends, SOFTWARE_BACKEND } = await import('../../ml/backends/registry.ts');
  if (asked === 'auto' && wanted.type === 'software') return { type: 'device', name: SOFTWARE_BACKEND, wanted };
  if (asked === 'auto' && (device === 'gpu' || isOne)) return { type: 'any', names: gpuBackends(), wanted };
  const name = asked === 'auto' ? CPU_BACKEND : asked;
  if (backendEntry(name).device === 'gpu') {
    if (device !== 'cpu') return { type: 'device', name, wanted };
    throw new BackendError(`The backend ${name} computes only on GPUs; omit --device cpu, or choose another backend.`);
  }
  if (device !== 'cpu' && device !== 'auto')
    throw new BackendError(
      `The backend ${name} computes only on the CPU; omit --backend, and --device ${device} uses ${device === 'software' ? SOFTWARE_BACKEND : gpuBackends().join(' or ')}.`,
    );
  return { type: 'cpu', name };
}

/**
 * The backend as it computed once, by its name and model in a key: on devices of the same model if there are any, else
 * on what a run would take.
 *
 * @throws BackendError
 */
export async function resolveRecorded(name: string, model: string, search: BackendSearch): Promise<Compute> {
  const { backendEntry } = await import('../../ml/backends/registry.ts');
  if (backendEntry(name).device !== 'gpu') return resolveCompute(name, model === 'cpu' ? 'cpu' : 'gpu', search);
  return onDevices(name, { type: 'model', name: model }, search);
}

async function describe(name: string, { digestOf, projectRoot }: BackendSearch): Promise<BackendIdentity> {
  const { describeBackend } = await import('../../ml/backends/backends.ts');
  return { ...(await describeBackend(name, digestOf, projectRoot)), driver: '' };
}

/** A backend for GPUs, on devices of one model. @throws BackendError */
async function onDevices(name: string, wanted: Wanted, search: BackendSearch): Promise<Compute> {
  const { backendEntry } = await import('../../ml/backends/registry.ts');
  const { family = 'nvidia', sameBitsTogether = false } = backendEntry(name);
  if (wanted.type === 'software' && family !== 'webgpu')
    throw new BackendError(`The backend ${name} computes on no software adapter; omit --backend.`);
  const devices = await search.probe(family, search.projectRoot);
  const backend = await describe(name, search).catch((error: unknown) => {
    // Without its package WebGPU has no list: then the package is all that is known to be missing.
    if (devices.list.length > 0 || family === 'webgpu' || !(error instanceof BackendError)) throw error;
    throw alsoWithoutGpu(name, devices.absence, error);
  });
  const chosen = chooseDevices(name, wanted, devices);
  const { name: model, driver } = chosen[0]!;
  return { backend: onDevice(backend, model, driver), devices: chosen.map(slotOf), sameBitsTogether };
}

function alsoWithoutGpu(name: string, absence: string, error: BackendError): NoDeviceError {
  const missing = error.message.charAt(0).toLowerCase() + error.message.slice(1);
  return new NoDeviceError(
    `there is no GPU (${absence}), and ${missing.replace(/\.$/, '')}`,
    `There is no GPU for the backend ${name} (${absence}), and ${missing}`,
    { cause: error },
  );
}

/** @throws BackendError */
async function onAnyGpu(names: readonly string[], wanted: Wanted, search: BackendSearch): Promise<Compute> {
  const { trial = tryOnDevice, projectRoot } = search;
  let first: Compute['backend'] | undefined;
  const find = async (name: string): Promise<Compute> => {
    const found = await onDevices(name, wanted, search);
    first ??= found.backend;
    // Each list has numbers of its own, which may mean another card.
    if (wanted.type === 'one' && found.backend.device !== first.device)
      throw new NoDeviceError(
        `${wanted.id} is ${found.backend.device} for ${name} and ${first.device} for ${first.name}, so say which with --backend`,
        `${wanted.id} is ${found.backend.device} for ${name} and ${first.device} for ${first.name}; name the backend too.`,
      );
    return found;
  };
  return firstThatWorks(names, find, (name, slot) => trial(name, slot, projectRoot));
}
