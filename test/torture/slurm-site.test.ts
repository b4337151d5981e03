/** Runs on a real Slurm whose site preempts, has GPUs, lacks what a run needs, or has an sbatch that fails. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ClusterLab } from '../helpers/cluster-lab.ts';
import { fsck } from '../helpers/fsck.ts';
import { otherNode } from '../helpers/other-nodes.ts';
import { makeProject } from '../helpers/project.ts';
import { canHide, NODES, noSlurm, SlurmCluster } from '../helpers/slurm.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

describe.skipIf(noSlurm !== undefined)('on a site with Slurm', () => {
  let cluster: SlurmCluster;
  let lab: ClusterLab;
  beforeAll(async () => {
    const partitions = [
      'PartitionName=urgent Nodes=ALL PriorityTier=10 MaxTime=INFINITE State=UP',
      'PartitionName=short Nodes=ALL MaxTime=1 State=UP',
    ];
    const preemption = ['PreemptType=preempt/partition_prio', 'PreemptMode=REQUEUE'];
    cluster = await SlurmCluster.start({ gpus: true, extra: [...preemption, 'EnforcePartLimits=ALL', ...partitions] });
  });
  afterAll(() => cluster.stop());
  beforeEach(() => {
    lab = new ClusterLab('slurm', cluster.env);
  });

  /** A directory with a command that comes before Slurm's own, and executes it where its script says `"$real" "$@"`. */
  function shim(command: string, ...script: readonly string[]): NodeJS.ProcessEnv {
    const directory = temporaryDirectory();
    const [real] = execFileSync('sh', ['-c', `command -v ${command}`], { encoding: 'utf8' }).split('\n');
    writeFileSync(join(directory, command), ['#!/bin/sh', `real=${real}`, ...script, ''].join('\n'), { mode: 0o755 });
    return { ...cluster.env, PATH: `${directory}:${process.env['PATH'] ?? ''}` };
  }

  const failures = () => lab.project.query<{ class: string }>('SELECT class FROM attempt_failure');

  test('a job that Slurm preempts for another one is lost, and its node is made again', async () => {
    const live = await lab.begin('-S', 'held=true', '-S', 'parts=4');
    await lab.begun(4);
    const urgent = ['--partition=urgent', '--exclusive', '--mem=100', '-o', '/dev/null', '--wrap', 'sleep 8'];
    await cluster.ask('sbatch', ...urgent);
    await lab.begun(5);
    for (const i of [0, 1, 2, 3]) lab.open(i);
    const { code, stderr, report } = await live.result;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(report?.counts).toMatchObject({ ran: 5, failed: 0 });
    expect(failures()).toEqual([{ class: 'lost' }, { class: 'lost' }]);
    expect(lab.project.query('SELECT message FROM attempt_failure LIMIT 1')).toEqual([
      { message: expect.stringContaining('was preempted') as string },
    ]);
    expect(await fsck(lab.project)).toEqual({ code: 0, kinds: [] });
    await cluster.idle();
  });

  test('a node that asks for a GPU sees the one that Slurm has given to its job, and others see none', async () => {
    const project = makeProject('network');
    const { code, stderr, report } = await project.run(['--executor', 'slurm'], { env: cluster.env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const seen = (result: string): unknown => report?.results.find(({ name }) => name === result)?.value;
    expect([seen('onCpu'), seen('onGpu')]).toEqual(['', '0']);
  });

  test('a job that asks for more time than its partition has is refused in the words of Slurm', async () => {
    const { code, report } = await lab.run('-S', 'partition=short', '-S', 'parts=1', '-S', 'timeoutSeconds=600');
    expect(code).toBe(1);
    expect(report?.failures[0]?.failure.message).toMatch(
      /^Slurm refuses the job of node part@i=0: .*time limit is invalid/i,
    );
  });

  test('a job that was taken is found by its name where sbatch answers nonsense', async () => {
    const troubled = new ClusterLab(
      'slurm',
      shim('sbatch', '"$real" "$@" >/dev/null', 'echo Welcome; head -c 90 /dev/urandom'),
    );
    const before = await cluster.jobs();
    expect(await troubled.run()).toMatchObject({ code: 0, stderr: '' });
    expect(troubled.tally()).toEqual(['part 0', 'part 1', 'part 2']);
    expect(await cluster.jobs()).toBe(before + 4);
  });

  test('a job that was taken is found by its name where sbatch hangs', async () => {
    const troubled = new ClusterLab('slurm', shim('sbatch', '"$real" "$@" >/dev/null', 'exec sleep 600'));
    const before = await cluster.jobs();
    expect(await troubled.run('-S', 'parts=1')).toMatchObject({ code: 0, stderr: '' });
    expect(troubled.tally()).toEqual(['part 0']);
    expect(await cluster.jobs()).toBe(before + 2);
  });

  test('a machine without sbatch is told as one that belongs to no cluster', async () => {
    const bare = new ClusterLab('slurm', { ...cluster.env, PATH: temporaryDirectory() });
    const { code, report } = await bare.run('-S', 'parts=1');
    expect(code).toBe(1);
    expect(report?.failures[0]?.failure.message).toMatch(
      /^Slurm refuses the job of node part@i=0: .*belongs to no cluster/,
    );
  });

  test.skipIf(!canHide)('a host with another Node ends its job, and both versions are told', async ({ skip }) => {
    const other = otherNode(22);
    if (other === undefined) return skip('no Node 22 for this machine, or no registry to get it from');
    for (const name of NODES) cluster.replace(name, process.execPath, other);
    try {
      const { code, report } = await lab.run('-S', 'parts=1');
      expect(code).toBe(1);
      expect(report?.failures[0]?.failure.message).toMatch(
        /^Slurm job \d+ on n\d ended .* Node 22\.\S+ on \S+ is not the Node 20\.\S+ of the run; install the same major/,
      );
    } finally {
      for (const name of NODES) cluster.show(name, process.execPath);
    }
    expect(lab.tally()).toEqual([]);
  });

  test.skipIf(!canHide)('a cache that hosts do not share fails the node, and says what to look at', async () => {
    for (const name of NODES) cluster.hide(name, lab.project.cache);
    try {
      const { code, report } = await lab.run('-S', 'parts=1');
      expect(code).toBe(1);
      expect(report?.failures[0]?.failure.message).toMatch(
        /^Slurm job \d+ on n\d for node part@i=0 could not be started \(.+\); .* whether hosts see the cache's directory\.$/,
      );
    } finally {
      for (const name of NODES) cluster.show(name, lab.project.cache);
    }
    expect(lab.tally()).toEqual([]);
  });
});
