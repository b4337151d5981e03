/**
 * Entry of a worker process: `node worker.js <cache directory> <parent's pid> <project's root>`. It takes one task at a
 * time, or several that go together, from its parent's pipe, and answers with events and an end for each. It never
 * outlives its parent, and leaves signals from the terminal to the parent.
 */
import { Worker } from 'node:worker_threads';
import { keepCompiledCode } from '../../../compiled-code.ts';
import type { ComputeBackend } from '../../../core/authoring/stage.ts';
import { SecretValue } from '../../../core/secret/secret-value.ts';
import { DeviceError } from '../../../errors.ts';
import { ObjectStore } from '../../../store/objects/object-store.ts';
import type { Task } from '../../contract.ts';
import { Attempt } from '../../attempt/attempt.ts';
import type { AttemptHost } from '../../attempt/attempt-host.ts';
import { currentRun } from '../../attempt/current-run.ts';
import { WorkerIsolation } from '../../attempt/isolation.ts';
import { installObservers } from '../../attempt/observed/install.ts';
import { giveOwners } from '../../attempt/ownership.ts';
import { guardProcess } from '../../attempt/process-guard.ts';
import { LineSplitter } from '../line-splitter.ts';
import { PeakMemory } from '../memory.ts';
import type { LogStream } from '../../attempt/outcome.ts';
import { StageRun } from '../../attempt/stage-run.ts';
import { type GivenTask, HEARTBEAT_MS, type ToWorker } from '../protocol.ts';
import { hasItsPipes, listenToParent, sendToParent } from './parent-pipe.ts';

// The terminal sends these to the whole process group; the parent decides about the work.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.setSourceMapsEnabled(true);
keepCompiledCode();

/** Taken before the observers are in place: restage's own questions are not the stage's. */
const clock = Date.now;
const [, , cacheDirectory, parent, projectRoot] = process.argv;
if (cacheDirectory === undefined || parent === undefined || projectRoot === undefined)
  throw new Error('internal error: this file is the entry of a worker process, which only restage starts');

const observed = { projectRoot, cacheDirectory };
installObservers();
giveOwners(() => currentRun.getStore()?.belongings);
guardProcess(() => currentRun.getStore(), true);

const store = new ObjectStore(cacheDirectory);
const memory = new PeakMemory();
/** The attempts that have not ended, by task. */
let running: { readonly run: StageRun; readonly attempts: Map<string, Attempt> } | undefined;
const isolation = new WorkerIsolation(() => (reusable = false));
let cpuAtStart = process.cpuUsage();
let reusable = true;
let backend: { readonly name: string; readonly opened: Promise<ComputeBackend> } | undefined;

async function openBackend(name: string, computes: Task['computes']): Promise<ComputeBackend> {
  backend ??= {
    name,
    opened: import('../../../ml/backends/backends.ts').then((it) => it.openBackend(name, projectRoot, deviceFailed)),
  };
  // A backend that failed to start may leave a state behind that no other attempt should inherit.
  backend.opened.catch(() => (reusable = false));
  if (backend.name !== name)
    throw new Error(`internal error: a worker with backend ${backend.name} was given a task for ${name}`);
  const opened = await backend.opened;
  if (computes !== undefined) {
    const { checkOpened } = await import('../../../identity/compute/opened-backend.ts');
    checkOpened(opened, computes);
  }
  return opened;
}

let isDeviceLost = false;

/** Whatever else was computed on the device is lost as well, so that no other attempt may count on it. */
function deviceFailed(error: DeviceError): void {
  reusable = false;
  isDeviceLost = true;
  if (running === undefined) sendToParent({ type: 'retire' });
  else running.run.fail(error);
}

function opened({ values, env }: NonNullable<GivenTask['secrets']>) {
  return { env, values: values.map(([source, value]) => [source, new SecretValue(value)] as const) };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage(cpuAtStart);
  return (user + system) / 1e6;
}

const host: AttemptHost = {
  store,
  clock,
  emit: (event) => sendToParent({ type: 'event', event }),
  openBackend,
  isolation,
  observed,
  flush: () => {
    for (const lines of captured) lines.flush();
  },
};

function taskOf({ task, secrets }: GivenTask): Task {
  if (secrets === undefined) return task;
  for (const lines of captured) lines.hide(secrets.values.map(([, value]) => value));
  return { ...task, secrets: opened(secrets) };
}

async function run(given: readonly GivenTask[]): Promise<void> {
  const tasks = given.map(taskOf);
  memory.reset();
  cpuAtStart = process.cpuUsage();
  const startedAt = clock();
  const stageRun = new StageRun(tasks, host);
  const attempts = new Map(tasks.map((task) => [task.id, new Attempt(task, host, stageRun)]));
  running = { run: stageRun, attempts: new Map(attempts) };
  // It was on its way when the device failed between two attempts.
  if (isDeviceLost) stageRun.fail(new DeviceError('lost', 'The GPU was lost before the stage computed on it.'));
  await Promise.all([...attempts].map(([task, attempt]) => report(task, attempt, startedAt, tasks.length > 1)));
}

/** Tells the parent of the attempt's end. What the process used is the attempt's if it is the only one. */
async function report(task: string, attempt: Attempt, startedAt: number, isOfParty: boolean): Promise<void> {
  const outcome = await attempt.outcome;
  running?.attempts.delete(task);
  if (running?.attempts.size === 0) running = undefined;
  // Without its pipes it can neither report nor be given anything.
  if (!hasItsPipes()) process.exit(1);
  reusable &&= attempt.hasReturned;
  const used = isOfParty
    ? { cpuSeconds: null, peakBytes: null }
    : { cpuSeconds: cpuSeconds(), peakBytes: memory.bytes() };
  sendToParent({ type: 'ended', task, outcome, usage: { startedAt, endedAt: clock(), ...used }, reusable });
}

const take = (message: ToWorker): void => {
  switch (message.type) {
    case 'run':
      void run(message.tasks);
      break;
    case 'abort':
      running?.attempts.get(message.task)?.abort(message.class);
      break;
    case 'stop':
      process.exit(0);
  }
};

// An uncaught exception is reported to the stage that it comes from, which may have ended long ago.
const uncaught = (error: unknown): void => {
  reusable = false;
  (currentRun.getStore() ?? running?.run)?.fail(error);
  if (running === undefined) sendToParent({ type: 'retire' });
};
process.on('uncaughtException', uncaught);
process.on('unhandledRejection', uncaught);

/** Calls them all in the next tick. A tick for each would take 150 MB for a loop that prints a million lines. */
const toCall: (() => void)[] = [];
function callLater(callback: () => void): void {
  if (toCall.push(callback) > 1) return;
  process.nextTick(() => {
    for (const each of toCall.splice(0)) each();
  });
}

/** Sends the output of a standard stream to the attempt's log, in order with its other events. */
function capture(stream: NodeJS.WriteStream, name: LogStream): LineSplitter {
  const lines = new LineSplitter((line) => running?.run.log(name, line));
  const write = (chunk: Uint8Array | string, encoding?: unknown, done?: unknown): boolean => {
    // What a stage writes after its end must not be in the log of another node.
    const isLate = currentRun.getStore()?.belongings.released === true;
    if (!isLate) lines.write(typeof chunk === 'string' ? chunk : Buffer.from(chunk));
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') callLater(callback as () => void);
    return true;
  };
  stream.write = write;
  return lines;
}
const captured = [capture(process.stdout, 'stdout'), capture(process.stderr, 'stderr')];

setInterval(() => {
  if (running !== undefined) sendToParent({ type: 'heartbeat', cpuSeconds: cpuSeconds(), peakBytes: memory.bytes() });
}, HEARTBEAT_MS).unref();

listenToParent(take, () => process.exit(1));
sendToParent({ type: 'ready' });

// A stage that computes without a pause does not notice the end of the pipe. A separate thread still sees that the
// parent died.
new Worker(
  `const check = () => { if (process.ppid !== ${Number(parent)}) process.kill(process.pid, 'SIGKILL'); };
   check();
   setInterval(check, 1000);`,
  { eval: true, execArgv: [], env: {}, resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 } },
).unref();
