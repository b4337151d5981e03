/**
 * NVIDIA's GPUs, as slots by id. A run sees only those that CUDA_VISIBLE_DEVICES allows: if a batch system assigned one
 * GPU of eight, a run must not use the others.
 */
import type { Device, Devices } from './devices.ts';

/** By model, also those that CUDA_VISIBLE_DEVICES hides. */
export interface NvidiaDevices extends Devices {
  readonly hidden: readonly string[];
}

const QUERY = ['--query-gpu=index,uuid,name,memory.total,driver_version', '--format=csv,noheader,nounits'];
/** A driver that hangs must not make restage hang. */
const PROBE_MS = 10_000;

/**
 * Asks NVIDIA's driver through nvidia-smi.
 * @param asksAgain if Ctrl-C ends nvidia-smi: a terminal sends it to the whole group, and this process may go on
 */
export function nvidiaDevices(limitMs = PROBE_MS, asksAgain = true): Promise<NvidiaDevices> {
  // Not imported: Node takes 5 ms for this module, and only stages that compute need a device.
  const { execFile } = process.getBuiltinModule('node:child_process');
  return new Promise((resolve) => {
    // Not execFile's own limit, which waits until the stopped process ends: a process that hangs in the kernel never
    // does.
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.unref();
      resolve({ list: [], hidden: [], absence: `nvidia-smi did not answer within ${limitMs / 1000} s` });
    }, limitMs);
    const child = execFile('nvidia-smi', QUERY, (error, stdout, stderr) => {
      clearTimeout(timer);
      if (error?.signal === 'SIGINT' && asksAgain) resolve(nvidiaDevices(limitMs, false));
      else if (error === null) resolve(visibleDevices(stdout, process.env['CUDA_VISIBLE_DEVICES']));
      else resolve({ list: [], hidden: [], absence: absenceOf(error, `${stdout}\n${stderr}`) });
    });
  });
}

/**
 * The list of nvidia-smi, narrowed down by CUDA_VISIBLE_DEVICES: numbers or (beginnings of) UUIDs, in that order. As in
 * CUDA itself, the first entry that names no GPU ends the list.
 */
export function visibleDevices(csv: string, visible: string | undefined): NvidiaDevices {
  const all = csv
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 5)
    .map(([index = '', uuid = '', name = '', memory, driver = '']) => ({
      index,
      uuid,
      device: { id: `gpu:${index}`, name, memoryMiB: Number(memory) || 0, driver },
    }));
  if (all.length === 0) return { list: [], hidden: [], absence: 'nvidia-smi lists none' };
  if (visible === undefined) return { list: all.map(({ device }) => device), hidden: [], absence: '' };
  const chosen = new Set<Device>();
  for (const word of visible.split(',').map((part) => part.trim())) {
    const named = all.filter(({ index, uuid }) => index === word || (word.startsWith('GPU-') && uuid.startsWith(word)));
    if (named.length !== 1) break;
    chosen.add(named[0]!.device);
  }
  const absence = chosen.size > 0 ? '' : `CUDA_VISIBLE_DEVICES="${visible}" leaves none of ${all.length}`;
  const hidden = all.filter(({ device }) => !chosen.has(device)).map(({ device }) => device.name);
  return { list: [...chosen], hidden, absence };
}

function absenceOf(error: Error, output: string): string {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'nvidia-smi is not installed';
  const said = output.split('\n').find((line) => line.trim() !== '');
  return `nvidia-smi fails: ${(said ?? error.message).trim().replace(/\.$/, '')}`;
}
