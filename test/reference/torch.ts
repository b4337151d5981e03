/** Eager PyTorch, where this machine has it, as a second opinion on a recorded training. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeNpz } from '../../src/io/weights/npz.ts';
import { pythonWith } from '../bench/peers.ts';
import type { Recorder } from './recorded-training.ts';

export const NO_TORCH = 'PyTorch is not installed for /usr/bin/python3 (on Debian: python3-torch, python3-numpy)';

/** Whether /usr/bin/python3 can import PyTorch. */
export function hasTorch(): boolean {
  return pythonWith('torch') !== undefined;
}

/** Writes a recorded training as train.py reads it. */
export function writeTraining(directory: string, recorder: Recorder): void {
  const { about, arrays } = recorder.recorded();
  writeFileSync(join(directory, 'training.json'), JSON.stringify(about));
  writeFileSync(join(directory, 'training.npz'), writeNpz(arrays));
}

/** PyTorch's validation loss after each sub-epoch of a recorded training. @throws if it fails */
export function torchLosses(recorder: Recorder, precision: 'float32' | 'float64' = 'float32'): readonly number[] {
  const directory = mkdtempSync(join(tmpdir(), 'restage-reference-'));
  try {
    writeTraining(directory, recorder);
    const script = fileURLToPath(new URL('train.py', import.meta.url));
    const { status, stdout, stderr } = spawnSync(pythonWith('torch')!, [script, directory, precision], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`PyTorch failed: ${stderr}`);
    return JSON.parse(stdout) as readonly number[];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The largest relative difference of two lists, number by number. */
export function relativeDifference(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!) / Math.abs(b[i]!)));
}
