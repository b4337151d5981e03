/** The environment variables of workers: they limit each worker to one thread and to its own devices. */
import { adapterOf, cudaVisible } from './devices.ts';

/**
 * One thread for each task: the number of workers uses the cores, and it must never change bits. Recorded with every
 * run.
 */
export const WORKER_THREADS: Readonly<Record<string, string>> = {
  OMP_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '1',
  UV_THREADPOOL_SIZE: '2',
};

/** For a worker with these devices, by their slots; without devices it sees none. */
export function workerEnvironment(devices: readonly string[]): Readonly<Record<string, string>> {
  const visible = { ...WORKER_THREADS, CUDA_VISIBLE_DEVICES: cudaVisible(devices) };
  if (devices.length === 0) return visible;
  const [adapter] = devices.flatMap((slot) => adapterOf(slot) ?? []);
  return {
    ...visible,
    // In the order of nvidia-smi; CUDA's own order begins with the fastest.
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    // The same bits every time, and only as much of the device's memory as needed.
    TF_DETERMINISTIC_OPS: '1',
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    ...(adapter === undefined ? {} : { RESTAGE_WEBGPU_ADAPTER: adapter }),
  };
}
