/** What a job does about a task whose key names another device than its host has. */
import { describe, expect, test } from 'vitest';
import { onDevice } from '../../../../src/core/identity/backend-identity.ts';
import { sha256 } from '../../../../src/core/identity/digest.ts';
import { JobCompute } from '../../../../src/executors/batch/node/job-compute.ts';
import type { Task } from '../../../../src/executors/contract.ts';
import type { Device, DeviceProbe } from '../../../../src/identity/compute/devices.ts';
import { describeBackend } from '../../../../src/ml/backends/backends.ts';
import { hashFile } from '../../../../src/store/files/hash-file.ts';
import { BINDING, installNative, LIBRARY } from '../../../helpers/native-package.ts';
import { temporaryDirectory } from '../../../helpers/temporary.ts';

const H200 = 'NVIDIA H200';
const gpu = (index: number, name = H200): Device => ({ id: `gpu:${index}`, name, memoryMiB: 1, driver: '570.86.15' });

/** A task of a run that has planned for an H200. */
async function taskIn(projectRoot: string, gpus = 1): Promise<Task> {
  installNative(projectRoot, 'tfjs-node-gpu', { ...BINDING, ...LIBRARY });
  const computes = onDevice(await describeBackend('tfjs-node-gpu', hashFile, projectRoot), H200, '570.86.15');
  const resources = { needs: { cpus: 1, memoryMiB: null, gpus }, seconds: null, options: {} };
  return { id: 'a', node: 'train', backend: 'tfjs-node-gpu', computes, resources } as unknown as Task;
}

const matching = (words: RegExp): string => expect.stringMatching(words) as string;

describe('a task that computes on a GPU', () => {
  test('has the GPUs of its job where they are those that its key names; the host is asked once', async () => {
    const root = temporaryDirectory();
    let asked = 0;
    const probe: DeviceProbe = () => {
      asked++;
      return Promise.resolve({ list: [gpu(2), gpu(3)], absence: '' });
    };
    const compute = new JobCompute(root, { CUDA_VISIBLE_DEVICES: '2,3' }, probe);
    const task = await taskIn(root, 2);
    expect(await compute.fit(task)).toEqual({ type: 'fits', devices: ['gpu:2', 'gpu:3'] });
    expect(await compute.fit({ ...task, id: 'b' })).toEqual({ type: 'fits', devices: ['gpu:2', 'gpu:3'] });
    expect(asked).toBe(1);
  });

  test('is lost on a host with another model, under the name that Slurm has for the host', async () => {
    const root = temporaryDirectory();
    const probe: DeviceProbe = () => Promise.resolve({ list: [gpu(0, 'Tesla T4')], absence: '' });
    const fitting = await new JobCompute(root, { SLURMD_NODENAME: 'n2' }, probe).fit(await taskIn(root));
    expect(fitting).toMatchObject({
      type: 'refused',
      end: {
        type: 'failed',
        task: 'a',
        ofHost: 'n2',
        failure: {
          class: 'lost',
          message:
            'Node train computes with tfjs-node-gpu, and its key names NVIDIA H200, but n2 has Tesla T4; have its jobs start on hosts of one model and driver, such as by a partition or a constraint.',
        },
      },
    });
  });

  test('uses no GPU of which it is not known whether it was given to the job', async () => {
    const root = temporaryDirectory();
    const probe: DeviceProbe = () => Promise.resolve({ list: [gpu(0), gpu(1)], absence: '' });
    const fitting = await new JobCompute(root, {}, probe).fit(await taskIn(root));
    expect(fitting).toMatchObject({
      end: { failure: { message: matching(/was given 1 of the GPUs that it sees \(2 NVIDIA H200\)/) } },
    });
  });
});

describe('a task that computes on no GPU', () => {
  const task = { id: 'a', backend: null, resources: { needs: { gpus: 1 } } } as unknown as Task;

  test.each([
    ['0,3', ['gpu:0', 'gpu:3']],
    ['GPU-5ac7,NoDevFiles', ['gpu:GPU-5ac7']],
    [undefined, []],
  ])('sees the GPUs that its job was given: %s', async (visible, devices) => {
    const compute = new JobCompute('/nowhere', { CUDA_VISIBLE_DEVICES: visible }, () => Promise.reject(new Error()));
    expect(await compute.fit(task)).toEqual({ type: 'fits', devices });
  });

  test('is refused where the libraries of its backend are not those of the key', async () => {
    const described = await describeBackend('portable', hashFile);
    const computes = { ...described, driver: '', digest: sha256('other kernels') };
    const compute = new JobCompute('/nowhere', { SLURMD_NODENAME: 'n1' });
    expect(await compute.fit({ ...task, node: 'train', computes })).toMatchObject({
      end: { failure: { message: matching(/but n1 has other libraries of portable \d+; let all hosts/) } },
    });
    const same = { ...described, driver: '' };
    expect(await compute.fit({ ...task, computes: same })).toEqual({ type: 'fits', devices: [] });
  });
});
