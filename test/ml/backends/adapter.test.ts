import { describe, expect, test } from 'vitest';
import { isNamed, isSoftwareAdapter, missingLimit, parseAdapterList } from '../../../src/ml/backends/adapter.ts';

/** As Dawn of webgpu 0.6.2 answers; the first adapter is one that was seen, the others are made up. */
const REFUSAL = `no suitable backends found
Available adapters:
 * backend: 'vulkan', name: 'SwiftShader Device (Subzero)'
 * backend: 'vulkan', name: 'NVIDIA A100'
 * backend: 'vulkan', name: 'NVIDIA A100'
 * backend: 'vulkan', name: 'NVIDIA A10'
 * backend: 'opengl', name: 'NVIDIA A10'
 * backend: 'vulkan', name: 'Intel(R) Iris(R) 'Xe''`;

const limits = {
  maxBufferSize: 2 ** 30,
  maxStorageBufferBindingSize: 2 ** 30,
  maxStorageBuffersPerShaderStage: 12,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 32768,
};

describe("Dawn's list of adapters", () => {
  test('is read out of its refusal, each name once, with how many have it', () => {
    expect(parseAdapterList(REFUSAL)).toEqual([
      { api: 'vulkan', name: 'SwiftShader Device (Subzero)', alike: 1 },
      { api: 'vulkan', name: 'NVIDIA A100', alike: 2 },
      { api: 'vulkan', name: 'NVIDIA A10', alike: 1 },
      { api: 'vulkan', name: "Intel(R) Iris(R) 'Xe'", alike: 1 },
    ]);
    expect(parseAdapterList('no suitable backends found')).toEqual([]);
  });

  test.each([
    ['SwiftShader Device (Subzero)', 'swiftshader-device-subzero-', true],
    ['NVIDIA A10', 'nvidia-a100', false],
    ['NVIDIA A10', 'nvidia-a10', true],
  ])('has %s for the adapter %s: %s', (name, device, is) => {
    expect(isNamed(name, { device })).toBe(is);
  });
});

describe('an adapter', () => {
  const info = { architecture: '', description: '', isFallbackAdapter: false };

  test.each([
    ['SwiftShader Device (Subzero)', { ...info, isFallbackAdapter: true }, true],
    ['SwiftShader Device (Subzero)', info, true],
    ['llvmpipe (LLVM 19.1.7, 256 bits)', info, true],
    ['Microsoft Basic Render Driver', info, true],
    ['', { ...info, architecture: 'swiftshader' }, true],
    ['NVIDIA H200', { ...info, description: 'NVIDIA: 570.86.15' }, false],
    ['AMD Radeon RX 7900 XTX (RADV NAVI31)', info, false],
  ])('%s computes in software or not, whatever it says of itself', (name, told, is) => {
    expect(isSoftwareAdapter(name, told)).toBe(is);
  });

  test('lacks what is below the least of WebGPU, and the sentence has both figures', () => {
    expect(missingLimit(limits)).toBeNull();
    expect(missingLimit({ ...limits, maxStorageBuffersPerShaderStage: 4 })).toBe(
      'its maxStorageBuffersPerShaderStage is 4, and 8 is needed',
    );
  });
});
