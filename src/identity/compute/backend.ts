/**
 * Which compute backend a run uses, and on which devices: resolves `auto`, and computes the identity that enters the
 * keys of compute stages. An unavailable backend is an error; restage never replaces it by another one.
 */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import { BackendError, UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { Device, DeviceProbe } from './devices.ts';

export interface BackendIdentity {
  readonly name: string;
  readonly version: string;
  /** `cpu`, or the model of the GPUs: another model gives different bits, another GPU of the same model does not. */
  readonly device: string;
  /**
   * Covers everything else that changes bits and can be found without starting the backend: a wasm binary, the
   * package's libraries, a GPU's driver. CUDA and cuDNN belong to the system and are not covered.
   */
  readonly digest: Digest;
}

/** The backend and the devices of a run. */
export interface Compute {
  readonly backend: BackendIdentity;
  /** Ids of the devices of which a compute stage takes one; empty for a backend that computes on the CPU. */
  readonly devices: readonly string[];
}

/** Where backends and devices are searched for. */
export interface BackendSearch {
  /** Root of the user's project, where optional backends are installed. */
  readonly projectRoot: string;
  readonly digestOf: (file: string) => Promise<Digest>;
  readonly probe: DeviceProbe;
}

/** The cache remembers the digests of backends' binaries, which may be large. */
export function backendSearchIn(cache: Cache, project: { readonly root: string }, probe: DeviceProbe): BackendSearch {
  const digestOf = async (file: string): Promise<Digest> => (await cache.memos.fileDigest(file)).digest;
  return { projectRoot: project.root, digestOf, probe };
}

const DEVICES = ['cpu', 'gpu', 'auto'];

/**
 * @param asked a backend's name, or `auto`: portable, and tfjs-node-gpu for a GPU.
 * @param device `cpu`, `gpu`, `gpu:N`, or `auto`: the device that the backend computes on.
 * @throws BackendError if the backend or the device is unavailable, or they do not fit together; UsageError for an
 * unknown device name
 */
export async function resolveCompute(asked: string, device: string, search: BackendSearch): Promise<Compute> {
  const wantsGpu = /^gpu(:\d+)?$/.test(device);
  if (!wantsGpu && !DEVICES.includes(device))
    throw new UsageError(
      `There is no device "${device}"${didYouMean(device, DEVICES)}; it is cpu, gpu, gpu:N or auto.`,
    );
  const { describeBackend } = await import('../../ml/backends/backends.ts');
  const { backendEntry, defaultBackend } = await import('../../ml/backends/registry.ts');
  const name = asked !== 'auto' ? asked : defaultBackend(wantsGpu ? 'gpu' : 'cpu');
  const describe = (): Promise<BackendIdentity> => describeBackend(name, search.digestOf, search.projectRoot);
  if (backendEntry(name).device !== 'gpu') {
    const backend = await describe();
    if (wantsGpu)
      throw new BackendError(
        `The backend ${name} computes only on the CPU; omit --backend, and --device ${device} uses ${defaultBackend('gpu')}.`,
      );
    return { backend, devices: [] };
  }
  if (device === 'cpu')
    throw new BackendError(`The backend ${name} computes only on GPUs; omit --device cpu, or choose another backend.`);
  const { list, absence } = await search.probe();
  const backend = await describe().catch((error: unknown) => {
    if (list.length > 0 || !(error instanceof BackendError)) throw error;
    const missing = error.message.charAt(0).toLowerCase() + error.message.slice(1);
    throw new BackendError(`There is no GPU for the backend ${name} (${absence}), and ${missing}`, { cause: error });
  });
  if (list.length === 0)
    throw new BackendError(`There is no GPU for the backend ${name} (${absence}); use --device cpu, or omit --device.`);
  const chosen = device.startsWith('gpu:') ? list.filter(({ id }) => id === device) : sameModel(list);
  if (chosen.length === 0)
    throw new BackendError(
      `There is no device ${device} here; choose one of ${list.map((one) => `${one.id} (${one.name})`).join(', ')}.`,
    );
  const { name: model, driver } = chosen[0]!;
  const digest = sha256(`${backend.digest}\ndriver@${driver}\n`);
  return { backend: { ...backend, device: model, digest }, devices: chosen.map(({ id }) => id) };
}

/**
 * The GPUs of the same model as the first one: a key names one model, so all computation under it must use that model.
 */
function sameModel(list: readonly Device[]): readonly Device[] {
  return list.filter(({ name }) => name === list[0]!.name);
}
