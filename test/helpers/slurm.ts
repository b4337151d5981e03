/**
 * A real Slurm of two nodes on this machine: munged, slurmctld and two slurmd in one temporary directory, without
 * systemd and without anything in /etc. A node is a namespace of processes where the kernel allows that, so that it can
 * lose power.
 */
import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { endProcess, hasEnded } from './end-process.ts';
import { Cables } from './cables.ts';
import { gone, isOf, kill, processesWith } from './other-processes.ts';
import { freePort } from './free-port.ts';

const TOOLS = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scancel', 'sinfo'];
const missing = TOOLS.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);

/** Why there is none on this machine. */
export const noSlurm = missing.length === 0 ? undefined : `there is no ${missing.join(', ')} here`;

export type NodeName = 'n1' | 'n2';
export const NODES: readonly NodeName[] = ['n1', 'n2'];

export interface SlurmSettings {
  /** Seconds before a node that is silent counts as lost. */
  readonly nodeTimeout?: number;
  /** Who ends a job that takes more memory than it asked for: the kernel, or Slurm's accounting; default: nobody. */
  readonly memory?: 'cgroup' | 'accounting';
  /**
   * Whether each node has a network of its own, whose cable can be pulled. Only where that can be made: see `canCut`.
   */
  readonly cables?: boolean;
  /** Whether each node has a GPU, which nothing can be computed on. */
  readonly gpus?: boolean;
  /** Lines for slurm.conf. */
  readonly extra?: readonly string[];
}

export class SlurmCluster {
  readonly directory = mkdtempSync(join(tmpdir(), 'restage-slurm-'));
  readonly env: NodeJS.ProcessEnv;
  readonly #nodes = new Map<NodeName, ChildProcess>();
  #hasGroups = false;
  #cables: Cables | undefined;

  static async start(settings: SlurmSettings = {}): Promise<SlurmCluster> {
    const cluster = new SlurmCluster();
    try {
      await cluster.#start(settings);
    } catch (error) {
      const said = ['slurmctld', 'slurmd-n1', 'munged'].map((name) => lastLines(cluster.#path('log', `${name}.log`)));
      await cluster.stop();
      throw new Error(`Slurm did not start: ${said.join('\n')}`, { cause: error });
    }
    return cluster;
  }

  private constructor() {
    this.env = { ...process.env, SLURM_CONF: join(this.directory, 'slurm.conf') };
  }

  /** What a command of Slurm prints. */
  async ask(command: string, ...words: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(command, words, { env: this.env, timeout: 20_000 });
    return stdout.trim();
  }

  /** The jobs that have not ended: number, state and node. */
  async queue(): Promise<readonly string[]> {
    const text = await this.ask('squeue', '-h', '-o', '%i %T %N');
    return text === '' ? [] : text.split('\n').map((line) => line.trim());
  }

  /** How many jobs it was ever given. */
  async jobs(): Promise<number> {
    return (await this.ask('squeue', '-h', '-t', 'all', '-o', '%i')).split('\n').filter(Boolean).length;
  }

  /** Pulls the plug: its daemon, its jobs and all that they started are gone at once. */
  async killNode(name: NodeName): Promise<void> {
    const node = this.#nodes.get(name);
    if (node === undefined) return;
    const daemons = this.#daemonOf(name);
    this.#nodes.delete(name);
    await endProcess(node);
    // The first process of a namespace is gone once all others of it are.
    for (const pid of daemons) await gone(pid);
    const left = processesWith(`SLURMD_NODENAME=${name}`, this.directory);
    for (const pid of left) kill(pid, 'SIGKILL');
    for (const pid of left) await gone(pid);
  }

  startNode(name: NodeName): void {
    const out = openSync(this.#path('log', `slurmd-${name}.out`), 'a');
    const daemon = [...(this.#cables?.inNetworkOf(name) ?? []), 'slurmd', '-D', '-N', name];
    const [command, ...words] = canUnshare
      ? ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child=SIGKILL', ...daemon]
      : daemon;
    const node = spawn(command!, words, { env: this.env, stdio: ['ignore', out, out], detached: true });
    this.#nodes.set(name, node);
  }

  /** Neither its daemon nor the controller hears of the other; its jobs go on. Files are shared as before. */
  cutNode(name: NodeName): void {
    this.#cables!.pull(name);
  }

  mendNode(name: NodeName): void {
    this.#cables!.plugIn(name);
  }

  /** Its daemon answers nobody; its jobs go on. */
  suspendNode(name: NodeName): void {
    for (const pid of this.#daemonOf(name)) kill(pid, 'SIGSTOP');
  }

  resumeNode(name: NodeName): void {
    for (const pid of this.#daemonOf(name)) kill(pid, 'SIGCONT');
  }

  /** The processes of its jobs stand still, from now on or no longer. Signals that they get meanwhile wait. */
  signalJobs(name: NodeName, signal: 'SIGSTOP' | 'SIGCONT'): void {
    for (const pid of processesWith(`SLURMD_NODENAME=${name}`, this.directory)) kill(pid, signal);
  }

  /**
   * What an administrator does. A controller that was killed gives the number of a job that it has forgotten to another
   * one. It drains a node that still has the first one.
   */
  async resumeDrained(): Promise<void> {
    const nodes = (await this.ask('sinfo', '-h', '-N', '-t', 'drain', '-o', '%N').catch(() => '')).split('\n');
    for (const name of nodes.filter(Boolean))
      await this.ask('scontrol', 'update', `NodeName=${name}`, 'State=RESUME').catch(() => '');
  }

  /**
   * From now on, the node has an empty directory of its own in this place. Only where a node has its own: see
   * `canHide`.
   */
  hide(name: NodeName, directory: string): void {
    const pid = String(this.#nodes.get(name)!.pid);
    execFileSync('nsenter', ['--target', pid, '--mount', 'mount', '-t', 'tmpfs', 'tmpfs', directory]);
  }

  /** From now on, the node has another file in this place. */
  replace(name: NodeName, file: string, by: string): void {
    const pid = String(this.#nodes.get(name)!.pid);
    execFileSync('nsenter', ['--target', pid, '--mount', 'mount', '--bind', by, file]);
  }

  /** Ends what `hide` or `replace` has done. */
  show(name: NodeName, path: string): void {
    // In its namespace of processes too: umount reads /proc.
    const [daemon] = this.#daemonOf(name);
    execFileSync('nsenter', ['--target', String(daemon), '--mount', '--pid', 'umount', path]);
  }

  async killController(): Promise<void> {
    const pid = this.#pid('slurmctld');
    if (pid === undefined) return;
    kill(pid, 'SIGKILL');
    await gone(pid);
  }

  startController(...words: readonly string[]): void {
    execFileSync('slurmctld', ['-f', this.env['SLURM_CONF']!, ...words], { env: this.env });
  }

  /**
   * Waits until the nodes have nothing to do and nobody waits for them. A controller that was killed when a job ended
   * hears of that late, or has the job begin again, which finds its results and ends.
   */
  async idle(): Promise<void> {
    for (let tries = 0; tries < 1500; tries++) {
      // A node of several partitions has several lines.
      const lines = await this.ask('sinfo', '-h', '-N', '-o', '%N %t').catch(() => '');
      const idle = lines.split('\n').filter((line) => line.endsWith(' idle'));
      if (new Set(idle).size === NODES.length && (await this.queue()).length === 0) return;
      await pause(100);
    }
    throw new Error(
      `the nodes are ${await this.ask('sinfo', '-h', '-N', '-o', '%N %t %E')}, the jobs ${(await this.queue()).join(', ')}`,
    );
  }

  async stop(): Promise<void> {
    for (const name of ['slurmctld', 'munged']) {
      const pid = this.#pid(name);
      if (pid === undefined) continue;
      kill(pid, 'SIGKILL');
      await gone(pid);
    }
    // Nobody writes any more, neither here nor into the directories that jobs were given.
    for (const name of NODES) await this.killNode(name);
    this.#removeGroups();
    this.#cables?.remove();
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  /** The kernel's groups of processes of its jobs, which Slurm has made. */
  #removeGroups(): void {
    if (!this.#hasGroups) return;
    for (const controller of GROUP_CONTROLLERS)
      for (const name of NODES)
        spawnSync('find', [`${controller}/slurm_${name}`, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']);
  }

  async #start(settings: SlurmSettings): Promise<void> {
    const { nodeTimeout = 10, memory, cables = false, gpus = false, extra = [] } = settings;
    for (const name of ['ctld', 'log', 'run', ...NODES.map((node) => `spool-${node}`)])
      mkdirSync(this.#path(name), { recursive: true });
    // munged asks that everybody may pass through to its socket.
    chmodSync(this.directory, 0o755);
    writeFileSync(this.#path('munge.key'), randomBytes(1024), { mode: 0o400 });
    const ports = [await freePort(), await freePort(), await freePort()] as const;
    if (cables) this.#cables = new Cables(NODES);
    this.#hasGroups = memory === 'cgroup';
    const lines = [...this.#configuration(ports, nodeTimeout, gpus), ...PLUGINS[memory ?? 'nobody'], ...extra];
    writeFileSync(this.env['SLURM_CONF']!, `${lines.join('\n')}\n`);
    if (gpus) writeFileSync(this.#path('gres.conf'), `Name=gpu File=${GPU_FILE}\n`);
    writeFileSync(this.#path('cgroup.conf'), 'CgroupPlugin=cgroup/v1\nConstrainRAMSpace=yes\n');
    execFileSync('munged', [
      ...[`--key-file=${this.#path('munge.key')}`, `--socket=${this.#path('run', 'munge.sock')}`],
      ...[`--pid-file=${this.#path('run', 'munged.pid')}`, `--log-file=${this.#path('log', 'munged.log')}`],
      ...[`--seed-file=${this.#path('run', 'munged.seed')}`, '--num-threads=2'],
    ]);
    this.startController('-c');
    for (const name of NODES) this.startNode(name);
    await this.idle();
  }

  #configuration(ports: readonly [number, number, number], nodeTimeout: number, gpus: boolean): readonly string[] {
    const user = userInfo().username;
    const host = hostname().split('.')[0]!;
    return [
      ...[
        'ClusterName=test',
        `SlurmctldHost=${host}(${this.#cables?.here ?? '127.0.0.1'})`,
        `SlurmctldPort=${ports[0]}`,
      ],
      ...[`SlurmUser=${user}`, `SlurmdUser=${user}`, 'AuthType=auth/munge', 'CredType=cred/munge'],
      `AuthInfo=socket=${this.#path('run', 'munge.sock')},cred_expire=5`,
      ...[`StateSaveLocation=${this.#path('ctld')}`, `SlurmdSpoolDir=${this.#path('spool-%n')}`],
      `SlurmctldPidFile=${this.#path('run', 'slurmctld.pid')}`,
      `SlurmdPidFile=${this.#path('run', 'slurmd-%n.pid')}`,
      `SlurmctldLogFile=${this.#path('log', 'slurmctld.log')}`,
      `SlurmdLogFile=${this.#path('log', 'slurmd-%n.log')}`,
      ...['MailProg=/bin/true', 'MpiDefault=none'],
      ...['SelectType=select/cons_tres', 'SelectTypeParameters=CR_Core_Memory'],
      ...['SlurmdParameters=config_overrides', 'DefMemPerCPU=500'],
      ...['JobAcctGatherType=jobacct_gather/linux', 'JobAcctGatherFrequency=task=1'],
      ...['AccountingStorageType=accounting_storage/none', 'ReturnToService=2'],
      ...[`SlurmdTimeout=${nodeTimeout}`, 'MessageTimeout=5', 'KillWait=3', 'MinJobAge=600'],
      ...['MaxJobCount=100000', 'SchedulerType=sched/backfill'],
      'SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=5,default_queue_depth=1000',
      ...NODES.map(
        (node, i) =>
          `NodeName=${node} NodeHostname=${host} NodeAddr=${this.#cables?.addressOf(node) ?? '127.0.0.1'} Port=${ports[i + 1]!} CPUs=2 RealMemory=4000${gpus ? ' Gres=gpu:1' : ''} State=UNKNOWN`,
      ),
      ...(gpus ? ['GresTypes=gpu'] : []),
      'PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP',
    ];
  }

  #daemonOf(name: NodeName): readonly number[] {
    const node = this.#nodes.get(name);
    if (node?.pid === undefined || hasEnded(node)) return [];
    const { pid } = node;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    return canUnshare ? children : [pid];
  }

  #path(...names: readonly string[]): string {
    return join(this.directory, ...names);
  }

  #pid(name: string): number | undefined {
    const file = this.#path('run', `${name}.pid`);
    if (!existsSync(file)) return undefined;
    const pid = Number(readFileSync(file, 'utf8'));
    // The file of one that was killed stays, and its number may be that of another process by now.
    return isOf(pid, this.directory) ? pid : undefined;
  }
}

/** It stands for a GPU: Slurm asks that its file is a device. */
const GPU_FILE = '/dev/null';

const GROUP_CONTROLLERS = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup/freezer'];

/** Why the kernel cannot hold jobs to their memory here; undefined if it can. */
export const noGroups = GROUP_CONTROLLERS.every((path) => canMakeGroup(path))
  ? undefined
  : 'no right to make groups of processes (cgroup v1) with a limit on their memory';

function canMakeGroup(controller: string): boolean {
  const path = `${controller}/restage-${process.pid}`;
  try {
    mkdirSync(path);
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

const UNCONSTRAINED = ['ProctrackType=proctrack/linuxproc', 'TaskPlugin=task/none'];
const PLUGINS = {
  nobody: UNCONSTRAINED,
  accounting: [...UNCONSTRAINED, 'JobAcctGatherParams=OverMemoryKill'],
  cgroup: ['ProctrackType=proctrack/cgroup', 'TaskPlugin=task/cgroup'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

const canUnshare = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status === 0;

/** Whether a node can be made to see something else in a directory. */
export const canHide = canUnshare && spawnSync('nsenter', ['--version']).status === 0;

function lastLines(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(-6).join('\n') : `no ${path}`;
}
