/**
 * A real pool of HTCondor on this machine: a central manager with the scheduler, and two hosts, each with a master of
 * its own in one temporary directory. It takes no jobs of root, so that these tests need an ordinary user.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { endProcess } from './end-process.ts';
import { freePort } from './free-port.ts';
import { kill } from './other-processes.ts';

const TOOLS = ['condor_master', 'condor_submit', 'condor_q', 'condor_rm', 'condor_status'];
const missing = TOOLS.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);

/** Why there is none on this machine. */
export const noCondor =
  missing.length > 0
    ? `there is no ${missing.join(', ')} here`
    : process.getuid?.() === 0
      ? 'it takes no jobs of root'
      : undefined;

export type HostName = 'n1' | 'n2';
const HOSTS: readonly HostName[] = ['n1', 'n2'];
type Part = HostName | 'manager';

export class CondorPool {
  readonly directory = mkdtempSync(join(tmpdir(), 'restage-condor-'));
  readonly env: NodeJS.ProcessEnv;
  readonly #masters = new Map<Part, ChildProcess>();

  static async start(): Promise<CondorPool> {
    const pool = new CondorPool();
    try {
      const port = await freePort();
      for (const part of ['manager', ...HOSTS] as const) pool.#configure(part, port);
      for (const part of ['manager', ...HOSTS] as const) pool.#startMaster(part);
      await pool.ready();
    } catch (error) {
      const said = ['manager/log/MasterLog', 'manager/log/SchedLog', 'n1/log/StartLog'].map((name) =>
        lastLines(join(pool.directory, name)),
      );
      await pool.stop();
      throw new Error(`HTCondor did not start: ${said.join('\n')}`, { cause: error });
    }
    return pool;
  }

  private constructor() {
    this.env = { ...process.env, CONDOR_CONFIG: join(this.directory, 'manager', 'condor_config') };
  }

  /** What a command of HTCondor prints. */
  async ask(command: string, ...words: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(command, words, { env: this.env, timeout: 20_000 });
    return stdout.trim();
  }

  /** Jobs in the queue, by these attributes. */
  async queue(...attributes: readonly string[]): Promise<readonly string[]> {
    const text = await this.ask('condor_q', '-af', ...attributes);
    return text === '' ? [] : text.split('\n');
  }

  /** Pulls the plug: its daemons, its jobs and all that they started are gone at once. */
  async killHost(name: HostName): Promise<void> {
    await this.#kill(name);
  }

  async startHost(name: HostName): Promise<void> {
    this.#startMaster(name);
    await this.ready();
  }

  /** Its master starts it again. */
  killScheduler(): void {
    for (const pid of processesIn(join(this.directory, 'manager')))
      if (readIfThere(`/proc/${pid}/comm`) === 'condor_schedd\n') kill(pid, 'SIGKILL');
  }

  async ready(): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      const hosts = await this.ask('condor_status', '-af', 'Machine').catch(() => '');
      if (HOSTS.every((host) => hosts.split('\n').includes(host)) && (await this.#hasScheduler())) return;
      await pause(100);
    }
    throw new Error(`the hosts are ${await this.ask('condor_status')}`);
  }

  async stop(): Promise<void> {
    for (const part of [...HOSTS, 'manager'] as const) await this.#kill(part);
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  async #hasScheduler(): Promise<boolean> {
    return this.queue('ClusterId').then(
      () => true,
      () => false,
    );
  }

  #startMaster(part: Part): void {
    const env = { ...process.env, CONDOR_CONFIG: join(this.directory, part, 'condor_config') };
    this.#masters.set(part, spawn('condor_master', ['-f'], { env, stdio: 'ignore' }));
  }

  async #kill(part: Part): Promise<void> {
    const master = this.#masters.get(part);
    if (master === undefined) return;
    this.#masters.delete(part);
    await endProcess(master);
    for (const pid of processesIn(join(this.directory, part))) kill(pid, 'SIGKILL');
  }

  #configure(part: Part, port: number): void {
    const directory = join(this.directory, part);
    for (const name of ['log', 'spool', 'execute', 'lock', 'run'])
      mkdirSync(join(directory, name), { recursive: true });
    const lines = [
      ...[
        `LOCAL_DIR = ${directory}`,
        'RELEASE_DIR = /usr',
        `LIBEXEC = ${libexec()}`,
        'SBIN = /usr/sbin',
        'BIN = /usr/bin',
      ],
      ...['LOG', 'SPOOL', 'EXECUTE', 'LOCK', 'RUN'].map((name) => `${name} = ${join(directory, name.toLowerCase())}`),
      ...['USE_SHARED_PORT = False', `COLLECTOR_HOST = 127.0.0.1:${port}`, 'CONDOR_HOST = 127.0.0.1'],
      ...['NETWORK_INTERFACE = 127.0.0.1', 'BIND_ALL_INTERFACES = False', `NETWORK_HOSTNAME = ${part}`],
      ...['SEC_DEFAULT_AUTHENTICATION = REQUIRED', 'SEC_DEFAULT_AUTHENTICATION_METHODS = FS'],
      ...['ADMINISTRATOR', 'WRITE', 'READ', 'NEGOTIATOR', 'DAEMON'].map((level) => `ALLOW_${level} = *`),
      // Each master gives its own daemons a session that no other one knows.
      ...['SEC_USE_FAMILY_SESSION = False', 'RunBenchmarks = False'],
      ...['UID_DOMAIN = test', 'FILESYSTEM_DOMAIN = test', 'TRUST_UID_DOMAIN = True'],
      `DAEMON_LIST = MASTER ${part === 'manager' ? 'COLLECTOR NEGOTIATOR SCHEDD' : 'STARTD'}`,
      ...['NUM_CPUS = 2', 'MEMORY = 4000', 'SLOT_TYPE_1 = 100%', 'NUM_SLOTS_TYPE_1 = 1'],
      ...['SLOT_TYPE_1_PARTITIONABLE = True', 'START = True', 'PREEMPT = False', 'SUSPEND = False', 'KILL = False'],
      // A host that is silent counts as lost after this, and not after 40 minutes, and gets no jobs.
      ...['JOB_DEFAULT_LEASE_DURATION = 8', 'CLASSAD_LIFETIME = 15'],
      // A job gets as much as it asks for: not rounded up, and it is held where it takes more.
      ...['JOB_DEFAULT_REQUESTMEMORY = 500', 'MODIFY_REQUEST_EXPR_REQUESTMEMORY = RequestMemory'],
      'use POLICY : HOLD_IF_MEMORY_EXCEEDED',
      ...['NEGOTIATOR_INTERVAL = 2', 'NEGOTIATOR_MIN_INTERVAL = 1', 'NEGOTIATOR_CYCLE_DELAY = 1'],
      ...['SCHEDD_INTERVAL = 2', 'SCHEDD_MIN_INTERVAL = 1', 'UPDATE_INTERVAL = 2', 'POLLING_INTERVAL = 2'],
      ...['PERIODIC_EXPR_INTERVAL = 2', 'MAX_PERIODIC_EXPR_INTERVAL = 4', 'STARTER_UPDATE_INTERVAL = 2'],
      ...['STARTER_INITIAL_UPDATE_INTERVAL = 2', 'MASTER_BACKOFF_CEILING = 2'],
    ];
    writeFileSync(join(directory, 'condor_config'), `${lines.join('\n')}\n`);
  }
}

function libexec(): string {
  return ['/usr/libexec/condor', '/usr/lib/condor/libexec'].find((path) => existsSync(path)) ?? '/usr/libexec';
}

/** Daemons have the path of their configuration in their environment, and jobs that of their directory. */
function processesIn(directory: string): readonly number[] {
  const { stdout } = spawnSync('sh', ['-c', `grep -lF '${directory}/' /proc/[0-9]*/environ 2>/dev/null`], {
    encoding: 'utf8',
  });
  return stdout.split('\n').flatMap((path) => (path === '' ? [] : [Number(path.split('/')[2])]));
}

function lastLines(path: string): string {
  return readIfThere(path)?.split('\n').slice(-6).join('\n') ?? `no ${path}`;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
