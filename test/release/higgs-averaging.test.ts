/**
 * Averaging in the reference pipeline, tiny, on the command line: what it runs again, and the same bytes after a crash.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { AveragingRuns } from '../helpers/averaging-runs.ts';
import type { RunResult } from '../helpers/run-result.ts';

const FGE = ['-S', 'averaging=fge', '-S', 'patience.cycles=4'];
const FOLDS = [0, 1, 2];
const TRAININGS = FOLDS.map((fold) => `train-fold@fold=${fold}`);
const SELECTIONS = FOLDS.map((fold) => `select-snapshots@fold=${fold}`);
const BELOW = ['cut-optimise', 'ensemble', 'predict@events=test', 'predict@events=validation', 'score', 'submission'];

describe('averaging in the HiggsML pipeline', () => {
  const averaging = new AveragingRuns();
  const { project } = averaging;

  const ran = ({ outcomes }: RunResult): readonly string[] =>
    Object.entries(outcomes)
      .flatMap(([node, outcome]) => (outcome === 'ran' ? [node] : []))
      .sort();

  let none: Readonly<Record<string, string>>;
  let outputs: Readonly<Record<string, string>>;
  beforeAll(async () => {
    await averaging.run('-j', '1');
    none = project.outputs();
    const first = await averaging.run(...FGE, '-j', '1');
    expect(ran(first)).toEqual([...TRAININGS, ...SELECTIONS, ...BELOW].sort());
    // All that is above the trainings, and the range test.
    expect(first.report!.counts).toMatchObject({ hit: Object.keys(first.outcomes).length - 3 - 3 - BELOW.length });
    outputs = project.outputs();
  });

  test('gives the same bytes in two cold runs, with one worker or two', async () => {
    await averaging.coldly('second', async () => {
      const { report, outcomes } = await averaging.run(...FGE, '-j', '2');
      expect(report!.counts.ran).toBe(Object.keys(outcomes).length);
      expect(project.outputs()).toEqual(outputs);
    });
  });

  test('selects again and trains nothing where another number of snapshots is asked for, or other weights', async () => {
    const fewer = await averaging.run(...FGE, '-S', 'fge.snapshots=1');
    expect(ran(fewer)).toEqual([...SELECTIONS, ...BELOW].sort());
    for (const training of TRAININGS) expect(fewer.outcomes[training]).toBe('hit');
    const otherwise = await averaging.run(...FGE, '-S', 'fge.weightPower=-1');
    expect(otherwise.outcomes['train-fold@fold=0']).toBe('hit');
    expect(ran(otherwise)).toEqual(expect.arrayContaining([...SELECTIONS, 'ensemble', 'score']));
  });

  test('comes back to the existing states, whichever way', async () => {
    expect(ran(await averaging.run())).toEqual([]);
    expect(ran(await averaging.run(...FGE))).toEqual([]);
    // Another method's parameters do not matter to this one.
    expect(ran(await averaging.run('-S', 'fge.snapshots=2'))).toEqual([]);
    for (const [output, digest] of Object.entries(none))
      if (output.startsWith('fold-split')) expect(outputs[output]).toBe(digest);
  });

  // `npm run torture` kills trainings with SWA as well.
  test('continues to the same bytes after it was killed in the middle of a training', () =>
    averaging.killInTraining('fge'));
});
