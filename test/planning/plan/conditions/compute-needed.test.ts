/** Where a plan looks for what computes: on this machine, or where its nodes execute. */
import { describe, expect, test } from 'vitest';
import { onDevice } from '../../../../src/core/identity/backend-identity.ts';
import { sha256 } from '../../../../src/core/identity/digest.ts';
import type { Graph } from '../../../../src/core/graph/graph.ts';
import type { BackendSearch } from '../../../../src/identity/compute/backend.ts';
import type { ComputeElsewhere } from '../../../../src/identity/compute/elsewhere.ts';
import { computeAgain, computeNeeded } from '../../../../src/planning/plan/conditions/compute-needed.ts';
import { adapterDevices } from '../../../../src/identity/compute/webgpu-devices.ts';
import { adapter } from '../../../identity/compute/adapters.ts';

const THERE = {
  backend: onDevice({ name: 'tfjs-webgpu', version: '1', digest: sha256('libraries') }, 'H200', 'driver 1'),
  devices: ['gpu:0'],
  sameBitsTogether: true,
};

/** A cluster that notes what it is asked. */
function cluster(): ComputeElsewhere & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    placing: 'slurm',
    placesOf: (nodes) => {
      asked.push(`places of ${nodes.length}`);
      return Promise.resolve([{ executor: 'slurm', options: {}, gpus: 1 }]);
    },
    resolve: (places) => {
      asked.push(`device in ${places.length}`);
      return Promise.resolve(THERE);
    },
  };
}

const graphOf = (...compute: readonly boolean[]): Graph =>
  ({ nodes: compute.map((each) => ({ compute: each })) }) as unknown as Graph;

const search = (elsewhere: ComputeElsewhere): BackendSearch => ({
  projectRoot: process.cwd(),
  digestOf: () => Promise.resolve(sha256('libraries')),
  // This machine has one as well.
  probe: () => Promise.resolve(adapterDevices([adapter('Radeon')], { hidden: [], absence: '' }, undefined)),
  trial: () => Promise.resolve(undefined),
  elsewhere,
});

const GPU = { backend: 'tfjs-webgpu', device: 'gpu' };

describe('what a plan computes with', () => {
  test('is looked for where its compute nodes go, and again there for the plan that is remembered', async () => {
    const elsewhere = cluster();
    const found = await computeNeeded(graphOf(true, false), [true, true], GPU, search(elsewhere));
    expect(found).toEqual({
      compute: THERE,
      at: { placing: 'slurm', places: [{ executor: 'slurm', options: {}, gpus: 1 }] },
    });
    expect(await computeAgain(found!.at, GPU, search(elsewhere))).toEqual(THERE);
    expect(elsewhere.asked).toEqual(['places of 1', 'device in 1', 'device in 1']);
  });

  test('is of this machine for a graph that computes nothing, also for the plan that is remembered', async () => {
    const elsewhere = cluster();
    const found = await computeNeeded(graphOf(false), [true], GPU, search(elsewhere));
    expect(found).toMatchObject({ compute: { backend: { device: 'Radeon' } } });
    expect(await computeAgain(found!.at, GPU, search(elsewhere))).toEqual(found!.compute);
    expect(elsewhere.asked).toEqual([]);
  });

  test('is not known again if nodes may go to other places now', async () => {
    const found = await computeNeeded(graphOf(true), [true], GPU, search(cluster()));
    expect(await computeAgain(found!.at, GPU, search({ ...cluster(), placing: 'condor' }))).toBeUndefined();
  });

  test.each([
    ['auto', 'gpuu', 'There is no device "gpuu"'],
    ['auto', 'software:1', 'There is no device "software:1"'],
    ['portable', 'gpu', 'computes only on the CPU'],
    ['tfjs-webgpu', 'cpu', 'computes only on GPUs'],
  ])('is refused for --backend %s --device %s before a cluster is asked', async (backend, device, said) => {
    const elsewhere = cluster();
    const asked = computeNeeded(graphOf(true), [true], { backend, device }, search(elsewhere));
    await expect(asked).rejects.toThrow(said);
    expect(elsewhere.asked).toEqual([]);
  });
});
