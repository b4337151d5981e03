import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpus } from 'node:os';
import { describe, expect, test } from 'vitest';
import { adapterOf, cudaVisible, slotOf } from '../../../src/identity/compute/devices.ts';
import { adapterDevices } from '../../../src/identity/compute/webgpu-devices.ts';
import { workerEnvironment } from '../../../src/identity/compute/worker-environment.ts';
import { withBinary } from '../../../src/ml/backends/webgpu-packages.ts';
import { disposableDirectory } from '../../helpers/disposable.ts';
import { adapter } from './adapters.ts';

const H200 = adapter('NVIDIA H200', { vendor: 'nvidia', driver: 'NVIDIA: 570.86.15' });
/** Nothing is hidden. */
const SEEN = { hidden: [], absence: '' };
const ARC = adapter('Intel(R) Arc(TM) A770 Graphics', { vendor: 'intel' });
const SOFTWARE = adapter('SwiftShader Device (Subzero)', { vendor: 'google', isSoftware: true });

describe("WebGPU's adapters as devices", () => {
  test('have the numbers of their places, software adapters among them', () => {
    const { list, absence } = adapterDevices([SOFTWARE, H200, ARC], SEEN, undefined);
    expect(list.map(({ id, name }) => [id, name])).toEqual([
      ['software:0', 'SwiftShader Device (Subzero)'],
      ['gpu:1', 'NVIDIA H200'],
      ['gpu:2', 'Intel(R) Arc(TM) A770 Graphics'],
    ]);
    expect(list[1]).toMatchObject({ driver: 'nvidia arch NVIDIA: 570.86.15', adapter: H200 });
    expect(absence).toBe('');
  });

  test('are none of a model that CUDA_VISIBLE_DEVICES hides, since one of a model is like another', () => {
    const hiding = { hidden: ['NVIDIA H200'], absence: '' };
    const left = adapterDevices([H200, ARC], hiding, '3');
    expect(left.list.map(({ id }) => id)).toEqual(['gpu:1']);
    expect(adapterDevices([H200], hiding, '3')).toEqual({
      list: [],
      absence: 'CUDA_VISIBLE_DEVICES="3" hides a NVIDIA H200, and WebGPU cannot tell GPUs of one model apart',
    });
  });

  test("are none of NVIDIA's if its driver does not say what CUDA_VISIBLE_DEVICES hides", () => {
    const silent = { hidden: [], absence: 'nvidia-smi is not installed' };
    expect(adapterDevices([H200, ARC], silent, '0').list.map(({ id }) => id)).toEqual(['gpu:1']);
    expect(adapterDevices([H200], silent, '0')).toEqual({
      list: [],
      absence: 'CUDA_VISIBLE_DEVICES="0" may hide the NVIDIA H200, and nvidia-smi is not installed',
    });
  });

  test('of software differ by the processor, for which their drivers compile', () => {
    const [software] = adapterDevices([SOFTWARE], SEEN, undefined).list;
    expect(software!.driver).toMatch(new RegExp(` on ${cpus()[0]!.model.replace(/[^\w]/g, '.')}$`));
  });

  test('do not count as GPUs if they compute in software, and the reason names one', () => {
    expect(adapterDevices([SOFTWARE], SEEN, undefined).absence).toBe(
      'WebGPU finds none but SwiftShader Device (Subzero), which computes in software, and which --device software takes',
    );
    expect(adapterDevices([], SEEN, undefined).absence).toMatch(/^WebGPU finds no adapter: /);
  });
});

describe('the slot of a device', () => {
  const [device] = adapterDevices([H200], SEEN, undefined).list;

  test('tells a worker the name of its adapter, which may have any characters', () => {
    const slot = slotOf(device!);
    expect([slot, adapterOf(slot), adapterOf('gpu:0=a=b'), adapterOf('gpu:0')]).toEqual([
      'gpu:0=NVIDIA H200',
      'NVIDIA H200',
      'a=b',
      undefined,
    ]);
    expect(workerEnvironment([slot])).toMatchObject({
      RESTAGE_WEBGPU_ADAPTER: 'NVIDIA H200',
      CUDA_VISIBLE_DEVICES: '',
    });
  });

  test("is its number in NVIDIA's list, of which no adapter is told", () => {
    expect(slotOf({ id: 'gpu:5', name: 'NVIDIA H200', memoryMiB: 1, driver: '1' })).toBe('gpu:5');
    expect(cudaVisible(['gpu:5', 'gpu:2'])).toBe('5,2');
    expect(workerEnvironment(['gpu:5'])).not.toHaveProperty('RESTAGE_WEBGPU_ADAPTER');
  });
});

describe('the package webgpu', () => {
  test('is refused without a Dawn for this platform, with the command that gets it', () => {
    const directory = disposableDirectory('restage-dawn-');
    const dawn = { name: 'webgpu', version: '0.6.2', directory };
    expect(() => withBinary(dawn, 'linux', 'riscv64')).toThrow(
      `The package webgpu 0.6.2 in ${directory} has no Dawn for Node on linux-riscv64; get it with: npm install webgpu@0.6.2.`,
    );
    mkdirSync(join(directory, 'dist/darwin-universal'), { recursive: true });
    writeFileSync(join(directory, 'dist/darwin-universal/dawn.node'), '');
    expect(withBinary(dawn, 'darwin', 'arm64').binary).toBe(join(directory, 'dist/darwin-universal/dawn.node'));
  });
});
