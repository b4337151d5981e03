/**
 * A user's project in a temporary directory, the built command line run in it as real processes, and its record read
 * with SQLite afterwards. Stages of the fixtures tally their executions in a file of their own, outside of the record, so
 * that what restage claims can be held against what happened.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterAll, vi } from 'vitest';
import type { RunReport } from '../../src/run/request.ts';
import type { RunEvent, VisitOutcome } from '../../src/events.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
export const CLI = join(REPOSITORY, 'dist/cli/bin.js');

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunResult extends Finished {
  readonly events: readonly RunEvent[];
  /** What the run ended with; undefined if it did not come that far. */
  readonly report: RunReport | undefined;
  /** How each node ended, as told by the events. */
  readonly outcomes: Readonly<Record<string, VisitOutcome>>;
}

export interface Launch {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** User that the process runs as, by number. */
  readonly uid?: number;
  /** Streams whose reading end is closed before the process can write. */
  readonly closed?: readonly ('stdout' | 'stderr')[];
}

// Many processes, on a machine that may be slow and busy; no test is about time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const made: string[] = [];
const launched = new Set<Live>();
afterAll(() => {
  // A test that failed may have left something running.
  for (const live of launched) live.killGroup('SIGKILL');
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
});

/** Makes a project out of a folder of `test/e2e/fixtures`; it is gone after the file's tests. */
export function makeProject(fixture?: string): Project {
  if (!existsSync(CLI)) throw new Error(`${CLI} is not there; these tests run what "npm run build" makes`);
  const parent = realpathSync(mkdtempSync(join(tmpdir(), 'restage-e2e-')));
  made.push(parent);
  const project = new Project(join(parent, 'project'));
  project.write('package.json', JSON.stringify({ name: 'lab', private: true, type: 'module' }));
  const { packages } = JSON.parse(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, unknown>>;
  };
  const zod = packages['node_modules/zod'];
  project.write(
    'package-lock.json',
    JSON.stringify({ lockfileVersion: 3, packages: { '': { name: 'lab' }, 'node_modules/zod': zod } }),
  );
  mkdirSync(project.path('node_modules'));
  symlinkSync(REPOSITORY, project.path('node_modules/restage'));
  symlinkSync(join(REPOSITORY, 'node_modules/zod'), project.path('node_modules/zod'));
  if (fixture !== undefined)
    cpSync(fileURLToPath(new URL(`../e2e/fixtures/${fixture}`, import.meta.url)), project.root, { recursive: true });
  project.age();
  return project;
}

export class Project {
  readonly root: string;
  /** Where runs keep their record, unless told otherwise. */
  cache: string;

  constructor(root: string) {
    this.root = root;
    this.cache = join(dirname(root), 'cache');
    mkdirSync(root, { recursive: true });
  }

  path(file: string): string {
    return join(this.root, file);
  }

  /** A path beside the project, outside of it. */
  beside(name: string): string {
    return join(dirname(this.root), name);
  }

  read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  write(file: string, content: string | Uint8Array): this {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), content);
    return this;
  }

  /** Replaces text that must be there. */
  edit(file: string, from: string, to: string): this {
    const text = this.read(file);
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
    return this.write(
      file,
      text.replace(from, () => to),
    );
  }

  /** Dates a file back, so that its digest may be remembered (files that were changed just now are always read). */
  age(file = 'package.json'): this {
    const at = new Date(Date.now() - 3_600_000);
    utimesSync(this.path(file), at, at);
    return this;
  }

  /** Names of what was executed since the last call, sorted: as the stages themselves tell it. */
  executed(): readonly string[] {
    const lines = this.tally();
    writeFileSync(this.beside('tally'), '');
    return lines.toSorted();
  }

  /** What was executed so far, in order. */
  tally(): readonly string[] {
    const file = this.beside('tally');
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  }

  /** Makes the file that a stage waits for. */
  open(gate: string): void {
    mkdirSync(this.beside('gates'), { recursive: true });
    writeFileSync(join(this.beside('gates'), gate), '');
  }

  close(gate: string): void {
    rmSync(join(this.beside('gates'), gate), { force: true });
  }

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

  /** Reads the record. */
  query<Row>(sql: string, ...values: readonly unknown[]): readonly Row[] {
    const db = new Database(join(this.cache, 'state.db'), { readonly: true, fileMustExist: true });
    try {
      return db.prepare<unknown[], Row>(sql).all(...values);
    } finally {
      db.close();
    }
  }

  count(table: string): number {
    return this.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)[0]!.n;
  }

  /** Keys of all states, each with its stage, sorted. */
  stateKeys(): readonly string[] {
    return this.query<{ line: string }>(
      "SELECT n.text || ' ' || lower(hex(s.key)) AS line FROM state s JOIN name n ON n.id = s.stage ORDER BY line",
    ).map(({ line }) => line);
  }

  /** Digests of what the latest state of every node has put out, as `node.output digest`. */
  outputs(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.query<{ output: string; digest: string }>(
        `SELECT node.text || '.' || o.text AS output, lower(hex(a.digest)) AS digest
         FROM visit v JOIN name node ON node.id = v.node JOIN state_output so ON so.state = v.state
         JOIN name o ON o.id = so.name JOIN artifact a ON a.id = so.artifact ORDER BY v.run, output`,
      ).map(({ output, digest }) => [output, digest]),
    );
  }

  /** Outcomes of a run's visits by node, as recorded. */
  visits(run: number): Readonly<Record<string, VisitOutcome>> {
    return Object.fromEntries(
      this.query<{ node: string; outcome: VisitOutcome }>(
        'SELECT n.text AS node, o.name AS outcome FROM visit v JOIN name n ON n.id = v.node JOIN visit_outcome o ON o.id = v.outcome WHERE v.run = ? ORDER BY node',
        run,
      ).map(({ node, outcome }) => [node, outcome]),
    );
  }

  /** Files of the artifacts that lie in the object store and that some state has as an output. */
  objects(): readonly string[] {
    return this.query<{ digest: string }>(
      `SELECT DISTINCT lower(hex(a.digest)) AS digest FROM artifact a JOIN state_output o ON o.artifact = a.id
       WHERE a.place = 'object' ORDER BY digest`,
    ).map(({ digest }) => join(this.cache, 'objects', digest.slice(0, 2), digest.slice(2)));
  }

  /** What SQLite itself has to say against the record: nothing, if all is well. */
  complaints(): readonly unknown[] {
    return [
      ...this.query<{ integrity_check: string }>('PRAGMA integrity_check').filter((r) => r.integrity_check !== 'ok'),
      ...this.query('PRAGMA foreign_key_check'),
    ];
  }

  size(): number {
    return statSync(join(this.cache, 'state.db')).size;
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
    if (this.pid === 0) return;
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
      // What is waited for may be told by an event, or be a file that nobody tells of.
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
      if (!line.startsWith('{"type":')) continue;
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

/** Waits until something outside of this process is so; for what no event tells. */
export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

function outcomesOf(events: readonly RunEvent[]): Readonly<Record<string, VisitOutcome>> {
  const outcomes: Record<string, VisitOutcome> = {};
  for (const event of events) {
    if (event.type === 'node-hit') outcomes[event.node] = event.how;
    if (event.type === 'node-ran') outcomes[event.node] = 'ran';
    if (event.type === 'node-failed') outcomes[event.node] = 'failed';
    if (event.type === 'node-skipped') outcomes[event.node] = 'skipped';
  }
  return outcomes;
}

/** This process's environment without what vitest puts there. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const hidden = /^(VITEST|NODE_OPTIONS$|NODE_ENV$|LAB_|TEST$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !hidden.test(name)));
}
