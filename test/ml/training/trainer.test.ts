import { describe, expect, test } from 'vitest';
import type { ComputeBackend } from '../../../src/core/authoring/stage.ts';
import { BackendError, DataError } from '../../../src/errors.ts';
import { initialise } from '../../../src/ml/network/initialise.ts';
import { binaryCrossEntropy } from '../../../src/ml/evaluation/metrics.ts';
import { parameterCount } from '../../../src/ml/network/network.ts';
import type { Perceptron } from '../../../src/ml/network/spec.ts';
import type { StepSettings } from '../../../src/ml/training/schedules.ts';
import { openTrainer } from '../../../src/ml/backends/open-trainer.ts';
import { isTensorFlow } from '../../../src/ml/tensorflow/backend.ts';
import type { Trainer } from '../../../src/ml/training/trainer.ts';
import { flattenWeights, unflattenWeights } from '../../../src/ml/network/weights.ts';
import { referenceGradient, sigmoid } from '../reference-network.ts';
import { referenceSpec, sampleData, sampleParameters, smallSpec, streams } from '../samples.ts';
import { testedBackends, useBackend } from '../backends/tested-backends.ts';

const adam = { beta2: 0.999, epsilon: 1e-3 };
const settings: StepSettings = { learningRate: 1e-2, beta1: 0.9 };

/** Adam as the paper writes it (arXiv:1412.6980, algorithm 1), in float64, on the reference's gradient. */
function referenceAdam(
  spec: Perceptron,
  start: Float32Array,
  data: ReturnType<typeof sampleData>,
  schedule: readonly StepSettings[],
): Float64Array {
  const parameters = Float64Array.from(start);
  const m = new Float64Array(start.length);
  const v = new Float64Array(start.length);
  for (const [i, { learningRate, beta1 }] of schedule.entries()) {
    const { gradient } = referenceGradient(spec, parameters, data);
    for (let j = 0; j < parameters.length; j++) {
      m[j] = beta1 * m[j]! + (1 - beta1) * gradient[j]!;
      v[j] = adam.beta2 * v[j]! + (1 - adam.beta2) * gradient[j]! ** 2;
      const mHat = m[j]! / (1 - beta1 ** (i + 1));
      const vHat = v[j]! / (1 - adam.beta2 ** (i + 1));
      parameters[j]! -= (learningRate * mHat) / (Math.sqrt(vHat) + adam.epsilon);
    }
  }
  return parameters;
}

const allRows = (rows: number): Uint32Array => Uint32Array.from({ length: rows }, (_, i) => i);

describe.each(testedBackends)('a trainer on %s', (name) => {
  let backend: ComputeBackend;
  useBackend(name, (opened) => (backend = opened));

  function open(spec: Perceptron, batchSize: number, seed = 1): Trainer {
    const trainer = openTrainer(backend, spec, { batchSize, adam });
    trainer.load(unflattenWeights(spec, sampleParameters(spec, seed)));
    return trainer;
  }

  test('steps as Adam does in float64, with a beta1 that changes', async () => {
    const data = sampleData(smallSpec, 16, 1);
    const schedule = Array.from({ length: 20 }, (_, i) => ({
      learningRate: 1e-2 * (1 - i / 40),
      beta1: 0.95 - 0.005 * i,
    }));
    const trainer = open(smallSpec, 16);
    for (const step of schedule) trainer.step(data, allRows(16), step);
    const found = flattenWeights(smallSpec, await trainer.weights());
    const exact = referenceAdam(smallSpec, sampleParameters(smallSpec, 1), data, schedule);
    const worst = Math.max(...exact.map((value, i) => Math.abs(value - found[i]!)));
    // Parameters move by up to 0.2 here; float32 resolves 6e-8 of each.
    expect(worst).toBeLessThan(3e-6);
    trainer.dispose();
  });

  test('takes exactly the given rows', async () => {
    const data = sampleData(smallSpec, 40, 2);
    const rows = Uint32Array.of(7, 39, 0, 21);
    const chosen = {
      rows: 4,
      continuous: Float32Array.from([...rows].flatMap((row) => [...data.continuous.slice(row * 3, row * 3 + 3)])),
      codes: Uint8Array.from(rows, (row) => data.codes[row]!),
      targets: Uint8Array.from(rows, (row) => data.targets[row]!),
      weights: Float32Array.from(rows, (row) => data.weights[row]!),
    };
    const [one, other] = [open(smallSpec, 4), open(smallSpec, 4)];
    one.step(data, rows, settings);
    other.step(chosen, allRows(4), settings);
    expect(await one.weights()).toEqual(await other.weights());
    expect(await one.loss(data, rows)).toBe(await other.loss(chosen));
    one.dispose();
    other.dispose();
  });

  test('gives the loss and the predictions of the reference', async () => {
    const data = sampleData(smallSpec, 700, 3);
    const trainer = open(smallSpec, 1);
    const exact = referenceGradient(smallSpec, sampleParameters(smallSpec, 1), data);
    const predictions = await trainer.predict(data);
    expect(await trainer.loss(data)).toBeCloseTo(exact.loss, 6);
    expect(Math.max(...predictions.map((p, i) => Math.abs(p - sigmoid(exact.logits[i]!))))).toBeLessThan(1e-6);
    expect(await trainer.loss(data)).toBeCloseTo(binaryCrossEntropy(predictions, data.targets, data.weights), 6);
    trainer.dispose();
  });

  test('predicts the same bytes however many rows go through at a time', async () => {
    const data = sampleData(smallSpec, 300, 4);
    const trainer = open(smallSpec, 1);
    const whole = await trainer.predict(data, 300);
    for (const batchRows of [1, 7, 128, 1000]) expect(await trainer.predict(data, batchRows)).toEqual(whole);
    trainer.dispose();
  });

  test('learns: the loss falls', async () => {
    const data = sampleData(smallSpec, 512, 5);
    const trainer = open(smallSpec, 512);
    const before = await trainer.loss(data);
    for (let i = 0; i < 60; i++) trainer.step(data, allRows(512), settings);
    expect(await trainer.loss(data)).toBeLessThan(0.8 * before);
    trainer.dispose();
  });

  test('continues from saved weights and optimiser state, byte for byte', async () => {
    const data = sampleData(smallSpec, 16, 6);
    const [one, other] = [open(smallSpec, 16), open(smallSpec, 16, 2)];
    for (let i = 0; i < 3; i++) one.step(data, allRows(16), settings);
    other.load(await one.weights());
    other.restore(await one.optimiserState());
    for (const trainer of [one, other]) for (let i = 0; i < 3; i++) trainer.step(data, allRows(16), settings);
    expect(await other.weights()).toEqual(await one.weights());
    expect(await other.optimiserState()).toEqual(await one.optimiserState());
    expect((await one.optimiserState()).steps).toBe(6);
    one.dispose();
    other.dispose();
  });

  test('shares no memory with the states it is given and gives', async () => {
    const data = sampleData(smallSpec, 16, 6);
    const [one, other] = [open(smallSpec, 16), open(smallSpec, 16)];
    one.step(data, allRows(16), settings);
    const given = await one.optimiserState();
    const expected = structuredClone(given);
    other.load(await one.weights());
    other.restore(given);
    for (const state of [given, await other.optimiserState()]) {
      state.first.fill(7);
      state.second.fill(7);
    }
    for (const trainer of [one, other]) expect(await trainer.optimiserState()).toEqual(expected);
    one.dispose();
    other.dispose();
  });

  test('leaves nothing behind on the backend', async () => {
    // The portable backend's memory is the trainer's own; test/ml/webgpu counts a GPU's buffers.
    if (!isTensorFlow(backend)) return;
    const { tf } = backend;
    const data = sampleData(smallSpec, 64, 7);
    const before = tf.memory().numTensors;
    const trainer = open(smallSpec, 16);
    trainer.step(data, allRows(16), settings);
    const held = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) trainer.step(data, allRows(16), settings);
    await trainer.loss(data);
    await trainer.predict(data, 10);
    trainer.load(await trainer.weights());
    trainer.restore(await trainer.optimiserState());
    expect(tf.memory().numTensors).toBe(held);
    trainer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('predicts for inputs of this network only', async () => {
    const trainer = open(smallSpec, 16);
    const data = sampleData(smallSpec, 3, 9);
    await expect(trainer.predict({ ...data, codes: Uint8Array.of(0, 1, 7) })).rejects.toThrow(
      new DataError('Row 2 of the rows to predict has code 7 as categorical input 0, which has the codes 0 to 2.'),
    );
    expect(await trainer.predict({ rows: 0, continuous: new Float32Array(), codes: new Uint8Array() })).toEqual(
      new Float32Array(),
    );
    trainer.dispose();
  });

  test('refuses batches, weights and states of another size', () => {
    const trainer = open(smallSpec, 16);
    expect(() => trainer.step(sampleData(smallSpec, 16, 8), allRows(15), settings)).toThrow(
      new RangeError('A step takes a batch of 16 rows, not 15.'),
    );
    expect(() => trainer.load(initialise(referenceSpec, streams(1)('init')))).toThrow(DataError);
    expect(() => trainer.restore({ steps: 1, first: new Float32Array(1), second: new Float32Array(2) })).toThrow(
      new DataError(`The optimiser's state is of 1 and 2 parameters; the network has ${parameterCount(smallSpec)}.`),
    );
    trainer.dispose();
  });
});

describe('opening a trainer', () => {
  test('needs a backend that can train, a batch and settings of Adam that make sense', () => {
    const elsewhere = { name: 'abacus', version: '1', device: 'cpu' };
    expect(() => openTrainer(elsewhere, smallSpec, { batchSize: 1, adam })).toThrow(
      new BackendError('The backend abacus cannot train networks; use portable, tfjs-wasm or tfjs-cpu.'),
    );
    expect(() => openTrainer(elsewhere, smallSpec, { batchSize: 0, adam })).toThrow(RangeError);
    expect(() => openTrainer(elsewhere, smallSpec, { batchSize: 1, adam: { beta2: 1, epsilon: 1 } })).toThrow(
      RangeError,
    );
  });
});
