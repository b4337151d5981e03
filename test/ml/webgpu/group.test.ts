/** What a group of networks on a GPU promises beyond what all trainers do. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DeviceError } from '../../../src/errors.ts';
import { openBackend } from '../../../src/ml/backends/backends.ts';
import { openTrainer, openTrainers } from '../../../src/ml/backends/open-trainer.ts';
import { rocAuc } from '../../../src/ml/evaluation/metrics.ts';
import { initialise } from '../../../src/ml/network/initialise.ts';
import type { NetworkSpec } from '../../../src/ml/network/spec.ts';
import { flattenWeights } from '../../../src/ml/network/weights.ts';
import { constantSchedule } from '../../../src/ml/training/schedules.ts';
import { train } from '../../../src/ml/training/train.ts';
import type { Trainer } from '../../../src/ml/training/trainer.ts';
import type { WebGpuBackend } from '../../../src/ml/webgpu/backend.ts';
import { hasTestedGpu, NO_GPU, testedDevice, testedWebGpu } from '../../helpers/software-gpu.ts';
import { allKinds, sampleRows } from '../block-networks.ts';
import { sampleData, smallSpec, streams } from '../samples.ts';

const OPTIONS = { batchSize: 40, adam: { beta2: 0.999, epsilon: 1e-3 } };
const SETTINGS = { learningRate: 1e-2, beta1: 0.9 };

let backend: WebGpuBackend;
beforeAll(async () => {
  if (hasTestedGpu) backend = await testedWebGpu();
});
beforeEach(({ skip }) => skip(!hasTestedGpu, NO_GPU));

/** Takes steps with the batches, weights and draws of one member. */
function begin(trainer: Trainer, member: number): void {
  trainer.load(initialise(trainer.spec, streams(member)('init')));
}

function step(trainer: Trainer, member: number, n: number): void {
  const data = sets[member]!;
  const rows = Uint32Array.from({ length: OPTIONS.batchSize }, (_, i) => (i * 7 + n + member) % data.rows);
  trainer.step(data, rows, SETTINGS, streams(member)(`dropout/${n}`));
}

const sets = [sampleRows(allKinds, 60, 1), sampleRows(allKinds, 90, 2), sampleRows(allKinds, 50, 3)];

test('a network has the same bits alone and in a group, before and after others left, and again', async () => {
  const alone: Float32Array[] = [];
  for (const member of [0, 1, 2]) {
    const trainer = openTrainer(backend, allKinds, OPTIONS);
    begin(trainer, member);
    for (let n = 0; n < 6; n++) step(trainer, member, n);
    alone.push(flattenWeights(allKinds, await trainer.weights()));
    trainer.dispose();
  }
  for (let time = 0; time < 2; time++) {
    const group = openTrainers(backend, allKinds, OPTIONS, 4);
    for (const [member, trainer] of group.entries()) if (member < 3) begin(trainer, member);
    group[3]!.dispose();
    for (let n = 0; n < 3; n++) for (const member of [0, 1, 2]) step(group[member]!, member, n);
    for (let n = 3; n < 6; n++) for (const member of [0, 1, 2]) step(group[member]!, member, n);
    for (const member of [0, 1, 2]) {
      expect(flattenWeights(allKinds, await group[member]!.weights())).toEqual(alone[member]);
      group[member]!.dispose();
    }
  }
});

test('a member keeps its bits when another one has left', async () => {
  const [a, b] = openTrainers(backend, allKinds, OPTIONS, 2) as [Trainer, Trainer];
  const alone = openTrainer(backend, allKinds, OPTIONS);
  for (const [trainer, member] of [
    [a, 0],
    [b, 1],
    [alone, 1],
  ] as const)
    begin(trainer, member);
  for (let n = 0; n < 2; n++) for (const [member, trainer] of [a, b].entries()) step(trainer, member, n);
  a.dispose();
  for (let n = 2; n < 4; n++) step(b, 1, n);
  for (let n = 0; n < 4; n++) step(alone, 1, n);
  expect(await b.weights()).toEqual(await alone.weights());
  for (const trainer of [b, alone]) trainer.dispose();
});

test('the rows that a step takes are those that its data set had when it was first used', async () => {
  const [a, b] = openTrainers(backend, smallSpec, OPTIONS, 2) as [Trainer, Trainer];
  const data = sampleData(smallSpec, 64, 1);
  for (const trainer of [a, b]) begin(trainer, 1);
  const rows = Uint32Array.from({ length: 40 }, (_, i) => i);
  a.step(data, rows, SETTINGS);
  const copy = { ...data, continuous: data.continuous.slice() };
  data.continuous.fill(1e9);
  b.step(copy, rows, SETTINGS);
  expect(await a.weights()).toEqual(await b.weights());
  for (const trainer of [a, b]) trainer.dispose();
});

test('an epoch ends with the loss of portable to 1e-5, and its area under the curve within the spread of seeds', async () => {
  const portable = await openBackend('portable');
  const [training, validation] = [sampleData(smallSpec, 800, 1), sampleData(smallSpec, 400, 2)];
  const model = async (trainer: Trainer, seed: number) => {
    const { history, weights } = await train({
      trainer,
      folds: [training],
      validation,
      schedule: constantSchedule(SETTINGS),
      subEpochs: 1,
      rng: (stream) => streams(seed)(stream),
    });
    trainer.load(weights);
    const area = rocAuc(await trainer.predict(validation), validation.targets);
    trainer.dispose();
    return { loss: history[0]!, area };
  };
  const found = await Promise.all(openTrainers(backend, smallSpec, OPTIONS, 3).map(model));
  const exact = await Promise.all([0, 1, 2].map((seed) => model(openTrainer(portable, smallSpec, OPTIONS), seed)));
  const areas = exact.map(({ area }) => area);
  for (const [seed, { loss, area }] of found.entries()) {
    expect(Math.abs(loss / exact[seed]!.loss - 1)).toBeLessThan(1e-5);
    expect(Math.abs(area - areas[seed]!)).toBeLessThan(Math.max(...areas) - Math.min(...areas));
  }
});

test('many rows are predicted in parts, like portable and the same however many are in a part', async () => {
  const portable = openTrainer(await openBackend('portable'), smallSpec, OPTIONS);
  const trainer = openTrainer(backend, smallSpec, OPTIONS);
  const data = sampleData(smallSpec, 20_000, 4);
  for (const one of [portable, trainer]) begin(one, 5);
  const [found, exact] = [await trainer.predict(data), await portable.predict(data)];
  expect(Math.max(...found.map((value, i) => Math.abs(value - exact[i]!)))).toBeLessThan(1e-6);
  expect(await trainer.predict(data, 700)).toEqual(found);
  expect(Math.abs((await trainer.loss(data)) / (await portable.loss(data)) - 1)).toBeLessThan(1e-6);
  const some = Uint32Array.of(19_999, 3, 3, 700);
  expect(Math.abs((await trainer.loss(data, some)) / (await portable.loss(data, some)) - 1)).toBeLessThan(1e-6);
  for (const one of [portable, trainer]) one.dispose();
});

describe('a group', () => {
  test('has few steps before it at a time, however fast it is given them', async () => {
    const device = await testedDevice();
    let [underWay, most] = [0, 0];
    const submit = device.queue.submit.bind(device.queue);
    device.queue.submit = (commands) => {
      submit(commands);
      most = Math.max(most, ++underWay);
      void device.queue.onSubmittedWorkDone().then(() => underWay--);
    };
    const trainer = openTrainer({ ...backend, gpu: device } as WebGpuBackend, smallSpec, OPTIONS);
    await train({
      trainer,
      folds: [sampleData(smallSpec, 200 * OPTIONS.batchSize, 1)],
      validation: sampleData(smallSpec, 64, 2),
      schedule: constantSchedule(SETTINGS),
      subEpochs: 1,
      rng: streams(1),
    });
    expect(most).toBeGreaterThan(4);
    expect(most).toBeLessThan(90);
    trainer.dispose();
    device.destroy();
  });

  test('refuses rows and codes that are not there, of which a GPU reads something else', async () => {
    const trainer = openTrainer(backend, smallSpec, OPTIONS);
    const data = sampleData(smallSpec, 40, 1);
    const rows = Uint32Array.from({ length: 40 }, (_, i) => i);
    expect(() => trainer.step(data, rows.with(3, 40), SETTINGS)).toThrow(
      'There is no row 40 in a data set of 40 rows.',
    );
    await expect(trainer.loss(data, Uint32Array.of(41))).rejects.toThrow('There is no row 41');
    const strange = { ...data, codes: Uint8Array.from(data.codes, () => 3) };
    expect(() => trainer.step(strange, rows, SETTINGS)).toThrow(
      'Row 0 has code 3 as categorical input 0, which has the codes 0 to 2.',
    );
    trainer.dispose();
  });

  test('leaves no buffer on the device', async () => {
    const device = await testedDevice();
    const left = new Set<GPUBuffer>();
    const made = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) => {
      const buffer = made(descriptor);
      left.add(buffer);
      const destroy = buffer.destroy.bind(buffer);
      buffer.destroy = () => {
        left.delete(buffer);
        destroy();
      };
      return buffer;
    };
    const group = openTrainers({ ...backend, gpu: device } as WebGpuBackend, allKinds, OPTIONS, 3);
    await Promise.all(
      group.map(async (trainer, member) => {
        begin(trainer, member);
        for (let n = 0; n < 3; n++) step(trainer, member, n);
        await trainer.loss(sets[member]!);
        await trainer.predict(sets[member]!);
        await trainer.gradient(sets[member]!, new Uint32Array(40), streams(1)('dropout'));
        trainer.dispose();
      }),
    );
    expect(left.size).toBe(0);
    const [waiting, other] = openTrainers({ ...backend, gpu: device } as WebGpuBackend, allKinds, OPTIONS, 2);
    step(waiting!, 0, 0);
    for (const trainer of [waiting!, other!]) trainer.dispose();
    expect(left.size).toBe(0);
    device.destroy();
  });

  test('fails with what happened when its device is lost', async () => {
    const device = await testedDevice();
    const trainer = openTrainer({ ...backend, gpu: device } as WebGpuBackend, smallSpec, OPTIONS);
    begin(trainer, 1);
    device.destroy();
    await expect(trainer.weights()).rejects.toThrow('The stage destroyed the GPU device');
    expect(() => {
      trainer.step(sampleData(smallSpec, 64, 1), new Uint32Array(40), SETTINGS);
    }).toThrow(DeviceError);
  });

  test('trains more parameters, and codes of more categories, than one dimension of a GPU has workgroups for', async () => {
    // A step changes the rows of an embedding that a batch names, so the exact one has a table of those alone.
    const [size, named, categories] = [14, [0, 600_000, 1_199_999], 1_200_000];
    const of = (cardinality: number): NetworkSpec => ({
      ...smallSpec,
      continuous: 1,
      embeddings: [{ cardinality, size }],
      depth: 1,
      width: 1,
    });
    const small = initialise(of(named.length), streams(1)('init'));
    const known = small['embedding.0']!.data;
    const table = new Float32Array(categories * size);
    for (const [row, code] of named.entries()) table.set(known.subarray(row * size, (row + 1) * size), code * size);
    const trainer = openTrainer(backend, of(categories), { batchSize: 4, sgd: {} });
    trainer.load({ ...small, 'embedding.0': { shape: [categories, size], data: table } });
    const exact = openTrainer(await openBackend('portable'), of(named.length), { batchSize: 4, sgd: {} });
    exact.load(small);
    const [rows, codes] = [Uint32Array.of(0, 1, 2, 3), Int32Array.of(0, 2, 2, 1)];
    const data = {
      rows: 4,
      continuous: new Float32Array(4),
      targets: Uint8Array.of(0, 1, 1, 0),
      weights: new Float32Array(4).fill(1),
    };
    const settings = { learningRate: 1, beta1: 0 };
    trainer.step({ ...data, codes: codes.map((row) => named[row]!) }, rows, settings);
    exact.step({ ...data, codes }, rows, settings);
    const [found, wanted] = await Promise.all([trainer.weights(), exact.weights()]);
    for (const [row, code] of named.entries())
      for (let at = 0; at < size; at++) {
        const value = found['embedding.0']!.data[code * size + at]!;
        expect(value).not.toBe(known[row * size + at]);
        expect(Math.abs(value - wanted['embedding.0']!.data[row * size + at]!)).toBeLessThan(1e-6);
      }
    for (const one of [trainer, exact]) one.dispose();
  });

  test('refuses networks that no buffer of the device holds, and codes that it cannot represent', () => {
    const wide: NetworkSpec = { ...smallSpec, width: 30_000, depth: 3 };
    expect(() => openTrainer(backend, wide, OPTIONS)).toThrow(expect.objectContaining({ failure: 'memory' }));
    expect(() => openTrainer(backend, wide, OPTIONS)).toThrow(/^The state of these networks takes \d+ MiB on the GPU/);
    const many: NetworkSpec = { ...smallSpec, embeddings: [{ cardinality: 2 ** 24 + 1, size: 1 }] };
    expect(() => openTrainer(backend, many, OPTIONS)).toThrow('Embedding 0 has 16777217 categories');
  });
});
