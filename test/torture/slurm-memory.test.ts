/** Nodes that take more memory than they asked for, on a real Slurm that does not let them. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { ClusterLab } from '../helpers/cluster-lab.ts';
import { noGroups, noSlurm, SlurmCluster } from '../helpers/slurm.ts';

describe.skipIf(noSlurm !== undefined)('a node that takes more memory than its job has', () => {
  test.skipIf(noGroups !== undefined)(`is made again with more, where the kernel ends it${why(noGroups)}`, () =>
    expectMoreMemory('cgroup'),
  );

  test('is made again with more, where accounting ends its job; others of the job move to another one', () =>
    expectMoreMemory('accounting'));
});

async function expectMoreMemory(memory: 'cgroup' | 'accounting'): Promise<void> {
  const cluster = await SlurmCluster.start({ memory });
  onTestFinished(() => cluster.stop());
  const lab = new ClusterLab('slurm', cluster.env);
  const settings = ['-S', 'memoryMiB=300', '-S', 'lasts=3000'];
  // How long a part lasts is known then, so that several share a job.
  expect(await lab.run(...settings, '-S', 'parts=1')).toMatchObject({ code: 0 });
  const { code, stderr, report } = await lab.run(...settings, '-S', 'parts=10', '-S', 'hungry=3');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(report?.counts).toMatchObject({ failed: 0, skipped: 0 });
  const failures = lab.project.query(
    'SELECT f.class, n.text AS node FROM attempt_failure f JOIN attempt a ON a.id = f.attempt JOIN name n ON n.id = a.node',
  );
  expect(failures).toEqual([{ class: 'oom', node: 'part@i=3' }]);
  const asked = (await cluster.ask('squeue', '-h', '-t', 'all', '-o', '%m')).split('\n');
  expect(asked.filter((each) => each.trim() === '700M')).toHaveLength(1);
}

function why(reason: string | undefined): string {
  return reason === undefined ? '' : ` (${reason})`;
}
