/**
 * Folds of events drawn at random, as `higgs/fold-split` gives them: for tests of trainings, which have little to learn
 * here.
 */
import { type Tensors, tensor } from 'restage';
import { CONTINUOUS } from '../../../pipelines/higgs/data/features.ts';
import { streams } from '../streams.ts';

/** @param starts the first row of each fold, and the number of all rows */
export function randomFolds(starts: readonly number[], seed: number): Tensors {
  const random = streams(seed)('folds');
  const rows = starts.at(-1)!;
  const width = CONTINUOUS.length;
  return {
    continuous: tensor(
      [rows, width],
      Float32Array.from({ length: rows * width }, () => random.normal()),
    ),
    codes: tensor([rows], new Uint8Array(rows)),
    targets: tensor(
      [rows],
      Uint8Array.from({ length: rows }, () => random.integer(2)),
    ),
    weights: tensor([rows], new Float32Array(rows).fill(1)),
    foldStarts: tensor([starts.length], Uint32Array.from(starts)),
  };
}
