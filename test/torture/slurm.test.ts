/** Runs on a real Slurm of two nodes: what a cluster does to jobs must show neither in results nor in the record. */
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { canCut } from '../helpers/cables.ts';
import { ClusterLab } from '../helpers/cluster-lab.ts';
import { fsck } from '../helpers/fsck.ts';
import { canMount, mount, NEEDS_MOUNT } from '../helpers/mount.ts';
import { makeProject } from '../helpers/project.ts';
import { type NodeName, noSlurm, SlurmCluster } from '../helpers/slurm.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

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

  test('a run gives the keys and the bytes that it gives on one machine', () => lab.expectSameAsHere());

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
    const log = await lab.project.restage(['log', '--cache', lab.project.cache]);
    expect(log).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ *1 .* detached /m) as string });
    const { stdout: nodes } = await lab.project.restage(['show', 'run:1', '--nodes', '--cache', lab.project.cache]);
    const words = nodes.match(/^ *(part@|sum ).*$/gm)?.map((line) => line.trim().replace(/^\S+ +(\w+) +/, '$1 '));
    const three = Array.from({ length: 3 }, () => 'detached goes on elsewhere');
    expect(words?.sort()).toEqual([...three, 'waiting left to the next run']);
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

  test('an interrupted run leaves none of its jobs, of those that run and of those that wait', async () => {
    expect(await lab.run('-S', 'parts=1')).toMatchObject({ code: 0 });
    const live = await lab.begin('-S', 'held=true', '-S', 'parts=120');
    await lab.begun(5);
    await expect.poll(() => waiting(cluster), { timeout: 20_000 }).toBeGreaterThan(2);
    live.kill('SIGINT');
    const { code, report } = await live.result;
    expect({ code, counts: report?.counts }).toMatchObject({ code: 130, counts: { ran: 0, failed: 0, skipped: 121 } });
    await expect.poll(() => cluster.queue(), { timeout: 20_000 }).toEqual([]);
  });

  test('nothing is lost while squeue fails, hangs or tells nonsense', async () => {
    const shim = temporaryDirectory();
    const [real] = execFileSync('sh', ['-c', 'command -v squeue'], { encoding: 'utf8' }).split('\n');
    const mode = join(shim, 'mode');
    const cases = ['fail) exit 1', 'hang) exec sleep 600', 'nonsense) echo 17 RUNNING; echo; head -c 300 /dev/urandom'];
    const script = [
      '#!/bin/sh',
      `case $(cat ${mode}) in`,
      ...cases.map((each) => `${each};;`),
      `*) exec ${real} "$@";;`,
    ];
    writeFileSync(join(shim, 'squeue'), [...script, 'esac', ''].join('\n'), { mode: 0o755 });
    writeFileSync(mode, 'well');
    const path = `${shim}:${process.env['PATH'] ?? ''}`;
    const troubled = new ClusterLab('slurm', { ...cluster.env, PATH: path });
    const before = await cluster.jobs();
    const live = await troubled.begin('-S', 'held=true');
    await troubled.begun(3);
    for (const each of ['fail', 'nonsense', 'hang']) {
      writeFileSync(mode, each);
      await pause(3000);
    }
    writeFileSync(mode, 'well');
    for (const i of [0, 1, 2]) troubled.open(i);
    expect(await live.result).toMatchObject({ code: 0, stderr: '' });
    expect(troubled.tally()).toEqual(['part 0', 'part 1', 'part 2']);
    expect(await cluster.jobs()).toBe(before + 4);
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

  test.skipIf(!canCut)(
    'a node whose cable is pulled goes on alone; its attempts are made again, and the record has each once (needs the right to make networks)',
    async () => {
      const own = await SlurmCluster.start({ nodeTimeout: 6, cables: true });
      onTestFinished(() => own.stop());
      const split = new ClusterLab('slurm', own.env);
      const live = await split.begin('-S', 'held=true');
      await split.begun(3);
      const hosts = (await own.ask('squeue', '-h', '-t', 'R', '-o', '%N')).split('\n');
      const [cut] = hosts as [NodeName];
      const lost = hosts.filter((host) => host === cut).length;
      own.cutNode(cut);
      // Both halves execute the same now, as far as the other one has room.
      await split.begun(4);
      for (const i of [0, 1, 2]) split.open(i);
      const { code, stderr, report } = await live.result;
      own.mendNode(cut);
      await own.idle();
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(report?.counts).toMatchObject({ ran: 4, failed: 0 });
      const failures = split.project.query('SELECT class FROM attempt_failure');
      expect(failures).toEqual(Array.from({ length: lost }, () => ({ class: 'lost' })));
      expect(await fsck(split.project)).toEqual({ code: 0, kinds: [] });
      expect(await own.queue()).toEqual([]);
      const there = split.facts();
      split.startOver('local');
      expect(await split.local()).toMatchObject({ code: 0 });
      expect(split.facts()).toMatchObject({ outputs: there.outputs });
    },
  );

  test('a job that has to make room is another attempt; one whose time is up has failed by its timeout', async () => {
    const live = await lab.begin('-S', 'held=true', '-S', 'parts=2');
    await lab.begun(2);
    const [moved, late] = (await cluster.ask('squeue', '-h', '-t', 'R', '-o', '%i')).split('\n');
    await cluster.ask('scancel', '--batch', '--signal=TERM', moved!);
    await lab.begun(3);
    await cluster.ask('scancel', '--batch', '--signal=USR1', late!);
    // The command returns before the signal has arrived.
    await live.event(({ type }) => type === 'node-failed');
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

  test('hundreds of short nodes share few jobs', async () => {
    const before = await cluster.jobs();
    const began = performance.now();
    expect(await lab.run('-S', 'parts=500')).toMatchObject({ code: 0, stderr: '' });
    const seconds = (performance.now() - began) / 1000;
    const jobs = (await cluster.jobs()) - before;
    console.log(`500 nodes in ${jobs} jobs, ${(500 / seconds).toFixed(1)} a second`);
    expect(lab.tally()).toHaveLength(500);
    expect(new Set(lab.tally()).size).toBe(500);
    expect(jobs).toBeLessThanOrEqual(20);
  });

  test.skipIf(!canMount)(
    `a shared directory that is full loses nothing: the attempts that it ended are told, and made again (${NEEDS_MOUNT})`,
    async () => {
      const room = temporaryDirectory();
      expect(mount(room, '-t', 'tmpfs', '-o', 'size=12m', 'tmpfs')).toBe(true);
      // Its nodes see what was mounted before they started.
      const own = await SlurmCluster.start();
      onTestFinished(() => own.stop());
      const narrow = new ClusterLab('slurm', own.env);
      narrow.project.cache = join(room, 'cache');
      const live = await narrow.begin('-S', 'held=true');
      await narrow.begun(2);
      const ballast = join(room, 'ballast');
      spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4k']);
      for (const i of [0, 1, 2]) narrow.open(i);
      const { code, stderr } = await live.result;
      expect({ code, stderr }).toMatchObject({ code: 5, stderr: expect.stringContaining('no space left') as string });
      // Without room for a result.
      await expect.poll(() => own.queue(), { timeout: 20_000 }).toEqual([]);
      rmSync(ballast);
      const second = await narrow.run('-S', 'held=true');
      expect(second.code).toBe(1);
      expect(new Set(second.report?.failures.map(({ failure }) => failure.class))).toEqual(new Set(['crash']));
      expect(await narrow.run('-S', 'held=true')).toMatchObject({ code: 0, stderr: '' });
      expect(await fsck(narrow.project)).toEqual({ code: 0, kinds: [] });
      await expect.poll(() => own.queue(), { timeout: 20_000 }).toEqual([]);
    },
  );

  test('bytes that the shared cache lacks come from a remote before the job that reads them is submitted', async () => {
    const project = makeProject('again');
    project.write('node_modules/louder/package.json', '{"name":"louder","version":"1.0.0","exports":"./index.cjs"}');
    project.write('node_modules/louder/index.cjs', 'exports.shout = (text) => text.toUpperCase();');
    const cache = ['--cache', project.cache];
    expect(await project.restage(['remote', 'add', 'group', project.beside('remote'), ...cache])).toMatchObject({
      code: 0,
    });
    expect(await project.run(['--remote', 'group'])).toMatchObject({ code: 0, report: { counts: { ran: 3 } } });
    // As the output of a node, and as one on record.
    for (const words of [['scale=2'], ['scale=3', '-S', 'start=run:1/reverse.words']]) {
      expect(await project.restage(['gc', '--keep-runs', '0', ...cache])).toMatchObject({ code: 0 });
      const before = await cluster.jobs();
      const live = await project.startRun(['-S', ...words, '--executor', 'slurm', '--remote', 'group'], {
        env: cluster.env,
      });
      const { code, report, outcomes } = await live.result;
      expect({ code, measure: outcomes['measure'] }).toEqual({ code: 0, measure: 'ran' });
      expect(report).toMatchObject({ counts: { ran: 1, failed: 0 }, remote: { taken: { states: 1 } } });
      expect(await cluster.jobs()).toBe(before + 1);
    }
    expect(project.query('SELECT class FROM attempt_failure')).toEqual([]);
  });

  test('a node whose job Slurm refuses fails with the words of Slurm', async () => {
    const { code, report } = await lab.run('-S', 'partition=nowhere', '-S', 'parts=1');
    expect(code).toBe(1);
    expect(report?.failures[0]?.failure.message).toMatch(/^Slurm refuses the job of node part@i=0: .*partition/i);
  });
});

async function waiting(cluster: SlurmCluster): Promise<number> {
  return (await cluster.queue()).filter((line) => line.includes('PENDING')).length;
}
