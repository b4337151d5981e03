import { describe, expect, test } from 'vitest';
import { openBackend } from '../../../src/ml/backends/backends.ts';
import { openTrainer } from '../../../src/ml/backends/open-trainer.ts';
import { drawGains, type Dropout, emptyGains } from '../../../src/ml/network/dropout.ts';
import { graphOf } from '../../../src/ml/network/graph-of.ts';
import { initialise } from '../../../src/ml/network/initialise.ts';
import type { BlockNetwork, HiddenLayer } from '../../../src/ml/network/spec.ts';
import { constantSchedule } from '../../../src/ml/training/schedules.ts';
import { train } from '../../../src/ml/training/train.ts';
import { sampleRows } from '../block-networks.ts';
import { memoryCheckpoint, streams } from '../samples.ts';

const network = (layer: HiddenLayer): BlockNetwork => ({
  kind: 'blocks',
  continuous: 3,
  embeddings: [],
  body: { kind: 'layers', layers: [layer, { ...layer, batchNorm: 'after' }] },
  heads: [{ kind: 'sigmoid', outputs: 1 }],
});

describe('dropout', () => {
  test.each([
    ['relu', 0.2],
    ['selu', 0.2],
    ['selu', 0.5],
  ] as const)('after %s drops a share of %d, and keeps mean and variance as the papers say', (activation, rate) => {
    const spec = network({ width: 100, activation, dropout: rate });
    const all = emptyGains(graphOf(spec), 320);
    drawGains(all, streams(1)('dropout'));
    expect(all.map(({ width, gains }) => gains.length / width)).toEqual([320, 320]);
    const { dropout, gains } = all[0]!;
    const random = streams(2)('values');
    const values = gains.map((gain) => dropped(dropout, random.normal(), gain));
    const share = gains.filter((gain) => gain === 0).length / gains.length;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    // 32,000 draws: errors of 0.003, 0.007 and 0.01.
    expect(Math.abs(share - rate)).toBeLessThan(0.01);
    expect(Math.abs(mean)).toBeLessThan(0.03);
    // Alpha dropout keeps it (arXiv:1706.02515, section 3); dropout divides it by 1 - rate (JMLR 15 (2014) 1929).
    expect(Math.abs(variance - (activation === 'selu' ? 1 : 1 / (1 - rate)))).toBeLessThan(0.05);
  });

  function dropped({ shift, dropped: limit }: Dropout, value: number, gain: number): number {
    return gain === 0 ? limit : value * gain + shift;
  }

  test('draws the same for the same stream, and other numbers for each layer', () => {
    const spec = network({ width: 50, activation: 'relu', dropout: 0.5 });
    const draw = (seed: number): Float32Array[] => {
      const all = emptyGains(graphOf(spec), 64);
      drawGains(all, streams(seed)('dropout'));
      return all.map(({ gains }) => gains);
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(1)[0]).not.toEqual(draw(1)[1]);
  });

  test('needs a stream for a step, and none for a prediction', async () => {
    const spec = network({ width: 4, activation: 'relu', dropout: 0.5 });
    const trainer = openTrainer(await openBackend('portable'), spec, { batchSize: 8, sgd: {} });
    const data = sampleRows(spec, 8, 1);
    const rows = Uint32Array.from({ length: 8 }, (_, i) => i);
    trainer.load(initialise(spec, streams(1)('init')));
    expect(() => trainer.step(data, rows, { learningRate: 1, beta1: 0 })).toThrow(
      'This network has dropout, so a step and a gradient need a random stream as their last argument.',
    );
    expect(await trainer.predict(data)).toEqual(await trainer.predict(data));
  });
});

describe('a training with dropout and batch norm', () => {
  test('that is resumed gives the same bytes as one that was not interrupted', async () => {
    const spec = network({ width: 6, activation: 'swish', dropout: 0.3, batchNorm: 'before' });
    const trainer = openTrainer(await openBackend('portable'), spec, { batchSize: 16, sgd: { weightDecay: 1e-3 } });
    const run = (subEpochs: number, checkpoint = memoryCheckpoint()) =>
      train({
        trainer,
        folds: [sampleRows(spec, 64, 1), sampleRows(spec, 70, 2)],
        validation: sampleRows(spec, 40, 3),
        schedule: constantSchedule({ learningRate: 1e-2 }),
        subEpochs,
        rng: streams(4),
        checkpoint,
        checkpointEvery: 2,
      });
    const checkpoint = memoryCheckpoint();
    await run(4, checkpoint);
    const resumed = await run(7, checkpoint);
    expect(resumed).toEqual(await run(7));
    expect(resumed.weights['body.1.variance']!.data.every((value) => value > 0 && value !== 1)).toBe(true);
  });
});
