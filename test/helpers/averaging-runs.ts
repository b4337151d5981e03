/** Tiny runs of averaging in the reference pipeline, and a training of the built command line that is killed. */
import { writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { inThisProcess } from './in-process-project.ts';
import { copyKnownPackages } from './known-record.ts';
import { makeReferenceProject, type Project } from './project.ts';
import type { RunResult } from './run-result.ts';
import { HIGGS, TINY_HIGGS } from './tiny-higgs.ts';

const TINY = Object.entries({
  ...TINY_HIGGS,
  'schedule.lengthCycleSubEpochs': 2,
  'schedule.maxSubEpochs': 20,
  'fge.snapshots': 3,
  'fge.keepSnapshots': 4,
}).map(([path, value]) => ({ path, value }));

export class AveragingRuns {
  readonly project: Project = makeReferenceProject();

  async run(...args: readonly string[]): Promise<RunResult> {
    const result = await inThisProcess(this.project).runOf(this.#words(args));
    expect(result).toMatchObject({ code: 0, stderr: '' });
    return result;
  }

  /** In a cache that has no state yet. */
  async coldly<T>(cache: string, act: () => Promise<T>): Promise<T> {
    const warm = this.project.cache;
    this.project.cache = this.project.beside(cache);
    copyKnownPackages(this.project.cache);
    try {
      return await act();
    } finally {
      this.project.cache = warm;
    }
  }

  /**
   * Kills a training between two checkpoints and lets it continue, with another run undisturbed: the bytes must be the
   * same.
   */
  async killInTraining(method: 'swa' | 'fge'): Promise<void> {
    // Trainings of 80 sub-epochs of some 50 steps, where a checkpoint is made every 1,000 steps.
    const long = ['-S', `averaging=${method}`, '-S', 'schedule.maxSubEpochs=80', '-S', 'train.batchSize=16'];
    const patience = method === 'swa' ? 'patience.subEpochs=80' : 'patience.cycles=38';
    const target = [...long, 'train-fold@fold=1', '-S', patience];
    const undisturbed = await this.coldly('whole', async () => {
      await this.run(...target);
      return this.project.outputs();
    });
    await this.coldly('killed', async () => {
      const killed = await this.project.restage(this.#words(target), { env: this.#dyingAtCheckpoint(3) });
      expect(killed.signal).toBe('SIGKILL');
      const { outcomes, events } = await this.run(...target);
      expect(outcomes['train-fold@fold=1']).toBe('ran');
      const steps = events.flatMap((event) =>
        event.type === 'node-metric' && event.name === 'validation loss' ? [event.step!] : [],
      );
      const [first = 0] = steps;
      // The second checkpoint is the last one.
      expect(first).toBeGreaterThanOrEqual(20);
      expect(steps).toEqual(Array.from({ length: 80 - first }, (_, i) => first + i));
      expect(this.project.outputs()).toEqual(undisturbed);
    });
  }

  /** A parameter may be given once: what these arguments give replaces what all runs have. */
  #words(args: readonly string[]): readonly string[] {
    const tiny = TINY.filter(({ path }) => !args.some((word) => word.startsWith(`${path}=`)));
    const words = tiny.flatMap(({ path, value }) => ['-S', `${path}=${value}`]);
    return ['run', HIGGS, '--cache', this.project.cache, '--reporter', 'json', ...words, ...args];
  }

  /** The environment of a run whose processes are all killed just before so many checkpoints are in place. */
  #dyingAtCheckpoint(count: number): Readonly<Record<string, string>> {
    const preload = this.project.beside('dying.cjs');
    writeFileSync(
      preload,
      `const fs = require('node:fs');
const { renameSync } = fs;
let saved = 0;
fs.renameSync = (from, to) => {
  if (/checkpoint/.test(to) && ++saved === ${count}) process.kill(0, 'SIGKILL');
  renameSync(from, to);
};
require('node:module').syncBuiltinESMExports();
`,
    );
    return { NODE_OPTIONS: `--require ${preload}` };
  }
}
