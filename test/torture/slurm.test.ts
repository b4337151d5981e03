/** Runs on a real Slurm of two nodes: what a cluster does to jobs must show neither in results nor in the record. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ClusterLab } from '../helpers/cluster-lab.ts';
import { fsck } from '../helpers/fsck.ts';
import { type NodeName, noSlurm, SlurmCluster } from '../helpers/slurm.ts';

if (noSlurm !== undefined) console.log(`No run on Slurm: ${noSlurm}.`);

describe.skipIf(noSlurm !== undefined)('on a cluster with Slurm', () => {
  let cluster: SlurmCluster;
  let lab: ClusterLab;
  beforeAll(async () => {
    cluster = await SlurmCluster.start({ nodeTimeout: 6 });
  });
  afterAll(() => cluster.stop());
  beforeEach(() => {
    lab = new ClusterLab('slurm', cluster.env);
  });

  test('a run gives the keys and the bytes that it gives on one machine', async () => {
    const { code, stderr, outcomes, report } = await lab.run();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(Object.values(outcomes)).toEqual(['ran', 'ran', 'ran', 'ran']);
    expect(report?.results[0]).toMatchObject({ value: 5 });
    const { stateKeys, outputs } = lab.facts();
    lab.project.cache = lab.project.beside('local');
    expect(await lab.local()).toMatchObject({ code: 0 });
    expect(lab.facts()).toEqual({ stateKeys, outputs });
  });

  test('a node that fails fails alone, with its line, its log and what it measured', async () => {
    const { code, report } = await lab.run('-S', 'failing=1');
    expect(code).toBe(1);
    expect(report?.failures).toMatchObject([
      { node: 'part@i=1', failure: { class: 'error', message: 'RangeError: part 1 cannot' } },
    ]);
    expect(report?.failures[0]?.failure.stack).toContain('stages.ts');
    expect(report?.counts).toMatchObject({ ran: 2, failed: 1, skipped: 1 });
    expect(lab.project.query('SELECT text FROM log_line ORDER BY text')).toMatchObject([
      { text: 'part 0 has begun' },
      { text: 'part 1 has begun' },
      { text: 'part 2 has begun' },
    ]);
    expect(lab.project.count('metric')).toBe(3);
  });

  test('a run that is killed leaves its jobs to the next one, which submits nothing twice', async () => {
    const first = await lab.begin('-S', 'held=true');
    await lab.begun(3);
    first.killGroup('SIGKILL');
    await first.ended;
    const before = await cluster.jobs();
    const second = await lab.begin('-S', 'held=true');
    await second.event(({ type }) => type === 'node-started');
    for (const i of [0, 1, 2]) lab.open(i);
    expect(await second.result).toMatchObject({ code: 0, stderr: '' });
    expect(lab.tally()).toEqual(['part 0', 'part 1', 'part 2']);
    // The three of the first run, and the one of the sum.
    expect(await cluster.jobs()).toBe(before + 1);
    expect(await fsck(lab.project)).toEqual({ code: 0, kinds: [] });
  });

  test('a run may leave, and the next one takes what came meanwhile', async () => {
    const { code, stdout } = await lab.run('-S', 'held=true', '--detach');
    expect(code).toBe(0);
    expect(stdout).toContain('3 attempts go on elsewhere');
    for (const i of [0, 1, 2]) lab.open(i);
    while ((await cluster.queue()).length > 0) await pause(200);
    const before = await cluster.jobs();
    expect(await lab.run('-S', 'held=true')).toMatchObject({ code: 0, stderr: '' });
    expect(lab.tally()).toEqual(['part 0', 'part 1', 'part 2']);
    expect(await cluster.jobs()).toBe(before + 1);
  });

  test('an interrupted run cancels its own jobs and no other', async () => {
    const other = await cluster.ask('sbatch', '--parsable', '-o', '/dev/null', '--wrap', 'sleep 600');
    const live = await lab.begin('-S', 'held=true');
    await lab.begun(2);
    live.kill('SIGINT');
    const { code, outcomes } = await live.result;
    expect(code).toBe(130);
    expect(new Set(Object.values(outcomes))).toEqual(new Set(['skipped']));
    await expect.poll(() => cluster.queue(), { timeout: 20_000 }).toEqual([expect.stringContaining(`${other} `)]);
    await cluster.ask('scancel', other);
  });

  test('a node that loses power loses its attempts; they are made again on the other one', async () => {
    const live = await lab.begin('-S', 'held=true');
    await lab.begun(3);
    const hosts = (await cluster.ask('squeue', '-h', '-t', 'R', '-o', '%N')).split('\n');
    const [lost] = hosts as [NodeName];
    await cluster.killNode(lost);
    for (const i of [0, 1, 2]) lab.open(i);
    const { code, stderr, report } = await live.result;
    cluster.startNode(lost);
    await cluster.idle();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(report?.counts).toMatchObject({ ran: 4, failed: 0 });
    const failures = lab.project.query<{ class: string }>('SELECT class FROM attempt_failure');
    expect(failures).toEqual(hosts.filter((host) => host === lost).map(() => ({ class: 'lost' })));
    expect(await fsck(lab.project)).toEqual({ code: 0, kinds: [] });
  });

  test('a job that has to make room is another attempt; one whose time is up has failed by its timeout', async () => {
    const live = await lab.begin('-S', 'held=true', '-S', 'parts=2');
    await lab.begun(2);
    const [moved, late] = (await cluster.ask('squeue', '-h', '-t', 'R', '-o', '%i')).split('\n');
    await cluster.ask('scancel', '--batch', '--signal=TERM', moved!);
    await lab.begun(3);
    await cluster.ask('scancel', '--batch', '--signal=USR1', late!);
    for (const i of [0, 1]) lab.open(i);
    const { code, report } = await live.result;
    expect(code).toBe(1);
    expect(report?.counts).toMatchObject({ ran: 1, failed: 1, skipped: 1 });
    expect(report?.failures).toMatchObject([
      { failure: { class: 'timeout', message: expect.stringContaining('the time of its job is up') as string } },
    ]);
    expect(lab.project.query('SELECT class FROM attempt_failure ORDER BY class')).toEqual([
      { class: 'lost' },
      { class: 'timeout' },
    ]);
  });

  test('a node whose job Slurm refuses fails with the words of Slurm', async () => {
    const { code, report } = await lab.run('-S', 'partition=nowhere', '-S', 'parts=1');
    expect(code).toBe(1);
    expect(report?.failures[0]?.failure.message).toMatch(/^Slurm refuses the job of node part@i=0: .*partition/i);
  });
});
