/** Which of the GPUs that a job sees are its own. */
import { expect, test } from 'vitest';
import type { Device, Devices } from '../../../src/identity/compute/devices.ts';
import { givenDevices } from '../../../src/identity/compute/given-devices.ts';
import { adapterDevices } from '../../../src/identity/compute/webgpu-devices.ts';
import type { Adapter } from '../../../src/ml/backends/adapter.ts';
import { adapter } from './adapters.ts';

const H200 = 'NVIDIA H200';
const nvidia = (...names: readonly string[]): Devices => ({
  list: names.map((name, i): Device => ({ id: `gpu:${i}`, name, memoryMiB: 1, driver: '570' })),
  absence: '',
});
const adapters = (...list: readonly Adapter[]): Devices => adapterDevices(list, { hidden: [], absence: '' }, undefined);

const given = (found: Devices, count: number, visible?: string): Promise<Devices> =>
  givenDevices(() => Promise.resolve(found), count, visible)('webgpu', undefined);
const names = ({ list }: Devices): readonly string[] => list.map(({ name }) => name);

test('a job that sees as many GPUs as it was given has all of them', async () => {
  expect(names(await given(nvidia(H200, H200), 2))).toEqual([H200, H200]);
  expect(names(await given(adapters(adapter(H200, { vendor: 'nvidia', alike: 2 })), 2))).toEqual([H200]);
});

test('a job that sees more GPUs than it was given has none, and the sentence says how many it sees', async () => {
  const absence = 'the job was given 1 of the GPUs that it sees (2 NVIDIA H200, 1 Tesla T4), and nothing says which';
  expect(await given(nvidia(H200, H200, 'Tesla T4'), 1)).toEqual({ list: [], absence });
  const two = adapter(H200, { vendor: 'nvidia', alike: 2 });
  expect(await given(adapters(two, adapter('Tesla T4', { vendor: 'nvidia' })), 1)).toEqual({ list: [], absence });
});

test('CUDA_VISIBLE_DEVICES says which of several GPUs of NVIDIA are those of a job, and nothing of those of others', async () => {
  const two = adapters(adapter(H200, { vendor: 'nvidia' }), adapter('Tesla T4', { vendor: 'nvidia' }));
  expect(names(await given(two, 1, '0'))).toEqual([H200, 'Tesla T4']);
  const alike = adapters(adapter('AMD Instinct MI300X', { vendor: 'amd', alike: 8 }));
  expect((await given(alike, 1, '0')).absence).toBe(
    'the job was given 1 of the GPUs that it sees (8 AMD Instinct MI300X), and nothing says which',
  );
});

test("a GPU of another maker does not make a job's own one doubtful", async () => {
  const mixed = adapters(adapter('Intel(R) Graphics', { vendor: 'intel' }), adapter(H200, { vendor: 'nvidia' }));
  expect(names(await given(mixed, 1))).toEqual(['Intel(R) Graphics', H200]);
});

test('a job on a site that gives out no GPUs has those of its host, and a software adapter is for all', async () => {
  expect(names(await given(nvidia(H200, H200), 0))).toEqual([H200, H200]);
  const software = adapter('SwiftShader', { isSoftware: true });
  expect(names(await given(adapters(software), 1))).toEqual(['SwiftShader']);
});
