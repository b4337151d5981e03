/**
 * One worker process as its parent sees it: starting it, giving it a task or several that go together, stopping it, and
 * explaining its death.
 *
 *     starting -> idle <-> busy
 *         \________\________\____-> stopping -> dead
 *
 * Only the process's exit is a death. A channel that cannot be written to, or a silent worker, is not.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { LONGEST_FRAME } from '../../../core/diagnostics/limits.ts';
import { unreachable } from '../../../errors.ts';
import type { Failure } from '../../../events.ts';
import type { ExecutorEvent, Task } from '../../contract.ts';
import { type AwakeTimer, awakeTimeout } from '../../awake-timer.ts';
import { OWN_ARGUMENTS, ownEntry } from '../../../own-process.ts';
import { crashOf, type Death, deathOf, endedWithAnother, misspokenFailure, startFailureOf } from './death.ts';
import { type AbortClass, abortSentence, failure } from '../../attempt/failure.ts';
import { LineSplitter } from '../line-splitter.ts';
import { outOfMemoryKills } from '../memory.ts';
import { FrameReader, frameOf } from '../../frames.ts';
import { type FromWorker, type GivenTask, HEARTBEAT_MS, PIPES, type ToWorker } from '../protocol.ts';
import { parseMessage } from './parse-message.ts';
import { beginningOfParty, endOfParty } from './party-notes.ts';
import { type RunningTask, RunningTasks } from './running-tasks.ts';
import { type Requirement, sameDevices, sameLocale } from './task-queue.ts';
import { withLocale } from '../../../identity/compute/locale-environment.ts';
import { workerEnvironment } from '../../../identity/compute/worker-environment.ts';

type State = 'starting' | 'idle' | 'busy' | 'stopping' | 'dead';

interface WorkerOptions {
  readonly name: string;
  readonly cacheDirectory: string;
  readonly projectRoot: string;
  /**
   * What it is started with. Its devices, time zone and locale are fixed; its backend is that of its first task that
   * has one.
   */
  readonly requirement: Requirement;
  readonly env: NodeJS.ProcessEnv;
  readonly gracefulMs: number;
  readonly startTimeoutMs: number;
  readonly clock: () => number;
  readonly onEvent: (event: ExecutorEvent) => void;
  /** Called when the worker can take a task, or will never take one again. */
  readonly onChange: (worker: WorkerProcess) => void;
}

export class WorkerProcess {
  readonly requirement: Requirement;
  readonly dead: Promise<void>;
  readonly #options: WorkerOptions;
  readonly #child: ChildProcess;
  readonly #lines: readonly [stdout: LineSplitter, stderr: LineSplitter];
  readonly #errors: string[] = [];
  #state: State = 'starting';
  #backend: string | null = null;
  #running: RunningTasks | undefined;
  /** The node that did not obey when it was told to stop, so that the process is ended. */
  #disobedient: string | undefined;
  #isUnused = true;
  #retiring = false;
  /** What was wrong with a message of the worker. */
  #misspoken: string | undefined;
  #startFailure: Failure | undefined;
  #startTimer: AwakeTimer | undefined;
  #killTimer: AwakeTimer | undefined;
  #silence: NodeJS.Timeout | undefined;
  #lastBeat = 0;
  #memoryKills: number | undefined;
  #memoryLookedAt = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.requirement = options.requirement;
    const words = [...OWN_ARGUMENTS, ENTRY, options.cacheDirectory, String(process.pid), options.projectRoot];
    const { devices, locale } = options.requirement;
    this.#child = spawn(process.execPath, words, {
      // A relative path means the same from wherever the run was started.
      cwd: options.projectRoot,
      env: { ...withLocale(options.env, locale), ...workerEnvironment(devices) },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    this.#lines = [
      new LineSplitter((line) => this.#log('stdout', line)),
      new LineSplitter((line) => {
        this.#errors.push(line);
        if (this.#errors.length > KEPT_ERROR_LINES) this.#errors.shift();
        this.#log('stderr', line);
      }),
    ];
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#lines[0].write(chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#lines[1].write(chunk));
    this.#listen();
    this.#startTimer = awakeTimeout(() => this.#child.kill('SIGKILL'), options.startTimeoutMs);
    this.dead = deathOf(this.#child).then((death) => this.#die(death));
  }

  get state(): State {
    return this.#state;
  }

  get startFailure(): Failure | undefined {
    return this.#startFailure;
  }

  /** The ids of the tasks that it executes. */
  get tasks(): readonly string[] {
    return this.#running?.goingOn.map(({ task }) => task.id) ?? [];
  }

  /** How well it fits: 0 does not fit; higher is better. */
  fitness({ devices, backend, locale, isUnused }: Requirement): number {
    if (this.#state !== 'idle' || (isUnused && !this.#isUnused)) return 0;
    if (!sameDevices(devices, this.requirement.devices) || !sameLocale(locale, this.requirement.locale)) return 0;
    if (this.#backend === backend) return 2;
    return this.#backend === null || backend === null ? 1 : 0;
  }

  /** @param tasks one, or several that go together, whose requirements are the same */
  run(tasks: readonly Task[]): void {
    if (this.#state !== 'idle') throw new Error(`internal error: a task was given to a worker that is ${this.#state}`);
    this.#state = 'busy';
    this.#isUnused = false;
    for (const { isolate, backend, secrets } of tasks) {
      this.#retiring ||= isolate === true;
      this.#backend ??= backend;
      // Kept for all later tasks: a process may print late what it learned.
      if (secrets !== undefined)
        for (const lines of this.#lines) lines.hide(secrets.values.map(([, value]) => value.reveal()));
    }
    const { clock, onEvent, name } = this.#options;
    const startedAt = clock();
    this.#running = new RunningTasks(tasks, startedAt, (task) => this.abort(task, 'timeout'));
    this.#listenForSilence();
    this.#lookAtMemory();
    // Before anybody hears of it, who may cancel it.
    this.#send({ type: 'run', tasks: tasks.map(inTheClear) });
    for (const task of tasks) {
      onEvent({ type: 'started', task: task.id, worker: name, pid: this.#child.pid ?? 0, at: startedAt });
      if (tasks.length > 1) onEvent(beginningOfParty(task, tasks, startedAt));
    }
  }

  /** Asks the task's stage to stop and then forces it: abort, SIGTERM, SIGKILL, with a grace period before each. */
  abort(task: string, failureClass: AbortClass): void {
    const running = this.#running?.get(task);
    if (running === undefined || running.aborted !== undefined) return;
    running.aborted = failureClass;
    this.#send({ type: 'abort', task, class: failureClass });
    running.grace = awakeTimeout(() => {
      this.#disobedient ??= running.task.node;
      this.#kill();
    }, this.#options.gracefulMs);
  }

  /** Ends the process, which has no task. */
  stop(): void {
    if (this.#state === 'stopping' || this.#state === 'dead') return;
    const wasStarting = this.#state === 'starting';
    this.#state = 'stopping';
    this.#startTimer?.clear();
    this.#send({ type: 'stop' });
    if (wasStarting) this.#child.kill('SIGKILL');
    else this.#killTimer = awakeTimeout(() => this.#kill(), this.#options.gracefulMs);
  }

  #kill(): void {
    // Even if the stage still answers, the process is ending.
    this.#retiring = true;
    this.#killTimer?.clear();
    this.#child.kill('SIGTERM');
    this.#killTimer = awakeTimeout(() => this.#child.kill('SIGKILL'), this.#options.gracefulMs);
  }

  #listen(): void {
    const reader = new FrameReader(LONGEST_FRAME);
    const pipe = this.#pipe(PIPES.fromWorker) as Readable | undefined;
    pipe?.on('data', (piece: Buffer) => {
      for (const message of this.#messagesIn(piece, reader)) this.#receive(message);
    });
    // A pipe that fails means that the process is dying. Its exit, which has the code and the signal, decides.
    for (const each of [pipe, this.#tasks]) each?.on('error', () => undefined);
  }

  /** A wrong message ends the worker and fails its task alone; nothing after it is read. */
  *#messagesIn(piece: Buffer, reader: FrameReader): Generator<FromWorker> {
    if (this.#misspoken !== undefined) return;
    try {
      for (const message of reader.add(piece)) yield parseMessage(message);
    } catch (error) {
      this.#misspoken = (error as Error).message;
      this.#child.kill('SIGKILL');
    }
  }

  get #tasks(): Writable | undefined {
    return this.#pipe(PIPES.toWorker) as Writable | undefined;
  }

  /** Undefined where the process could not be started, for too many open files. */
  #pipe(descriptor: number): Readable | Writable | undefined {
    return (this.#child.stdio as ChildProcess['stdio'] | undefined)?.[descriptor] ?? undefined;
  }

  #send(message: ToWorker): void {
    if (this.#tasks?.writable === true) this.#tasks.write(frameOf(message));
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        if (this.#state !== 'starting') return;
        this.#startTimer?.clear();
        this.#state = 'idle';
        this.#options.onChange(this);
        return;
      case 'heartbeat':
        if (this.#running === undefined) return;
        this.#running.measured(message.cpuSeconds, message.peakBytes);
        this.#lookAtMemory();
        this.#lastBeat = performance.now();
        this.#silence?.refresh();
        return;
      case 'event':
        if (this.#running?.get(message.event.task) !== undefined) this.#options.onEvent(message.event);
        return;
      case 'ended': {
        if (this.#running?.get(message.task) === undefined) return;
        const { outcome, usage } = message;
        this.#retiring ||= !message.reusable;
        this.#end(
          outcome.type === 'succeeded'
            ? { ...outcome, task: message.task, usage }
            : { ...outcome, task: message.task, usage },
        );
        return;
      }
      case 'retire':
        this.#retiring = true;
        if (this.#state === 'idle') this.stop();
        return;
      default:
        unreachable(message);
    }
  }

  /** Emits the last event of a running task; after the last of them the worker takes another one, or is stopped. */
  #end(event: Extract<ExecutorEvent, { readonly type: 'succeeded' | 'failed' }>): void {
    for (const lines of this.#lines) lines.flush();
    const running = this.#running!;
    const ended = running.end(event);
    if (running.goingOn.length === 0) {
      this.#killTimer?.clear();
      clearTimeout(this.#silence);
      this.#running = undefined;
      if (this.#state === 'busy') {
        this.#state = 'idle';
        if (this.#retiring) this.stop();
      }
    }
    if (running.isParty) this.#options.onEvent(endOfParty(ended));
    this.#options.onEvent(ended);
    if (this.#state === 'idle') this.#options.onChange(this);
  }

  #die(death: Death): void {
    this.#startTimer?.clear();
    this.#killTimer?.clear();
    for (const lines of this.#lines) lines.flush();
    const error =
      this.#misspoken === undefined
        ? death.error
        : new Error(`it sent something that is not a message (${this.#misspoken})`);
    if (this.#state === 'starting') this.#startFailure = startFailureOf({ ...death, error }, this.#errors);
    this.#state = 'dead';
    const usage = this.#running?.usage(this.#options.clock());
    for (const running of this.#running?.goingOn ?? [])
      this.#end({
        type: 'failed',
        task: running.task.id,
        failure: this.#failureOf(death, running),
        usage: usage!,
      });
    this.#options.onChange(this);
  }

  #failureOf(death: Death, { task, aborted }: RunningTask): Failure {
    if (this.#misspoken !== undefined) return misspokenFailure(this.#misspoken, task, death);
    if (aborted === undefined)
      return this.#disobedient === undefined
        ? crashOf(death, task, this.#errors, this.#memoryKills)
        : endedWithAnother(this.#disobedient, task, death);
    const sentence = `${abortSentence(aborted, task).slice(0, -1)}; it ignored the request to stop, and its worker process was ended.`;
    return { ...failure(aborted, sentence), exitCode: death.exitCode, signal: death.signal };
  }

  #log(stream: 'stdout' | 'stderr', text: string): void {
    for (const { task } of this.#running?.goingOn ?? [])
      this.#options.onEvent({ type: 'log', task: task.id, at: this.#options.clock(), stream, text });
  }

  /** Notes how many processes the kernel has killed for memory so far, so that a later SIGKILL can be explained. */
  #lookAtMemory(): void {
    const now = performance.now();
    if (this.#memoryKills !== undefined && now - this.#memoryLookedAt < HEARTBEAT_MS) return;
    this.#memoryLookedAt = now;
    this.#memoryKills = outOfMemoryKills();
  }

  #listenForSilence(): void {
    // Not a timer for patience: one is begun for every attempt, and this costs less.
    this.#lastBeat = performance.now();
    this.#silence = setTimeout(() => {
      // This process was stopped, and finds its timers due.
      if (performance.now() - this.#lastBeat > (SILENT_BEATS + 5) * HEARTBEAT_MS) return;
      const seconds = (SILENT_BEATS * HEARTBEAT_MS) / 1000;
      const text = `[restage] ${this.#options.name} has sent no heartbeat for ${seconds} s; it may be computing without a pause.`;
      this.#log('stderr', text);
    }, SILENT_BEATS * HEARTBEAT_MS).unref();
  }
}

function inTheClear({ secrets, ...task }: Task): GivenTask {
  if (secrets === undefined) return { task };
  const values = secrets.values.map(([source, value]) => [source, value.reveal()] as const);
  return { task, secrets: { values, env: secrets.env } };
}

/** After this many silent heartbeats, a log line says so. */
const SILENT_BEATS = 60;
const KEPT_ERROR_LINES = 40;

const ENTRY = ownEntry('../child/worker', import.meta.url);
