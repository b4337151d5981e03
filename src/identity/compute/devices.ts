/**
 * The GPUs of this machine, as slots by id. A run sees those that CUDA_VISIBLE_DEVICES leaves to it: a batch system that
 * gave out one GPU of eight must not find a run on the others.
 */
import { execFile } from 'node:child_process';

export interface Device {
  /** `gpu:` and the number that nvidia-smi gives it, which is its place on the bus. */
  readonly id: string;
  /** Its model, such as `NVIDIA H200`. */
  readonly name: string;
  /** 0 where the driver does not tell. */
  readonly memoryMiB: number;
  /** Version of its driver, which compiles kernels for it. */
  readonly driver: string;
}

export interface Devices {
  readonly list: readonly Device[];
  /** Why there are none, as a clause; empty where there are. */
  readonly absence: string;
}

/** Looks what devices there are. It never throws: no driver is no devices. */
export type DeviceProbe = () => Promise<Devices>;

const QUERY = ['--query-gpu=index,uuid,name,memory.total,driver_version', '--format=csv,noheader,nounits'];
/** A driver that hangs must not hang restage. */
const PROBE_MS = 10_000;

/** Asks NVIDIA's driver, by nvidia-smi. */
export function nvidiaDevices(limitMs = PROBE_MS): Promise<Devices> {
  return new Promise((resolve) => {
    // Not by execFile's own limit, which waits for the end of what it stops: a process that hangs in the kernel has none.
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.unref();
      resolve({ list: [], absence: `nvidia-smi gave no answer in ${limitMs / 1000} s` });
    }, limitMs);
    const child = execFile('nvidia-smi', QUERY, (error, stdout, stderr) => {
      clearTimeout(timer);
      if (error === null) resolve(visibleDevices(stdout, process.env['CUDA_VISIBLE_DEVICES']));
      else resolve({ list: [], absence: absenceOf(error, `${stdout}\n${stderr}`) });
    });
  });
}

/**
 * What nvidia-smi lists, as CUDA_VISIBLE_DEVICES narrows it down: numbers or (beginnings of) UUIDs, in that order. As for
 * CUDA itself, the first one that names no GPU ends the list.
 */
export function visibleDevices(csv: string, visible: string | undefined): Devices {
  const all = csv
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 5)
    .map(([index = '', uuid = '', name = '', memory, driver = '']) => ({
      index,
      uuid,
      device: { id: `gpu:${index}`, name, memoryMiB: Number(memory) || 0, driver },
    }));
  if (all.length === 0) return { list: [], absence: 'nvidia-smi lists none' };
  if (visible === undefined) return { list: all.map(({ device }) => device), absence: '' };
  const chosen = new Set<Device>();
  for (const word of visible.split(',').map((part) => part.trim())) {
    const named = all.filter(({ index, uuid }) => index === word || (word.startsWith('GPU-') && uuid.startsWith(word)));
    if (named.length !== 1) break;
    chosen.add(named[0]!.device);
  }
  const absence = chosen.size > 0 ? '' : `CUDA_VISIBLE_DEVICES="${visible}" leaves none of ${all.length}`;
  return { list: [...chosen], absence };
}

/** What CUDA_VISIBLE_DEVICES has to be, with CUDA_DEVICE_ORDER=PCI_BUS_ID, for a process to see these and no others. */
export function cudaVisible(ids: readonly string[]): string {
  return ids.map((id) => id.slice(id.indexOf(':') + 1)).join(',');
}

function absenceOf(error: Error, output: string): string {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'nvidia-smi is not installed';
  const said = output.split('\n').find((line) => line.trim() !== '');
  return `nvidia-smi fails: ${(said ?? error.message).trim().replace(/\.$/, '')}`;
}
