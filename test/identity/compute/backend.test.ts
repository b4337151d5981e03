import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Digest } from '../../../src/core/identity/digest.ts';
import { resolveCompute, resolveRecorded } from '../../../src/identity/compute/backend.ts';
import type { BackendTrial } from '../../../src/identity/compute/choose-gpu.ts';
import type { Device, DeviceProbe } from '../../../src/identity/compute/devices.ts';
import { adapterDevices } from '../../../src/identity/compute/webgpu-devices.ts';
import type { Adapter } from '../../../src/ml/backends/adapter.ts';
import { UsageError } from '../../../src/errors.ts';
import { adapter } from './adapters.ts';
import { BINDING, installNative, LIBRARY } from '../../helpers/native-package.ts';

const bare = mkdtempSync(join(tmpdir(), 'restage-bare-'));
const equipped = mkdtempSync(join(tmpdir(), 'restage-equipped-'));
installNative(equipped, 'tfjs-node-gpu', { ...BINDING, ...LIBRARY });
afterAll(() => {
  for (const folder of [bare, equipped]) rmSync(folder, { recursive: true });
});

const H200 = 'NVIDIA H200';
const gpu = (index: number, name = H200, driver = '570.86.15'): Device => ({
  id: `gpu:${index}`,
  name,
  memoryMiB: 1,
  driver,
});
/** A machine with these GPUs in NVIDIA's list, and nothing in WebGPU's. */
const machine =
  (...list: readonly Device[]): DeviceProbe =>
  (family) =>
    family === 'nvidia'
      ? Promise.resolve({ list, absence: list.length > 0 ? '' : 'nvidia-smi is not installed' })
      : Promise.resolve({ list: [], absence: 'WebGPU finds no adapter' });
/** One with these adapters, of which none may be in NVIDIA's list. */
const withAdapters =
  (adapters: readonly Adapter[], ...nvidia: readonly Device[]): DeviceProbe =>
  (family) =>
    family === 'webgpu'
      ? Promise.resolve(adapterDevices(adapters, { hidden: [], absence: '' }, undefined))
      : machine(...nvidia)(family, '');
const unasked: DeviceProbe = () => Promise.reject(new Error('nobody needs to know'));
const digestOf = (file: string): Promise<Digest> =>
  Promise.resolve(createHash('sha256').update(readFileSync(file)).digest('hex') as Digest);

/** On it all backends work, except for those that are named. */
const trialWithout =
  (...broken: readonly string[]): BackendTrial =>
  (backend) =>
    Promise.resolve(broken.includes(backend) ? 'it crashes' : undefined);

const resolve = (backend: string, device: string, projectRoot = bare, probe = unasked, trial = trialWithout()) =>
  resolveCompute(backend, device, { projectRoot, digestOf, probe, trial });

describe('the backend of a run', () => {
  test.each([
    ['auto', 'auto', 'portable'],
    ['auto', 'cpu', 'portable'],
    ['tfjs-wasm', 'auto', 'tfjs-wasm'],
    ['tfjs-cpu', 'cpu', 'tfjs-cpu'],
  ])('for --backend %s --device %s is %s, without searching for GPUs', async (backend, device, name) => {
    expect(await resolve(backend, device)).toMatchObject({
      backend: { name, device: 'cpu' },
      devices: [],
      sameBitsTogether: false,
    });
  });

  test.each([
    ['auto', 'gpu'],
    ['tfjs-node-gpu', 'auto'],
    ['tfjs-node-gpu', 'gpu'],
  ])('for --backend %s --device %s is tfjs-node-gpu, on the GPUs of one model', async (backend, device) => {
    const {
      backend: found,
      devices,
      sameBitsTogether,
    } = await resolve(backend, device, equipped, machine(gpu(0), gpu(1, 'Tesla T4'), gpu(5)));
    expect(found).toMatchObject({ name: 'tfjs-node-gpu', version: '4.22.0', device: H200 });
    expect(devices).toEqual(['gpu:0', 'gpu:5']);
    expect(sameBitsTogether).toBe(false);
  });

  test('for --device gpu:N is that one GPU', async () => {
    const { backend, devices } = await resolve('auto', 'gpu:1', equipped, machine(gpu(0), gpu(1, 'Tesla T4')));
    expect([backend.device, devices]).toEqual(['Tesla T4', ['gpu:1']]);
  });

  test('has a different digest under a different driver', async () => {
    const [one, other] = await Promise.all(
      ['570.86.15', '570.86.16'].map((driver) => resolve('auto', 'gpu', equipped, machine(gpu(0, H200, driver)))),
    );
    const { driver, digest } = one!.backend;
    expect(one!.backend).toEqual({ ...other!.backend, driver, digest });
    expect(one!.backend.digest).not.toBe(other!.backend.digest);
  });

  test('has one digest on every GPU of a model, since only libraries and driver count', async () => {
    const [one, other] = await Promise.all(
      ['gpu:0', 'gpu:1'].map((device) => resolve('auto', device, equipped, machine(gpu(0), gpu(1)))),
    );
    expect(one!.backend).toEqual(other!.backend);
  });
});

const ARC = adapter('Intel(R) Arc(TM) A770 Graphics', { vendor: 'intel' });
const SOFTWARE = adapter('SwiftShader Device (Subzero)', { isSoftware: true });

describe('the backend for a GPU', () => {
  test('is tfjs-webgpu where tfjs-node-gpu does not work, on adapters of one model', async () => {
    const { backend, devices, sameBitsTogether } = await resolve(
      'auto',
      'gpu',
      bare,
      withAdapters([SOFTWARE, ARC, adapter('Other')]),
    );
    expect(sameBitsTogether).toBe(true);
    expect(backend).toMatchObject({ name: 'tfjs-webgpu', version: '4.22.0', device: ARC.name });
    expect(devices).toEqual([`gpu:1=${ARC.name}`]);
  });

  test('is the next one if the first fails in its trial', async () => {
    const probe = withAdapters([adapter(H200)], gpu(0));
    const first = await resolve('auto', 'gpu', equipped, probe);
    const second = await resolve('auto', 'gpu', equipped, probe, trialWithout('tfjs-node-gpu'));
    expect([first.backend.name, second.backend.name]).toEqual(['tfjs-node-gpu', 'tfjs-webgpu']);
    await expect(resolve('auto', 'gpu', equipped, probe, trialWithout('tfjs-node-gpu', 'tfjs-webgpu'))).rejects.toThrow(
      'No backend computes on a GPU here (tfjs-node-gpu: it crashes; tfjs-webgpu: it crashes); get what is missing, or use --device cpu.',
    );
  });

  test('is not the next one if its number means another card there', async () => {
    const probe = withAdapters([ARC, adapter(H200)], gpu(0), gpu(1, 'Tesla T4'));
    await expect(resolve('auto', 'gpu:1', equipped, probe, trialWithout('tfjs-node-gpu'))).rejects.toThrow(
      'tfjs-webgpu: gpu:1 is NVIDIA H200 for tfjs-webgpu and Tesla T4 for tfjs-node-gpu, so say which with --backend',
    );
    expect((await resolve('tfjs-webgpu', 'gpu:1', equipped, probe)).backend.device).toBe(H200);
  });

  test('has another digest with another driver, and with another Dawn', async () => {
    const on = async (driver: string, digests = digestOf) => {
      const probe = withAdapters([adapter(H200, { driver })]);
      const search = { projectRoot: bare, digestOf: digests, probe };
      return (await resolveCompute('tfjs-webgpu', 'gpu', search)).backend.digest;
    };
    const other = () => Promise.resolve('f'.repeat(64) as Digest);
    const [one, same, newer, otherDawn] = await Promise.all([on('1'), on('1'), on('2'), on('1', other)]);
    expect(same).toBe(one);
    expect(new Set([one, newer, otherDawn]).size).toBe(3);
  });

  test('that is on record is found on its own model, in software too', async () => {
    const again = async (model: string) =>
      (
        await resolveRecorded('tfjs-webgpu', model, {
          projectRoot: bare,
          digestOf,
          probe: withAdapters([SOFTWARE, ARC]),
        })
      ).devices;
    expect(await again(SOFTWARE.name)).toEqual([`software:0=${SOFTWARE.name}`]);
    expect(await again('gone')).toEqual([`gpu:1=${ARC.name}`]);
  });
});

describe('the device software', () => {
  test('is a software adapter, for tfjs-webgpu', async () => {
    const { backend, devices } = await resolve('auto', 'software', bare, withAdapters([ARC, SOFTWARE]));
    expect(backend).toMatchObject({ name: 'tfjs-webgpu', device: SOFTWARE.name });
    expect(devices).toEqual([`software:1=${SOFTWARE.name}`]);
  });

  test.each([
    ['auto', [ARC], 'There is no software adapter for the backend tfjs-webgpu (WebGPU lists GPUs alone); use --device'],
    ['tfjs-node-gpu', [SOFTWARE], 'The backend tfjs-node-gpu computes on no software adapter; omit --backend.'],
    [
      'portable',
      [SOFTWARE],
      'The backend portable computes only on the CPU; omit --backend, and --device software uses',
    ],
  ])('is refused for --backend %s where there is none for it', async (backend, adapters, sentence) => {
    await expect(resolve(backend, 'software', equipped, withAdapters(adapters))).rejects.toThrow(sentence);
  });
});

const PACKAGE = `package @tensorflow/tfjs-node-gpu is not installed in ${bare}; get it with: npm install @tensorflow/tfjs-node-gpu@4.22.0.`;

describe('an unavailable backend or device is refused in one sentence, without a substitute:', () => {
  test.each([
    [
      'neither GPU nor package',
      'auto',
      'gpu',
      bare,
      machine(),
      `No backend computes on a GPU here (tfjs-node-gpu: there is no GPU (nvidia-smi is not installed), and the ${PACKAGE.slice(0, -1)}; tfjs-webgpu: there is no GPU (WebGPU finds no adapter)); get what is missing, or use --device cpu.`,
    ],
    [
      'neither for the backend that was named',
      'tfjs-node-gpu',
      'gpu',
      bare,
      machine(),
      `There is no GPU for the backend tfjs-node-gpu (nvidia-smi is not installed), and the ${PACKAGE}`,
    ],
    ['no package', 'tfjs-node-gpu', 'gpu', bare, machine(gpu(0)), `The ${PACKAGE}`],
    [
      'an adapter that can too little',
      'tfjs-webgpu',
      'gpu',
      bare,
      withAdapters([{ ...ARC, lack: 'its maxBufferSize is 1, and 2 is needed' }]),
      `For the backend tfjs-webgpu, gpu:0 (${ARC.name}) cannot compute for restage, since its maxBufferSize is 1, and 2 is needed; use another device, or --device cpu.`,
    ],
    [
      'software alone',
      'tfjs-webgpu',
      'auto',
      bare,
      withAdapters([SOFTWARE]),
      'There is no GPU for the backend tfjs-webgpu (WebGPU finds none but SwiftShader Device (Subzero), which computes in software, and which --device software takes); use --device cpu, or omit --device.',
    ],
    [
      'no GPU',
      'tfjs-node-gpu',
      'auto',
      equipped,
      machine(),
      'There is no GPU for the backend tfjs-node-gpu (nvidia-smi is not installed); use --device cpu, or omit --device.',
    ],
    [
      'an unknown GPU',
      'tfjs-node-gpu',
      'gpu:7',
      equipped,
      machine(gpu(0), gpu(1)),
      'There is no device gpu:7 here; choose one of gpu:0 (NVIDIA H200), gpu:1 (NVIDIA H200).',
    ],
    [
      'no GPU for this backend',
      'portable',
      'gpu',
      equipped,
      machine(gpu(0)),
      'The backend portable computes only on the CPU; omit --backend, and --device gpu uses tfjs-node-gpu or tfjs-webgpu.',
    ],
    [
      'no CPU for this backend',
      'tfjs-node-gpu',
      'cpu',
      equipped,
      machine(gpu(0)),
      'The backend tfjs-node-gpu computes only on GPUs; omit --device cpu, or choose another backend.',
    ],
  ])('%s', async (_, backend, device, root, probe, sentence) => {
    await expect(resolve(backend, device, root, probe)).rejects.toMatchObject({ code: 'BACKEND', message: sentence });
  });

  test('an unknown device name', async () => {
    await expect(resolve('auto', 'gpu:x')).rejects.toThrow(
      new UsageError('There is no device "gpu:x" (did you mean "gpu"?); it is cpu, gpu, gpu:N, software or auto.'),
    );
  });
});
