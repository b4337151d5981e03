import { describe, expect, test } from 'vitest';
import { DataError } from '../../../src/errors.ts';
import { train } from '../../../src/ml/training/train.ts';
import { memoryCheckpoint, sampleData, scriptedTrainer, smallSpec } from '../samples.ts';
import { options } from './short-training.ts';

describe('an interrupted training', () => {
  test.each([1, 4, 5, 11])('after sub-epoch %i reaches the same bytes', async (last) => {
    const whole = await train(options());
    const checkpoint = memoryCheckpoint();
    const interrupted = train(
      options({
        checkpoint,
        checkpointEvery: 2,
        onSubEpoch: ({ subEpoch }) => {
          if (subEpoch === last) throw new Error('the power failed');
        },
      }),
    );
    await expect(interrupted).rejects.toThrow('the power failed');
    const seen: number[] = [];
    const resumed = await train(
      options({ checkpoint, checkpointEvery: 2, onSubEpoch: ({ subEpoch }) => void seen.push(subEpoch) }),
    );
    expect(resumed).toEqual(whole);
    expect(seen[0]).toBe(2 * Math.floor(last / 2));
  });

  test("restores the caller's own state too", async () => {
    const checkpoint = memoryCheckpoint();
    const run = async (failAt: number): Promise<number[]> => {
      let losses: number[] = [];
      await train(
        options({
          checkpoint,
          checkpointEvery: 3,
          callerState: {
            save: () => losses,
            restore: (saved) => {
              losses = [...(saved as number[])];
            },
          },
          onSubEpoch: ({ subEpoch, loss }) => {
            if (subEpoch === failAt) throw new Error('the power failed');
            losses.push(loss);
          },
        }),
      );
      return losses;
    };
    await expect(run(7)).rejects.toThrow('the power failed');
    expect(await run(99)).toEqual((await train(options())).history);
  });

  test('saves as often as asked', async () => {
    const checkpoint = memoryCheckpoint();
    await train(options({ checkpoint, checkpointEvery: 5 }));
    expect(checkpoint.saves).toBe(2);
  });

  test('by default saves every 10 sub-epochs of many steps, and less often if they are short', async () => {
    const short = memoryCheckpoint();
    await train(options({ checkpoint: short, subEpochs: 25 }));
    expect(short.saves).toBe(0);
    const long = memoryCheckpoint();
    const trainer = { ...scriptedTrainer([]), batchSize: 1 };
    await train(options({ trainer, checkpoint: long, subEpochs: 25, folds: [sampleData(smallSpec, 100, 1)] }));
    expect(long.saves).toBe(2);
  });

  test('refuses a checkpoint of another training', async () => {
    const checkpoint = memoryCheckpoint();
    await checkpoint.save({ something: 'else' });
    await expect(train(options({ checkpoint }))).rejects.toThrow(DataError);
  });
});

describe('an aborted training', () => {
  test('throws the reason within the sub-epoch, though it never waits for anything slow', async () => {
    const controller = new AbortController();
    const reason = new Error('time is up');
    let subEpochs = 0;
    const training = train(
      options({
        subEpochs: 100_000,
        signal: controller.signal,
        onSubEpoch: () => {
          subEpochs++;
          if (subEpochs === 2) setImmediate(() => controller.abort(reason));
        },
      }),
    );
    await expect(training).rejects.toBe(reason);
    expect(subEpochs).toBeLessThanOrEqual(4);
  });

  test('does not begin if the signal is already aborted', async () => {
    const steps: Uint32Array[] = [];
    const signal = AbortSignal.abort(new Error('never mind'));
    await expect(train(options({ trainer: scriptedTrainer([], steps), signal }))).rejects.toThrow('never mind');
    expect(steps).toEqual([]);
  });
});
