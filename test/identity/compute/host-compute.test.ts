/** A host that computes what a key names, or says what it has instead. */
import { describe, expect, test } from 'vitest';
import { type Digest, sha256 } from '../../../src/core/identity/digest.ts';
import { type BackendSearch, resolveCompute } from '../../../src/identity/compute/backend.ts';
import { computeHere } from '../../../src/identity/compute/host-compute.ts';
import { checkOpened } from '../../../src/identity/compute/opened-backend.ts';
import { driverWords } from '../../../src/identity/compute/driver-words.ts';
import { adapterDevices } from '../../../src/identity/compute/webgpu-devices.ts';
import type { Adapter } from '../../../src/ml/backends/adapter.ts';
import { adapter } from './adapters.ts';

const MI300 = adapter('AMD Instinct MI300X');
const digestOf = (): Promise<Digest> => Promise.resolve(sha256('Dawn'));

/** A host with these adapters. */
const host = (...list: readonly Adapter[]): BackendSearch => ({
  projectRoot: import.meta.dirname,
  digestOf,
  probe: () => Promise.resolve(adapterDevices(list, { hidden: [], absence: '' }, undefined)),
});
const planned = async () => (await resolveCompute('tfjs-webgpu', 'gpu', host(MI300))).backend;

describe('a host', () => {
  test('with what the key names gives the slot of it, among others', async () => {
    const answer = await computeHere(await planned(), host(adapter('Other'), MI300));
    expect(answer).toEqual({ type: 'same', devices: [`gpu:1=${MI300.name}`] });
  });

  test.each([
    ['another model', [adapter('Other')], 'Other', MI300.name],
    [
      'another driver',
      [{ ...MI300, driver: 'driver 2' }],
      'AMD Instinct MI300X with the driver "amd arch driver 2"',
      'the driver "amd arch driver 1"',
    ],
    ['no GPU', [], /^none: there is no GPU \(WebGPU finds no adapter/, MI300.name],
    [
      'one that cannot compute',
      [{ ...MI300, lack: 'it has no memory' }],
      /^none: gpu:0 .*it has no memory$/,
      MI300.name,
    ],
  ])('with %s says what it has and what is named', async (_, list, has, wants) => {
    expect(await computeHere(await planned(), host(...list))).toMatchObject({
      type: 'other',
      misfit: {
        has: typeof has === 'string' ? has : (expect.stringMatching(has) as string),
        wants,
        advice: 'have its jobs start on hosts of one model and driver, such as by a partition or a constraint',
      },
    });
  });

  test.each([
    ['tfjs-webgpu', 'gpu'],
    ['tfjs-wasm', 'cpu'],
  ])('with other libraries of %s is another one', async (name, device) => {
    const { backend } = await resolveCompute(name, device, host(MI300));
    const other = { ...host(MI300), digestOf: () => Promise.resolve(sha256('other')) };
    expect(await computeHere(backend, other)).toMatchObject({
      misfit: {
        has: `other libraries of ${name} 4.22.0`,
        advice: expect.stringContaining('the same node_modules') as string,
      },
    });
    expect(await computeHere(backend, host(MI300))).toMatchObject({ type: 'same' });
  });

  test('with another version of a package is another one, and both versions are told', async () => {
    const { backend } = await resolveCompute('tfjs-cpu', 'cpu', host());
    expect(await computeHere({ ...backend, version: '4.21.0' }, host())).toMatchObject({
      misfit: { has: 'tfjs-cpu 4.22.0', wants: 'tfjs-cpu 4.21.0' },
    });
  });
});

describe('a backend that a worker has opened', () => {
  const opened = async (facts: Adapter) => {
    const { name, version } = await planned();
    return { kind: 'webgpu', name, version, device: 'amd-instinct-mi300x', adapter: facts };
  };

  test('is the one that the key names if its adapter and driver are', async () => {
    expect((await planned()).driver).toBe(driverWords(MI300));
    checkOpened(await opened(MI300), await planned());
  });

  test.each([
    ['another adapter', adapter('Other'), 'The worker computes with Other, and the key names AMD Instinct MI300X: '],
    [
      'another driver',
      { ...MI300, driver: 'driver 2' },
      'with the driver "amd arch driver 2", and the key names the dr',
    ],
  ])('is refused with %s', async (_, facts, sentence) => {
    const [backend, wanted] = [await opened(facts), await planned()];
    expect(() => checkOpened(backend, wanted)).toThrow(sentence);
  });

  test('is refused in another version', async () => {
    const [backend, wanted] = [await opened(MI300), await planned()];
    expect(() => checkOpened({ ...backend, version: '4.23.0' }, wanted)).toThrow(
      'The worker computes with tfjs-webgpu 4.23.0, and the key names tfjs-webgpu 4.22.0: ',
    );
  });
});
