import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Digest } from '../../../src/core/identity/digest.ts';
import { resolveCompute } from '../../../src/identity/compute/backend.ts';
import type { Device, DeviceProbe } from '../../../src/identity/compute/devices.ts';
import { UsageError } from '../../../src/errors.ts';
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
const machine =
  (...list: readonly Device[]): DeviceProbe =>
  () =>
    Promise.resolve({ list, absence: list.length > 0 ? '' : 'nvidia-smi is not installed' });
const unasked: DeviceProbe = () => Promise.reject(new Error('nobody needs to know'));
const digestOf = (file: string): Promise<Digest> =>
  Promise.resolve(createHash('sha256').update(readFileSync(file)).digest('hex') as Digest);

const resolve = (backend: string, device: string, projectRoot = bare, probe = unasked) =>
  resolveCompute(backend, device, { projectRoot, digestOf, probe });

describe('the backend of a run', () => {
  test.each([
    ['auto', 'auto', 'portable'],
    ['auto', 'cpu', 'portable'],
    ['tfjs-wasm', 'auto', 'tfjs-wasm'],
    ['tfjs-cpu', 'cpu', 'tfjs-cpu'],
  ])('for --backend %s --device %s is %s, without searching for GPUs', async (backend, device, name) => {
    expect(await resolve(backend, device)).toMatchObject({ backend: { name, device: 'cpu' }, devices: [] });
  });

  test.each([
    ['auto', 'gpu'],
    ['tfjs-node-gpu', 'auto'],
    ['tfjs-node-gpu', 'gpu'],
  ])('for --backend %s --device %s is tfjs-node-gpu, on the GPUs of one model', async (backend, device) => {
    const { backend: found, devices } = await resolve(
      backend,
      device,
      equipped,
      machine(gpu(0), gpu(1, 'Tesla T4'), gpu(5)),
    );
    expect(found).toMatchObject({ name: 'tfjs-node-gpu', version: '4.22.0', device: H200 });
    expect(devices).toEqual(['gpu:0', 'gpu:5']);
  });

  test('for --device gpu:N is that one GPU', async () => {
    const { backend, devices } = await resolve('auto', 'gpu:1', equipped, machine(gpu(0), gpu(1, 'Tesla T4')));
    expect([backend.device, devices]).toEqual(['Tesla T4', ['gpu:1']]);
  });

  test('has a different digest under a different driver', async () => {
    const [one, other] = await Promise.all(
      ['570.86.15', '570.86.16'].map((driver) => resolve('auto', 'gpu', equipped, machine(gpu(0, H200, driver)))),
    );
    expect(one!.backend).toEqual({ ...other!.backend, digest: one!.backend.digest });
    expect(one!.backend.digest).not.toBe(other!.backend.digest);
  });

  test('has one digest on every GPU of a model, since only libraries and driver count', async () => {
    const [one, other] = await Promise.all(
      ['gpu:0', 'gpu:1'].map((device) => resolve('auto', device, equipped, machine(gpu(0), gpu(1)))),
    );
    expect(one!.backend).toEqual(other!.backend);
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
      `There is no GPU for the backend tfjs-node-gpu (nvidia-smi is not installed), and the ${PACKAGE}`,
    ],
    ['no package', 'auto', 'gpu', bare, machine(gpu(0)), `The ${PACKAGE}`],
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
      'auto',
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
      'The backend portable computes only on the CPU; omit --backend, and --device gpu uses tfjs-node-gpu.',
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
      new UsageError('There is no device "gpu:x" (did you mean "gpu"?); it is cpu, gpu, gpu:N or auto.'),
    );
  });
});
