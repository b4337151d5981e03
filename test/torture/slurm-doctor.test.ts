/**
 * The doctor on a real Slurm: what it finds on hosts, what it says of those that lack something, and that it leaves
 * nothing.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type * as Examine from '../../src/doctor/cluster/examine-cluster.ts';
import type { ClusterReport } from '../../src/doctor/cluster/cluster-report.ts';
import { SlurmSystem } from '../../src/executors/slurm/slurm-system.ts';
import { CLUSTER } from '../cli/json/cluster-schemas.ts';
import { builtModule } from '../helpers/built.ts';
import { refuse } from '../helpers/failing-disk.ts';
import { otherNode } from '../helpers/other-nodes.ts';
import { makeProject, type Project } from '../helpers/project.ts';
import { canHide, noSlurm, SlurmCluster } from '../helpers/slurm.ts';

const { examineCluster } = (await import(builtModule('doctor/cluster/examine-cluster.ts'))) as typeof Examine;

describe.skipIf(noSlurm !== undefined)('restage doctor on a cluster with Slurm', () => {
  let cluster: SlurmCluster;
  let project: Project;
  beforeAll(async () => {
    const line = (name: string, state: string): string =>
      `PartitionName=${name} Nodes=n2 MaxTime=INFINITE State=${state}`;
    const short = 'PartitionName=short Nodes=n2 MaxTime=1 State=UP';
    const limits = ['EnforcePartLimits=ALL', short];
    cluster = await SlurmCluster.start({ extra: [line('second', 'UP'), line('closed', 'DOWN'), ...limits] });
  });
  afterAll(() => cluster.stop());
  beforeEach(() => {
    project = makeProject();
  });

  const examine = (more: Partial<Examine.ClusterRequest> = {}): Promise<ClusterReport> =>
    examineCluster({
      executor: 'slurm',
      cacheDirectory: project.cache,
      batch: {},
      partitions: [],
      waitSeconds: 60,
      env: cluster.env,
      ...more,
    });

  const expectNothingLeft = async (): Promise<void> => {
    await expect.poll(() => cluster.queue(), { timeout: 20_000 }).toEqual([]);
    expect(existsSync(join(project.cache, 'batch'))).toBe(false);
  };

  test('describes a host of each partition, and leaves neither a job nor a file', async () => {
    const above = project.beside('none-yet');
    const cache = join(above, 'nor', 'this');
    const words = ['--partition', 'main', '--partition', 'second', '--cache', cache];
    const { code, stdout, stderr } = await project.restage(['doctor', '--executor', 'slurm', ...words, '--json'], {
      env: cluster.env,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const report = CLUSTER.parse(JSON.parse(stdout));
    expect(report).toMatchObject({ ok: true, system: 'Slurm', problems: [], notes: [] });
    expect(report.commands.map(({ version }) => version)).toEqual(Array(3).fill(expect.stringMatching(/^slurm/)));
    expect(report.probes).toMatchObject([
      { partition: 'main', leftBehind: null, outcome: { type: 'answered', sawOurs: true } },
      { partition: 'second', leftBehind: null, outcome: { type: 'answered', place: 'n2', sawOurs: true } },
    ]);
    for (const { outcome } of report.probes) {
      if (outcome.type !== 'answered') throw new Error(outcome.type);
      const { here, there } = outcome.exchange!;
      const makers = [...here.won, ...there.won].sort((a, b) => a - b);
      expect(makers).toEqual(Array.from({ length: 20 }, (_, i) => i));
      expect(outcome.arrival).toMatchObject({ node: process.version, noRoom: null });
    }
    expect(existsSync(above)).toBe(false);
    await expectNothingLeft();
  });

  test('says in the words of Slurm why it takes no job, and why it does not start one, and cancels that', async () => {
    const { problems, probes } = await examine({ partitions: ['nowhere', 'short', 'closed'], waitSeconds: 2 });
    expect(problems).toEqual([
      expect.stringMatching(/^Slurm does not accept a job in partition nowhere: .*partition.*\. Each job asks/),
      expect.stringMatching(/^Slurm does not accept a job in partition short: .*time limit.*\. Each job asks/),
      expect.stringMatching(
        /^Slurm did not start job \d+ in partition closed in time \(PartitionDown\), so the job was/,
      ),
    ]);
    expect(probes.map(({ leftBehind }) => leftBehind)).toEqual([null, null, null]);
    expect(probes.map(({ outcome }) => outcome.type)).toEqual(['refused', 'refused', 'never-started']);
    await expectNothingLeft();
  });

  test('an answer to a submission that is lost is told with its reason, and not as a directory that nobody shares', async () => {
    const shim = project.beside('shim');
    mkdirSync(shim);
    const words = 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation';
    const script = ['#!/bin/sh', 'case $1 in --version) echo slurm 1;; *) echo "$WORDS" >&2; exit 1;; esac', ''];
    writeFileSync(join(shim, 'sbatch'), script.join('\n'), { mode: 0o755 });
    const env = { ...cluster.env, WORDS: words, PATH: `${shim}:${process.env['PATH'] ?? ''}` };
    const { problems, probes } = await examine({ env });
    expect(probes).toMatchObject([{ outcome: { type: 'unanswered' }, leftBehind: null }]);
    expect(problems).toEqual([
      expect.stringMatching(/^It is not known whether Slurm took a job, .*: .*Socket timed out/),
    ]);
    await expectNothingLeft();
  });

  test('a directory without links is told as that alone: everything else of the host is found out', async () => {
    const preload = project.beside('no-links.cjs');
    const refusal = "throw Object.assign(new Error('link'), { code: 'EPERM', syscall: 'link', errno: -1 });";
    const sync = "require('node:module').syncBuiltinESMExports();";
    writeFileSync(preload, `require('node:fs').linkSync = () => { ${refusal} };\n${sync}\n`);
    const node = project.beside('node');
    writeFileSync(node, `#!/bin/sh\nexec ${process.execPath} --require ${preload} "$@"\n`, { mode: 0o755 });
    onTestFinished(refuse('link', 'EPERM', /race/));
    const { problems, probes } = await examine({ node });
    expect(problems).toEqual([expect.stringMatching(/^Files in .* cannot be linked \(permission is denied\)/)]);
    expect(probes).toMatchObject([{ outcome: { type: 'answered', sawOurs: true, arrival: { noRoom: null } } }]);
    await expectNothingLeft();
  });

  test('an interrupt cancels the job', async () => {
    const words = ['--executor', 'slurm', '--partition', 'closed', '--cache', project.cache];
    const live = await project.start(['doctor', ...words], { env: cluster.env });
    await expect.poll(() => cluster.queue(), { timeout: 30_000 }).toHaveLength(1);
    live.kill('SIGINT');
    expect(await live.ended).toMatchObject({ code: 130, stdout: '' });
    await expectNothingLeft();
  });

  test('a second interrupt names the job that may go on, with the command that ends it', async () => {
    // Nobody ends a job meanwhile.
    const shim = project.beside('shim');
    mkdirSync(shim);
    writeFileSync(join(shim, 'scancel'), '#!/bin/sh\n[ "$1" = --version ] || exec sleep 60\n', { mode: 0o755 });
    const path = `${shim}:${process.env['PATH'] ?? ''}`;
    const words = ['--executor', 'slurm', '--partition', 'closed', '--cache', project.cache];
    const live = await project.start(['doctor', ...words], { env: { ...cluster.env, PATH: path } });
    await expect.poll(() => cluster.queue(), { timeout: 30_000 }).toHaveLength(1);
    const [job = '', unit = ''] = (await cluster.ask('squeue', '-h', '-o', '%i %k')).split(' ');
    live.kill('SIGINT');
    await live.complaint('cancelling the job; press Ctrl-C again to leave at once');
    live.kill('SIGINT');
    const { code, stdout, stderr } = await live.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr.trimEnd().split('\n').slice(1)).toEqual([
      `restage: Job ${job} of Slurm may go on; end it with: scancel ${job}`,
    ]);
    expect(await cluster.queue()).toHaveLength(1);
    // What is said where nobody knows the number: it finds the job by the name of its unit.
    const system = new SlurmSystem({ cacheDirectory: project.cache, options: {} });
    execFileSync('sh', ['-c', system.commandToEnd(unit)], { env: cluster.env });
    await expect.poll(() => cluster.queue(), { timeout: 20_000 }).toEqual([]);
  });

  test('names the Node that a host has instead of the one that it should have', async ({ skip }) => {
    const absent = await examine({ node: '/nowhere/bin/node' });
    expect(absent.problems).toEqual([
      expect.stringMatching(/bin\/node does not run on \S+.*; run restage with a Node that all hosts have/),
    ]);
    const node = otherNode(22);
    if (node === undefined) return skip('no Node 22 for this machine, or no registry to get it from');
    const { problems, probes } = await examine({ node });
    expect(probes).toMatchObject([
      { outcome: { type: 'no-node', found: { version: expect.stringMatching(/^v22\./) as string } } },
    ]);
    expect(problems).toEqual([expect.stringMatching(/ is v22\.\S+ on \S+, and v\d\S+ here/)]);
    await expectNothingLeft();
  });

  test.skipIf(!canHide)('a directory that a host does not share is told from what nobody can see', async () => {
    cluster.hide('n2', project.cache);
    try {
      const { problems } = await examine({ partitions: ['second'] });
      expect(problems).toEqual([
        expect.stringMatching(/^Nothing that job \d+ in partition second on n2 wrote can be seen here \(.+\); put the/),
      ]);
    } finally {
      cluster.show('n2', project.cache);
    }
    await expectNothingLeft();
  });

  test('a controller that does not answer is told before anything is submitted', async () => {
    await cluster.killController();
    try {
      const { problems, probes } = await examine();
      expect(probes).toEqual([]);
      expect(problems).toEqual(['Slurm does not answer; try again when it does.']);
    } finally {
      cluster.startController();
    }
  });
});
