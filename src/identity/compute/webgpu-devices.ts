/**
 * WebGPU's adapters, as slots by their place in Dawn's list. A process of its own asks for them, since a driver may
 * crash or hang whoever loads it.
 */
import { fork } from 'node:child_process';
import { OWN_ARGUMENTS, ownEntry } from '../../own-process.ts';
import type { Adapter } from '../../ml/backends/adapter.ts';
import type { Device, Devices } from './devices.ts';
import { driverWords } from './driver-words.ts';
import { type NvidiaDevices, nvidiaDevices } from './nvidia-devices.ts';

/** What that process sends before it ends. */
export type AdapterList =
  | { readonly type: 'adapters'; readonly adapters: readonly Adapter[] }
  /** Why there is no list, as a clause. */
  | { readonly type: 'fails'; readonly why: string };

const ENTRY = ownEntry('./adapter-list', import.meta.url);
/** Loading all drivers of a machine takes half a second; a busy machine takes longer. */
const LIMIT_MS = 30_000;

/** @param limitMs after which a process that gave no answer is ended */
export async function webGpuDevices(projectRoot: string | undefined, limitMs = LIMIT_MS): Promise<Devices> {
  const answer = await ask(projectRoot, limitMs);
  if (answer.type === 'fails') return { list: [], absence: answer.why };
  const visible = process.env['CUDA_VISIBLE_DEVICES'];
  const isHiding = visible !== undefined && answer.adapters.some(({ vendor }) => vendor === 'nvidia');
  return adapterDevices(answer.adapters, isHiding ? await nvidiaDevices() : NOTHING_HIDDEN, visible);
}

const NOTHING_HIDDEN = { hidden: [], absence: '' };

/**
 * Adapters as devices. CUDA_VISIBLE_DEVICES means nothing to WebGPU, which takes the first GPU of a model; so none of a
 * model is taken of which one is hidden, and none of NVIDIA's where its driver does not say which are.
 *
 * @param nvidia what NVIDIA's driver says, if CUDA_VISIBLE_DEVICES is set
 */
export function adapterDevices(
  adapters: readonly Adapter[],
  nvidia: Pick<NvidiaDevices, 'hidden' | 'absence'>,
  visible: string | undefined,
): Devices {
  const isUnknown = nvidia.absence !== '' && nvidia.hidden.length === 0;
  const hidden = isUnknown
    ? adapters.filter(({ vendor }) => vendor === 'nvidia').map(({ name }) => name)
    : nvidia.hidden;
  const list = adapters
    .map((adapter, index): Device => {
      const id = `${adapter.isSoftware ? 'software' : 'gpu'}:${index}`;
      return { id, name: adapter.name, memoryMiB: 0, driver: driverWords(adapter), adapter };
    })
    .filter(({ name }) => !hidden.includes(name));
  const gpus = list.filter(({ id }) => id.startsWith('gpu:'));
  if (gpus.length > 0) return { list, absence: '' };
  const taken = adapters.find(({ name }) => hidden.includes(name));
  if (taken !== undefined)
    return {
      list,
      absence: isUnknown
        ? `CUDA_VISIBLE_DEVICES="${visible ?? ''}" may hide the ${taken.name}, and ${nvidia.absence}`
        : `CUDA_VISIBLE_DEVICES="${visible ?? ''}" hides a ${taken.name}, and WebGPU cannot tell GPUs of one model apart`,
    };
  const [software] = list;
  return {
    list,
    absence:
      software === undefined
        ? `WebGPU finds no adapter: ${NO_DRIVER}`
        : `WebGPU finds none but ${software.name}, which computes in software, and which --device software takes`,
  };
}

/** Without a driver Dawn cannot say more than that there is nothing. */
const NO_DRIVER =
  process.platform === 'linux'
    ? "no GPU here has a Vulkan driver that Dawn takes; NVIDIA's comes with its driver, those of AMD and Intel with: apt-get install mesa-vulkan-drivers"
    : 'no GPU here has a driver that Dawn takes';

/** @param asksAgain if Ctrl-C ends the process: a terminal sends it to the whole group, and this process may go on */
function ask(projectRoot: string | undefined, limitMs: number, asksAgain = true): Promise<AdapterList> {
  return new Promise((resolve) => {
    const child = fork(ENTRY, projectRoot === undefined ? [] : [projectRoot], {
      execArgv: [...OWN_ARGUMENTS],
      // Dawn and drivers talk, and nobody asked them.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    let answer: AdapterList | undefined;
    const end = (why: string): void => {
      clearTimeout(timer);
      resolve(answer ?? { type: 'fails', why });
    };
    // A process that hangs in a driver may not even end when it is killed.
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.unref();
      end(`WebGPU listed no adapters within ${limitMs / 1000} s`);
    }, limitMs);
    child.on('message', (message: AdapterList) => (answer = message));
    child.once('error', ({ message }) => end(`WebGPU could not be asked: ${message}`));
    child.once('exit', (code, signal) => {
      if (signal === 'SIGINT' && asksAgain && answer === undefined) {
        clearTimeout(timer);
        resolve(ask(projectRoot, limitMs, false));
        return;
      }
      const how = signal === null ? `ended with code ${code ?? 0}` : `was killed by ${signal}`;
      end(`the process that asked WebGPU for its adapters ${how}`);
    });
  });
}
