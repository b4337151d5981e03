/** WebGPU adapters that tests make up. */
import type { Adapter } from '../../../src/ml/backends/adapter.ts';

export function adapter(name: string, more: Partial<Adapter> = {}): Adapter {
  return {
    name,
    api: 'vulkan',
    alike: 1,
    vendor: 'amd',
    architecture: 'arch',
    driver: 'driver 1',
    isSoftware: false,
    limits: {
      maxBufferSize: 2 ** 30,
      maxStorageBufferBindingSize: 2 ** 30,
      maxStorageBuffersPerShaderStage: 12,
      maxComputeInvocationsPerWorkgroup: 256,
      maxComputeWorkgroupStorageSize: 32768,
    },
    lack: null,
    ...more,
  };
}
