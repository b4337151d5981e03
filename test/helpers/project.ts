/** A user's project in a temporary directory, and the built command line run in it as real processes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunReport } from '../../src/run/request.ts';
import type { RunEvent } from '../../src/events.ts';
import { afterEachFile } from './after-file.ts';
import { disposableDirectory } from './disposable.ts';
import { copyKnownPackages } from './known-record.ts';
import { furnish, ProjectDirectory } from './project-directory.ts';
import { type Finished, outcomesOf, type RunResult } from './run-result.ts';

export const CLI = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

export interface Launch {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** User that the process runs as, by number. */
  readonly uid?: number;
  /** Streams whose reading end is closed before the process can write. */
  readonly closed?: readonly ('stdout' | 'stderr')[];
}

const launched = new Set<Live>();
afterEachFile(() => {
  // A test that failed may have left something running.
  for (const live of launched) live.killGroup('SIGKILL');
});

/** Makes a project out of a folder of `test/e2e/fixtures`; it is gone after the file's tests. */
export function makeProject(fixture?: string): Project {
  if (!existsSync(CLI)) throw new Error(`${CLI} is missing; these tests run what "npm run build" makes`);
  return furnish(new Project(join(disposableDirectory('restage-e2e-'), 'project')), fixture);
}

/**
 * An empty directory for runs of the reference pipeline where it is; its cache knows the packages, and has no state.
 */
export function makeReferenceProject(): Project {
  const project = new Project(join(disposableDirectory('restage-reference-'), 'project'));
  copyKnownPackages(project.cache);
  return project;
}

export class Project extends ProjectDirectory {
  /** Runs the command line to its end. */
  async restage(args: readonly string[], launch: Launch = {}): Promise<Finished> {
    return (await this.start(args, launch)).ended;
  }

  /** `restage run` with the events read. */
  async run(args: readonly string[] = [], launch: Launch = {}): Promise<RunResult> {
    return (await this.startRun(args, launch)).result;
  }

  async startRun(args: readonly string[] = [], launch: Launch = {}): Promise<Live> {
    return this.start(['run', this.root, '--reporter', 'json', '--cache', this.cache, ...args], launch);
  }

  start(args: readonly string[], { env = {}, cwd = this.root, uid, closed = [] }: Launch = {}): Promise<Live> {
    mkdirSync(this.beside('gates'), { recursive: true });
    const child = spawn(process.execPath, [CLI, ...args], {
      cwd,
      // A group of its own, so that all of it can be killed at once.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...ownEnvironment(), LAB_TALLY: this.beside('tally'), LAB_GATES: this.beside('gates'), ...env },
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    for (const stream of closed) child[stream].destroy();
    return new Promise((resolve, reject) => {
      const live = new Live(child);
      launched.add(live);
      void live.ended.then(() => launched.delete(live));
      child.once('spawn', () => resolve(live));
      child.once('error', reject);
    });
  }
}

/** A command line that is running. */
export class Live {
  readonly pid: number;
  /** Resolves when the process is gone and all that it wrote has been read. */
  readonly ended: Promise<Finished>;
  readonly #child: ChildProcess;
  readonly #events: RunEvent[] = [];
  #report: RunReport | undefined;
  #stdout = '';
  #stderr = '';
  #rest = '';
  readonly #waiting = new Set<() => void>();
  #over = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    child.stdout!.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.#over = true;
        this.#wake();
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  get result(): Promise<RunResult> {
    return this.ended.then((finished) => ({
      ...finished,
      events: this.#events,
      report: this.#report,
      outcomes: outcomesOf(this.#events),
    }));
  }

  /** Waits for so many events. @throws if the process ends before */
  async events(count: number): Promise<void> {
    await this.until(() => this.#events.length >= count);
  }

  /** Waits for the first event of this kind. @throws if the process ends without it */
  async event(matches: (event: RunEvent) => boolean): Promise<RunEvent> {
    let found: RunEvent | undefined;
    await this.until(() => (found = this.#events.find(matches)) !== undefined);
    return found!;
  }

  /** Waits for words on standard error. @throws if the process ends without them */
  async complaint(words: string): Promise<void> {
    await this.until(() => this.#stderr.includes(words));
  }

  /** Waits for words on standard output. @throws if the process ends without them */
  async said(words: string): Promise<void> {
    await this.until(() => this.#stdout.includes(words));
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends a signal to the whole process group, as a terminal does. */
  killGroup(signal: NodeJS.Signals): void {
    // The number of one that has ended may be that of another process by now.
    if (this.pid === 0 || this.#over) return;
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Closes the pipe that it writes to, as `| head` does. */
  stopReading(): void {
    this.#child.stdout!.destroy();
  }

  /** Waits until something that a stage does can be seen. @throws if the process ends before */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#over)
        throw new Error(`restage ended before what was waited for:\n${this.#stdout.slice(-2000)}\n${this.#stderr}`);
      // The condition may depend on an event, or on a file that no event reports.
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
        setTimeout(resolve, 20);
      });
    }
  }

  #read(text: string): void {
    this.#stdout += text;
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) {
      if (!/^\{"(format|type)":/.test(line)) continue;
      const event = JSON.parse(line) as RunEvent | (RunReport & { readonly type: 'run-report' });
      if (event.type === 'run-report') this.#report = event;
      else this.#events.push(event);
    }
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** Whether any process of the group that this process leads, or led, is there. */
export function isGroupAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

/** This process's environment without what vitest puts there. */
export function ownEnvironment(): NodeJS.ProcessEnv {
  const hidden = /^(VITEST|NODE_OPTIONS$|NODE_ENV$|LAB_|TEST$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !hidden.test(name)));
}
