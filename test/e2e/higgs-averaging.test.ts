/** Averaging in the reference pipeline, tiny, on the real command line: what it runs again, and the same bytes after a crash. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Project } from '../helpers/project.ts';
import type { RunResult } from '../helpers/run-result.ts';

const PIPELINE = fileURLToPath(new URL('../../pipelines/higgs', import.meta.url));
const TINY = Object.entries({
  data: 'simulated:3000',
  'folds.count': 3,
  'network.width': 8,
  'network.depth': 2,
  'train.lengthRiseSubEpochs': 2,
  'train.lengthFallSubEpochs': 4,
  'lrFind.steps': 10,
  'cut.minPrediction': 0.5,
  'score.bootstrapSamples': 20,
  'schedule.lengthCycleSubEpochs': 2,
  'schedule.maxSubEpochs': 20,
  'fge.snapshots': 3,
  'fge.keepSnapshots': 4,
}).map(([path, value]) => ({ path, value }));

const FGE = ['-S', 'averaging=fge', '-S', 'patience.cycles=4'];
const FOLDS = [0, 1, 2];
const TRAININGS = FOLDS.map((fold) => `train-fold@fold=${fold}`);
const SELECTIONS = FOLDS.map((fold) => `select-snapshots@fold=${fold}`);
const BELOW = ['cut-optimise', 'ensemble', 'predict@events=test', 'predict@events=validation', 'score', 'submission'];

describe('averaging in the HiggsML pipeline', () => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'restage-averaging-')));
  const project = new Project(join(directory, 'project'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** A parameter may be given once: what these arguments give replaces what all runs have. */
  const runPipeline = (...args: readonly string[]): readonly string[] => {
    const tiny = TINY.filter(({ path }) => !args.some((word) => word.startsWith(`${path}=`)));
    const words = tiny.flatMap(({ path, value }) => ['-S', `${path}=${value}`]);
    return ['run', PIPELINE, '--cache', project.cache, '--reporter', 'json', ...words, ...args];
  };
  async function run(...args: readonly string[]): Promise<RunResult> {
    const result = await (await project.start(runPipeline(...args))).result;
    expect(result).toMatchObject({ code: 0, stderr: '' });
    return result;
  }
  /** The environment of a run whose processes are all killed just before so many checkpoints are in place. */
  function dyingAtCheckpoint(count: number): Readonly<Record<string, string>> {
    const preload = join(directory, 'dying.cjs');
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
  /** In a cache that has nothing yet. */
  async function coldly<T>(cache: string, act: () => Promise<T>): Promise<T> {
    const warm = project.cache;
    project.cache = join(directory, cache);
    try {
      return await act();
    } finally {
      project.cache = warm;
    }
  }
  const ran = ({ outcomes }: RunResult): readonly string[] =>
    Object.entries(outcomes)
      .flatMap(([node, outcome]) => (outcome === 'ran' ? [node] : []))
      .sort();

  let none: Readonly<Record<string, string>>;
  let outputs: Readonly<Record<string, string>>;
  beforeAll(async () => {
    await run('-j', '1');
    none = project.outputs();
    const first = await run(...FGE, '-j', '1');
    expect(ran(first)).toEqual([...TRAININGS, ...SELECTIONS, ...BELOW].sort());
    // All that is above the trainings, and the range test.
    expect(first.report!.counts).toMatchObject({ hit: Object.keys(first.outcomes).length - 3 - 3 - BELOW.length });
    outputs = project.outputs();
  });

  test('gives the same bytes in two cold runs, with one worker or two', async () => {
    await coldly('second', async () => {
      const { report, outcomes } = await run(...FGE, '-j', '2');
      expect(report!.counts.ran).toBe(Object.keys(outcomes).length);
      expect(project.outputs()).toEqual(outputs);
    });
  });

  test('selects again and trains nothing where another number of snapshots is asked for, or other weights', async () => {
    const fewer = await run(...FGE, '-S', 'fge.snapshots=1');
    expect(ran(fewer)).toEqual([...SELECTIONS, ...BELOW].sort());
    for (const training of TRAININGS) expect(fewer.outcomes[training]).toBe('hit');
    const otherwise = await run(...FGE, '-S', 'fge.weightPower=-1');
    expect(otherwise.outcomes['train-fold@fold=0']).toBe('hit');
    expect(ran(otherwise)).toEqual(expect.arrayContaining([...SELECTIONS, 'ensemble', 'score']));
  });

  test('comes back to the existing states, whichever way', async () => {
    expect(ran(await run())).toEqual([]);
    expect(ran(await run(...FGE))).toEqual([]);
    // Another method's parameters do not matter to this one.
    expect(ran(await run('-S', 'fge.snapshots=2'))).toEqual([]);
    for (const [output, digest] of Object.entries(none))
      if (output.startsWith('fold-split')) expect(outputs[output]).toBe(digest);
  });

  test.each(['swa', 'fge'])(
    'continues with %s to the same bytes after it was killed in the middle of a training',
    async (method) => {
      // Trainings of 80 sub-epochs of some 50 steps, where a checkpoint is made every 1,000 steps.
      const long = ['-S', `averaging=${method}`, '-S', 'schedule.maxSubEpochs=80', '-S', 'train.batchSize=16'];
      const patience = method === 'swa' ? 'patience.subEpochs=80' : 'patience.cycles=38';
      const target = ['train-fold@fold=1', '-S', patience];
      const undisturbed = await coldly(`whole-${method}`, async () => {
        await run(...long, ...target);
        return project.outputs();
      });
      await coldly(`killed-${method}`, async () => {
        const killed = await project.restage(runPipeline(...long, ...target), { env: dyingAtCheckpoint(3) });
        expect(killed.signal).toBe('SIGKILL');
        const { outcomes, events } = await run(...long, ...target);
        expect(outcomes['train-fold@fold=1']).toBe('ran');
        const steps = events.flatMap((event) =>
          event.type === 'node-metric' && event.name === 'validation loss' ? [event.step!] : [],
        );
        const [first = 0] = steps;
        // The second checkpoint is the last one.
        expect(first).toBeGreaterThanOrEqual(20);
        expect(steps).toEqual(Array.from({ length: 80 - first }, (_, i) => first + i));
        expect(project.outputs()).toEqual(undisturbed);
      });
    },
  );
});
