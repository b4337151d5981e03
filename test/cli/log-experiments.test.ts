/** How `log` lists experiments: one row for all runs of the branches, or these runs. */
import { beforeAll, describe, expect, test } from 'vitest';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';

interface Listed {
  readonly runs: readonly { readonly id: number; readonly tags: readonly string[]; readonly experiment: unknown }[];
}

let lab: InProcessProject;
const ask = (...args: readonly string[]) => lab.restage([...args, '--cache', lab.cache]);
const listed = async (...args: readonly string[]) =>
  (JSON.parse((await ask('log', '--json', ...args)).stdout) as Listed).runs.map(({ id }) => id);

/** Run 1; the experiment, run 2, with branches as runs 3 to 8; run 9. */
beforeAll(async () => {
  lab = makeInProcessProject('study');
  await lab.run();
  const sweep = ['ablate', '.', '-S', 'folds=3,4', '--metric', 'score.ams:higher', '--seeds', '0,1'];
  expect((await ask(...sweep)).code).toBe(0);
  await lab.run(['--seed', '1']);
});

describe('log', () => {
  test('has a row for an experiment, and says how its runs are listed', async () => {
    expect(await listed()).toEqual([9, 2, 1]);
    const { stdout } = await ask('log');
    expect(stdout).toMatch(/run +when +pipeline +branches .*\n +9 .*\n +2 .* 3 x 2 seeds +ok .*\n +1 /);
    expect(stdout).toMatch(/\n\nThe 6 runs of the branches of sweep: restage log --experiment sweep --cache \S+\n$/);
    const { runs } = JSON.parse((await ask('log', '--json')).stdout) as Listed;
    expect(runs.map(({ experiment }) => experiment)).toEqual([
      null,
      { name: 'sweep', branches: 3, seeds: 2, runs: 6 },
      null,
    ]);
  });

  test('lists the runs of branches where they are asked for, or found by their tags and values', async () => {
    expect(await listed('--branches')).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(await listed('--experiment', 'sweep')).toEqual([8, 7, 6, 5, 4, 3]);
    expect(await listed('--experiment', 'sweep', '--limit', '2')).toEqual([8, 7]);
    expect(await listed('--experiment', 'sweep', '--where', 'seed=1')).toEqual([8, 6, 4]);
    expect(await listed('--tag', 'sweep/base/*')).toEqual([4, 3]);
    expect(await listed('--where', 'folds=4')).toEqual(await listed('--experiment', 'sweep/folds=4'));
    expect(await listed('--limit', '2')).toEqual([9, 2]);
  });

  test('shows the experiment where the runs of its branches are of the pipeline that is asked for', async () => {
    expect(await listed('--pipeline', 'study')).toEqual([9, 2, 1]);
  });

  test('does not count the runs of an experiment where the latest runs are meant', async () => {
    const { before, after } = JSON.parse((await ask('why', '--json')).stdout) as Record<
      'before' | 'after',
      { id: number }
    >;
    expect([before.id, after.id]).toEqual([1, 9]);
    expect((await ask('why', '--if', 'folds=5')).stdout).not.toMatch(/experiment/);
  });

  test('refuses an experiment or a branch that is not there, with the nearest name', async () => {
    expect(await ask('log', '--experiment', 'swep')).toMatchObject({
      code: 2,
      stderr: 'restage: No experiment named swep is on record (did you mean "sweep"?); there is sweep.\n',
    });
    expect(await ask('log', '--experiment', 'sweep/bsae')).toMatchObject({
      code: 2,
      stderr:
        'restage: The experiment sweep has no branch bsae (did you mean "base"?); "restage tree sweep" shows them.\n',
    });
    expect((await ask('log', '--experiment', 'sweep', '--branches')).code).toBe(2);
  });
});
