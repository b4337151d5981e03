/** Asks this machine for its devices: NVIDIA's driver, or WebGPU. */
import type { DeviceProbe } from './devices.ts';

/** Each list is loaded where it is asked for: most runs need none. */
export const machineDevices: DeviceProbe = async (family, projectRoot) => {
  if (family === 'nvidia') return (await import('./nvidia-devices.ts')).nvidiaDevices();
  return (await import('./webgpu-devices.ts')).webGpuDevices(projectRoot);
};
