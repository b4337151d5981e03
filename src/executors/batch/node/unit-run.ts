/**
 * A unit on its host: executes the tasks one after another, each as a worker of the machine where restage runs would.
 * It knows nothing of the record, and asks the batch system nothing.
 */
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { markOnce } from '../../../store/files/shared-file.ts';
import { ObjectStore } from '../../../store/objects/object-store.ts';
import type { DeviceProbe } from '../../../identity/compute/devices.ts';
import { cancelled, endedWithout, failure } from '../../attempt/failure.ts';
import type { Failure } from '../../../events.ts';
import type { Executor, ExecutorEvent, Task } from '../../contract.ts';
import { WorkerExecutor } from '../../worker/worker-executor.ts';
import type { LastEvent, UnitManifest } from '../units/unit.ts';
import type { UnitDirectory } from '../units/unit-directory.ts';
import { JobCompute } from './job-compute.ts';
import { UnitReports } from './unit-reports.ts';

/** How often a job looks whether a task of it was cancelled. */
const LOOK_MS = 1000;
/**
 * A system that ends a job tells all of its processes at once: a worker may have died of that before this process
 * knows.
 */
const SIGNAL_MS = 500;

/** What a unit is executed with. */
export interface UnitParts {
  /** Of this host; default: asks its drivers. */
  readonly probe?: DeviceProbe;
  /** Default: one worker process. */
  readonly open?: (onEvent: (event: ExecutorEvent) => void) => Executor;
}

/** One execution of a unit. It ends once all of its tasks have, or once the task under way has after `end`. */
export class UnitRun {
  readonly #directory: UnitDirectory;
  readonly #manifest: UnitManifest;
  readonly #objects: ObjectStore;
  readonly #executor: Executor;
  readonly #compute: JobCompute;
  #onEvent: (event: ExecutorEvent) => void = () => undefined;
  /**
   * Why the job ends before its tasks do. `time`: its own is up, so that the task fails by its timeout. `room`: its
   * host is needed for something else; the task has no result then, and another job executes it.
   */
  #ending: 'time' | 'room' | undefined;
  #stop: () => void = () => undefined;
  /**
   * What the last task has made is on its way to the disk, and its result follows. The next one may execute meanwhile.
   */
  #keeping: Promise<void> = Promise.resolve();

  constructor(directory: UnitDirectory, manifest: UnitManifest, { probe, open }: UnitParts = {}) {
    this.#directory = directory;
    this.#manifest = manifest;
    const { cacheDirectory, projectRoot, gracefulMs } = manifest;
    this.#objects = new ObjectStore(cacheDirectory);
    this.#compute = new JobCompute(projectRoot, process.env, probe);
    const onEvent = (event: ExecutorEvent): void => this.#onEvent(event);
    const grace = gracefulMs === null ? {} : { gracefulMs };
    this.#executor =
      open?.(onEvent) ?? new WorkerExecutor({ ...{ cacheDirectory, projectRoot, workers: 1, onEvent }, ...grace });
  }

  async run(): Promise<void> {
    try {
      for (const [index, task] of this.#manifest.tasks.entries()) {
        if (this.#ending !== undefined) break;
        const names = this.#directory.names();
        if (names.has('withdrawn')) break;
        if (names.has(`${index}.cancelled`))
          new UnitReports(this.#directory, index).end(endedWithout(task, cancelled(task), Date.now()));
        else if (this.#begin(index)) await this.#execute(index, task);
      }
      await this.#keeping;
    } finally {
      await this.#executor.close();
    }
    if (this.#ending === 'room') this.#directory.mark('vacated');
  }

  end(why: 'time' | 'room'): void {
    this.#ending ??= why;
    this.#stop();
  }

  /** False if the job has been started twice and the other one has begun this task: then it is that one's. */
  #begin(index: number): boolean {
    return markOnce(this.#directory.begun(index), Buffer.from(`${hostname()} ${process.pid}\n`));
  }

  async #execute(index: number, task: Task): Promise<void> {
    const reports = new UnitReports(this.#directory, index);
    const fitting = await this.#compute.fit(task);
    if (fitting.type === 'refused') {
      // What was asked for devices may have died of the same signal.
      await sleep(SIGNAL_MS);
      if (this.#ending === 'room') reports.leave();
      else reports.end(fitting.end);
      return;
    }
    const isCancelled = (): boolean => this.#directory.names().has(`${index}.cancelled`);
    const last = await new Promise<LastEvent>((resolve) => {
      this.#stop = () => this.#executor.cancel(task.id);
      const looking = setInterval(() => {
        if (isCancelled()) this.#stop();
      }, LOOK_MS);
      this.#onEvent = (event) => {
        if (event.type === 'succeeded' || event.type === 'failed') {
          clearInterval(looking);
          resolve(event);
        } else if (event.type === 'started') reports.add({ ...event, worker: `${hostname()}/${event.worker}` });
        else if (event.type !== 'submitted' && event.type !== 'observed' && event.type !== 'gone') reports.add(event);
      };
      this.#executor.submit({ ...task, devices: fitting.devices });
      // It was told to end while its host was looked at.
      if (this.#ending !== undefined) this.#stop();
    });
    if (last.type === 'failed' && last.failure.class === 'crash') await sleep(SIGNAL_MS);
    if (last.type === 'succeeded') {
      const before = this.#keeping;
      this.#keeping = this.#keep(last).then(() => void reports.end(last));
      // Who waits for it hears of its failure.
      this.#keeping.catch(() => undefined);
      await before;
    } else if (this.#ending === undefined || isCancelled()) reports.end(last);
    else if (this.#ending === 'time') reports.end({ ...last, failure: outOfTime(task) });
    else reports.leave();
  }

  /** Its outputs are on the disk before its result names them. */
  async #keep({ outputs }: LastEvent & { readonly type: 'succeeded' }): Promise<void> {
    await this.#objects.sync(outputs.flatMap(({ digest, inline }) => (inline === null ? [digest] : [])));
  }
}

function outOfTime({ node }: Task): Failure {
  return failure(
    'timeout',
    `Node ${node} was stopped because the time of its job is up; give it more with timeoutSeconds.`,
  );
}
