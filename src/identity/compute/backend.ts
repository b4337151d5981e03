/**
 * Which compute backend a run uses, and on which devices: what `auto` stands for, and the identity that enters the keys
 * of compute stages. A backend that is unavailable is an error; restage never replaces it by another one.
 */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import { BackendError, UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { Device, DeviceProbe } from './devices.ts';

export interface BackendIdentity {
  readonly name: string;
  readonly version: string;
  /** `cpu`, or the model of the GPUs: other models give other bits, another GPU of the same model does not. */
  readonly device: string;
  /**
   * Of what else changes bits and can be found out without starting it: a wasm binary, the package's libraries, a GPU's
   * driver. CUDA and cuDNN are the system's, and not in it.
   */
  readonly digest: Digest;
}

/** What a run has to compute with. */
export interface Compute {
  readonly backend: BackendIdentity;
  /** Ids of the devices that compute stages take one of; none for a backend that computes on the CPU. */
  readonly devices: readonly string[];
}

/** Where backends and devices are looked for. */
export interface BackendSearch {
  /** Optional backends are installed in the user's project. */
  readonly projectRoot: string;
  readonly digestOf: (file: string) => Promise<Digest>;
  readonly probe: DeviceProbe;
}

/** Digests of backends' binaries, which may be large, are remembered by the cache. */
export function backendSearchIn(cache: Cache, project: { readonly root: string }, probe: DeviceProbe): BackendSearch {
  const digestOf = async (file: string): Promise<Digest> => (await cache.memos.fileDigest(file)).digest;
  return { projectRoot: project.root, digestOf, probe };
}

const DEVICES = ['cpu', 'gpu', 'auto'];

/**
 * @param asked a backend's name, or `auto`: portable, and tfjs-node-gpu for a GPU.
 * @param device `cpu`, `gpu`, `gpu:N` or `auto`: whatever the backend computes on.
 * @throws BackendError for a backend or a device that is not there, or if one is not for the other; UsageError for no device at all
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

/** The GPUs of the first one's model: a key names one model, so whatever computes below it has to be of that. */
function sameModel(list: readonly Device[]): readonly Device[] {
  return list.filter(({ name }) => name === list[0]!.name);
}
