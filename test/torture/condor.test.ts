/** Runs on a real HTCondor of two hosts: what a pool does to jobs must show neither in results nor in the record. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ClusterLab } from '../helpers/cluster-lab.ts';
import { CondorPool, type HostName, noCondor } from '../helpers/condor.ts';
import { fsck } from '../helpers/fsck.ts';

if (noCondor !== undefined) console.log(`No run on HTCondor: ${noCondor}.`);

describe.skipIf(noCondor !== undefined)('in a pool of HTCondor', () => {
  let pool: CondorPool;
  let lab: ClusterLab;
  beforeAll(async () => {
    pool = await CondorPool.start();
  });
  afterAll(() => pool.stop());
  beforeEach(() => {
    lab = new ClusterLab('condor', pool.env);
  });

  test('a run gives the keys and the bytes that it gives on one machine', () => lab.expectSameAsHere());

  test('a run that is killed leaves its jobs to the next one, which submits nothing twice', async () => {
    const first = await lab.begin('-S', 'held=true');
    await lab.begun(3);
    first.killGroup('SIGKILL');
    await first.ended;
    // The queue is asked for a job whose log is gone.
    rmSync(join(lab.units()[0]!, 'condor.log'));
    const second = await lab.begin('-S', 'held=true');
    await second.event(({ type }) => type === 'node-started');
    for (const i of [0, 1, 2]) lab.open(i);
    expect(await second.result).toMatchObject({ code: 0, stderr: '' });
    expect(lab.tally()).toEqual(['part 0', 'part 1', 'part 2']);
    // The three of the first run, and the one of the sum.
    expect(lab.units()).toHaveLength(4);
    expect(await fsck(lab.project)).toEqual({ code: 0, kinds: [] });
  });

  test('an interrupted run removes its own jobs and no other', async () => {
    const other = lab.project.beside('other.sub');
    writeFileSync(other, OTHER);
    await pool.ask('condor_submit', '-terse', other);
    const live = await lab.begin('-S', 'held=true');
    await lab.begun(2);
    live.kill('SIGINT');
    const { code, outcomes } = await live.result;
    expect(code).toBe(130);
    expect(new Set(Object.values(outcomes))).toEqual(new Set(['skipped']));
    await expect.poll(() => pool.queue('Cmd'), { timeout: 20_000 }).toEqual(['/bin/sleep']);
    await pool.ask('condor_rm', '-all');
  });

  test('a host that loses power loses its attempts; they are made again on the other one', async () => {
    const live = await lab.begin('-S', 'held=true', '-S', 'parts=2');
    await lab.begun(2);
    const hosts = (await pool.queue('RemoteHost')).map((slot) => slot.split('@')[1] as HostName);
    const [lost] = hosts as [HostName];
    await pool.killHost(lost);
    for (const i of [0, 1]) lab.open(i);
    const { code, stderr, report } = await live.result;
    await pool.startHost(lost);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(report?.counts).toMatchObject({ ran: 3, failed: 0 });
    const failures = lab.project.query<{ class: string }>('SELECT class FROM attempt_failure');
    expect(failures).toEqual(hosts.filter((host) => host === lost).map(() => ({ class: 'lost' })));
    expect(await fsck(lab.project)).toEqual({ code: 0, kinds: [] });
  });

  test('a job that has to make room is another attempt; one that somebody holds has been cancelled', async () => {
    const live = await lab.begin('-S', 'held=true', '-S', 'parts=2');
    await lab.begun(2);
    const [moved, held] = await pool.queue('ClusterId');
    await pool.ask('condor_vacate_job', moved!);
    await lab.begun(3);
    await pool.ask('condor_hold', held!);
    // The command returns before the task has ended.
    await live.event(({ type }) => type === 'node-failed');
    for (const i of [0, 1]) lab.open(i);
    const { code, report } = await live.result;
    expect(code).toBe(1);
    expect(report?.counts).toMatchObject({ ran: 1, failed: 1, skipped: 1 });
    expect(report?.failures).toMatchObject([
      { failure: { class: 'cancelled', message: expect.stringContaining('via condor_hold') as string } },
    ]);
    expect(lab.project.query('SELECT class FROM attempt_failure ORDER BY class')).toEqual([
      { class: 'cancelled' },
      { class: 'lost' },
    ]);
    await expect.poll(() => pool.queue('ClusterId'), { timeout: 20_000 }).toEqual([]);
  });

  test('a scheduler that dies ends nothing: its jobs go on, and the next ones are submitted when it is back', async () => {
    const live = await lab.begin('-S', 'held=true', '-S', 'parts=2');
    await lab.begun(2);
    pool.killScheduler();
    for (const i of [0, 1]) lab.open(i);
    expect(await live.result).toMatchObject({ code: 0, stderr: '' });
    expect(lab.tally()).toEqual(['part 0', 'part 1']);
    expect(lab.project.count('attempt_failure')).toBe(0);
  });

  test('a job that takes more memory than it asked for has failed by that', async () => {
    const { code, report } = await lab.run('-S', 'held=true', '-S', 'parts=1', '-S', 'memoryMiB=1');
    expect(code).toBe(1);
    expect(report?.failures).toMatchObject([
      { failure: { class: 'oom', message: expect.stringContaining('give it more with memoryMiB') as string } },
    ]);
  });

  test('a node whose job HTCondor refuses fails with the words of HTCondor', async () => {
    const { code, report } = await lab.run('-S', 'requirements=TARGET.Memory >', '-S', 'parts=1');
    expect(code).toBe(1);
    expect(report?.failures[0]?.failure.message).toMatch(
      /^HTCondor refuses the job of node part@i=0: Parse error in expression/,
    );
  });
});

const OTHER = `executable = /bin/sleep
arguments = 600
transfer_executable = False
should_transfer_files = NO
queue
`;
