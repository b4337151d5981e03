/** Runs on a real Slurm whose hosts have a WebGPU adapter in software, or none. Each test says what the hosts have. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { disposableDirectory } from '../helpers/disposable.ts';
import { makeProject, type Project } from '../helpers/project.ts';
import { canHide, type NodeName, NODES, noSlurm, SlurmCluster } from '../helpers/slurm.ts';
import { NO_ADAPTER, NO_SOFTWARE_ADAPTER, softwareAdapter } from '../helpers/software-adapter.ts';

const ADAPTER = 'SwiftShader Device (Subzero)';

describe.skipIf(noSlurm !== undefined)('on a cluster with Slurm', () => {
  const hosts = disposableDirectory('restage-hosts-');
  let cluster: SlurmCluster;
  let project: Project;

  beforeAll(async () => {
    const prolog = join(hosts, 'prolog.sh');
    // What it prints becomes the environment of a job.
    writeFileSync(prolog, `#!/bin/sh\ncat ${hosts}/$SLURMD_NODENAME\n`, { mode: 0o755 });
    cluster = await SlurmCluster.start({ gpus: true, extra: [`TaskProlog=${prolog}`] });
  });
  afterAll(() => cluster.stop());
  beforeEach(({ skip }) => {
    skip(softwareAdapter === undefined, NO_SOFTWARE_ADAPTER);
    project = makeProject('webgpu');
  });

  function have(adapters: Readonly<Record<NodeName, Readonly<Record<string, string>> | undefined>>): void {
    for (const [name, env = NO_ADAPTER] of Object.entries(adapters))
      writeFileSync(
        join(hosts, name),
        Object.entries(env)
          .map(([key, value]) => `export ${key}=${value}\n`)
          .join(''),
      );
  }

  /** From where there is no adapter. */
  const run = (...args: readonly string[]) =>
    project.run(['--executor', 'slurm', '--device', 'software', ...args], { env: { ...cluster.env, ...NO_ADAPTER } });

  const failures = () =>
    project.query<{ class: string; message: string }>('SELECT class, message FROM attempt_failure ORDER BY attempt');

  test('a host without the adapter of the plan is left to others, and the node is made on one that has it', async () => {
    have({ n1: softwareAdapter, n2: softwareAdapter });
    expect((await run('share@by=1')).code).toBe(0);
    have({ n1: undefined, n2: softwareAdapter });
    const { code, stderr, outcomes, report } = await run('multiply');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(outcomes).toEqual({ multiply: 'ran' });
    expect(report?.results.find(({ name }) => name === 'adapter')?.value).toBe(ADAPTER);
    expect(failures()).toEqual([
      {
        class: 'lost',
        message: expect.stringMatching(
          /^Node multiply computes with tfjs-webgpu, and its key names SwiftShader Device \(Subzero\), but n1 has none: .*WebGPU finds no adapter.*; have its jobs start on hosts of one model and driver, such as by a partition or a constraint\.$/,
        ) as string,
      },
    ]);
  });

  test('a job computes on the CPU with the libraries that its key names', async () => {
    const { code, outcomes } = await project.run(
      ['multiply', '--executor', 'slurm', '--backend', 'tfjs-wasm', '--device', 'cpu'],
      { env: cluster.env },
    );
    expect({ code, outcomes }).toEqual({ code: 0, outcomes: { multiply: 'ran' } });
  });

  describe('to which a run is sent from where there is no adapter', () => {
    beforeEach(() => {
      project = makeProject('network');
    });

    test('the plan is made for what a job finds, which is asked once', async () => {
      have({ n1: softwareAdapter, n2: softwareAdapter });
      const before = await cluster.jobs();
      const plan = () =>
        project.restage(
          ['plan', project.root, '--cache', project.cache, '--executor', 'slurm', '--device', 'software'],
          { env: { ...cluster.env, ...NO_ADAPTER } },
        );
      expect(await plan()).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(
          'What computes on the hosts of slurm is not known yet, and this command',
        ) as string,
      });
      const { code, stderr, outcomes, events } = await run();
      expect({ code, stderr, train: outcomes['train'] }).toEqual({ code: 0, stderr: '', train: 'ran' });
      expect(events.find(({ type }) => type === 'notice')).toMatchObject({
        text: 'A job of Slurm looks for what computes on its hosts; the plan waits for that.',
      });
      const jobs = await cluster.jobs();
      expect(jobs).toBe(before + 4);
      const again = await run();
      // Not even the graph is looked at.
      expect(again.events.filter(({ type }) => type === 'run-preparing')).toEqual([]);
      expect(again.outcomes['train']).toBe('hit');
      expect(await plan()).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to run') as string });
      expect((await run('-S', 'steps=3')).outcomes['train']).toBe('ran');
      expect(await cluster.jobs()).toBe(jobs + 1);
      // What is made on a machine with the same device has the same key.
      const local = await project.run(['--device', 'software'], { env: softwareAdapter! });
      expect(local.outcomes['train']).toBe('hit');
    });

    test('hosts without an adapter are told as a job saw them, before anything runs', async () => {
      have({ n1: undefined, n2: undefined });
      const { code, stderr } = await run();
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /^restage: Job \d+ of Slurm looked for what computes on n\d, and found nothing: There is no software adapter for the backend tfjs-webgpu \(WebGPU finds no adapter: .*\n$/,
      );
      expect(project.count('run')).toBe(0);
    });

    test('a job that Slurm refuses fails the plan in the words of Slurm, with the command that looks closer', async () => {
      project.write('package.json', JSON.stringify({ type: 'module', restage: { slurm: { partition: 'nowhere' } } }));
      const { code, stderr } = await run();
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /^restage: Nobody knows what computes on the hosts of Slurm: Slurm refuses the job that would look \(.*invalid partition.*\); see what is wrong with: restage doctor --executor slurm\n$/i,
      );
    });

    test('an answer that no job finds true any more is forgotten, and the next run has a job look again', async ({
      skip,
    }) => {
      skip(!canHide, 'no namespaces of hosts here');
      have({ n1: softwareAdapter, n2: softwareAdapter });
      expect(await run('train')).toMatchObject({ code: 0, outcomes: { train: 'ran' } });
      const other = join(hosts, 'cpuinfo');
      writeFileSync(other, readFileSync('/proc/cpuinfo', 'utf8').replace(/^(model name\s*: ).*$/gm, '$1Another CPU'));
      for (const name of NODES) cluster.replace(name, '/proc/cpuinfo', other);
      try {
        expect((await run('train')).outcomes).toEqual({ train: 'hit' });
        const refused = await run('train', '-S', 'steps=5');
        expect(refused).toMatchObject({ code: 1, outcomes: { train: 'failed' } });
        expect(refused.report?.failures[0]?.failure).toMatchObject({
          class: 'lost',
          message: expect.stringMatching(
            /^Node train .* its key names the driver "google .*", but n\d has SwiftShader Device \(Subzero\) with the driver "google .* on Another CPU"; have its jobs start/,
          ) as string,
        });
        expect(project.count('state')).toBe(1);
        const tried = failures().map(({ message }) => /but (n\d) has/.exec(message)?.[1]);
        expect(tried).toHaveLength(6);
        // Those that are known to be wrong are tried again only where no other one is left.
        expect(new Set(tried.slice(0, 2)).size).toBe(2);
        const after = await run('train', '-S', 'steps=5');
        expect(after).toMatchObject({ code: 0, outcomes: { train: 'ran' } });
        expect(after.events).toContainEqual(expect.objectContaining({ activity: 'asking hosts' }));
      } finally {
        for (const name of NODES) cluster.show(name, '/proc/cpuinfo');
      }
    });

    test('Ctrl-C ends a plan that waits for its job, and the job', async () => {
      const fill = ['--exclusive', '--mem=100', '--nodes=2', '-o', '/dev/null', '--wrap', 'sleep 600'];
      const other = await cluster.ask('sbatch', '--parsable', ...fill);
      const live = await project.startRun(['--executor', 'slurm', '--device', 'software'], {
        env: { ...cluster.env, ...NO_ADAPTER },
      });
      await expect.poll(() => cluster.queue(), { timeout: 20_000 }).toHaveLength(2);
      live.kill('SIGINT');
      expect(await live.result).toMatchObject({ code: 130 });
      await expect.poll(() => cluster.queue(), { timeout: 20_000 }).toEqual([expect.stringContaining(`${other} `)]);
      expect(existsSync(join(project.cache, 'batch'))).toBe(false);
      await cluster.ask('scancel', other);
      await cluster.idle();
    });
  });
});
