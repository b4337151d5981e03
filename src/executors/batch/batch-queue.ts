/**
 * The tasks that wait for a job of their own or a shared one, and what was learned about their stages and states
 * meanwhile.
 */
import type { CacheKey, Digest } from '../../core/identity/digest.ts';
import type { ExecutorEvent, Task, TaskResources } from '../contract.ts';
import type { JobNeeds, JobOptions } from './contract.ts';
import { type GroupingOptions, unitsOf, type WaitingTask } from './grouping.ts';

/** The tasks of a job that is to be submitted, and what it asks for. */
export interface PlannedUnit {
  readonly tasks: readonly Task[];
  /** How long each of them may take, in seconds; null: without a limit of its own. */
  readonly timeouts: readonly (number | null)[];
  readonly needs: JobNeeds;
  readonly options: JobOptions;
  readonly avoid: readonly string[];
}

/** A host that stops a task needs time for it, and a job has to start before its first task. */
const MARGIN_SECONDS = 120;
/** What a job's own process takes. */
const OWN_MIB = 100;
/** So often a task goes into another job because its job was lost before it began it. */
const MOST_MOVES = 3;

/** A system may say that it does not know. */
const HOST = /^[\w.-]+$/;

type Failed = Pick<ExecutorEvent & { readonly type: 'failed' }, 'failure' | 'ofHost'>;

interface Hosts {
  readonly lost: string | null;
  readonly was: string | null;
}

interface Lesson {
  memory: number;
  time: number;
  readonly avoid: Set<string>;
}

export class BatchQueue {
  readonly #options: GroupingOptions;
  #waiting = new Map<string, WaitingTask>();
  /** Units that go next, each with those of its tasks that are still wanted. */
  readonly #planned: WaitingTask[][] = [];
  readonly #unitOf = new Map<string, WaitingTask[]>();
  /** By stage: how long its executions took in this run. */
  readonly #seconds = new Map<string, { sum: number; count: number }>();
  readonly #underWay = new Map<string, number>();
  /** By task: how often it was moved to another job. */
  readonly #moves = new Map<string, number>();
  /** By key: what an attempt that failed has taught. */
  readonly #lessons = new Map<CacheKey, Lesson>();
  /** By what keys name: the hosts that compute with something else. */
  readonly #unfit = new Map<Digest, Set<string>>();

  constructor(options: GroupingOptions) {
    this.#options = options;
  }

  /** Whether tasks wait that no unit has. */
  get hasWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  add(task: Task): void {
    this.#waiting.set(task.id, { task, resources: task.resources ?? UNKNOWN });
  }

  /**
   * Puts a task back whose job did not begin it. False if that has happened too often: something is wrong with all
   * jobs.
   */
  move(task: Task): boolean {
    const moves = this.#moves.get(task.id) ?? 0;
    if (moves === MOST_MOVES) return false;
    this.#moves.set(task.id, moves + 1);
    this.end(task, undefined);
    this.add(task);
    return true;
  }

  /** Undefined for a task that does not wait. */
  remove(id: string): Task | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) {
      this.#waiting.delete(id);
      return waiting.task;
    }
    const unit = this.#unitOf.get(id);
    if (unit === undefined) return undefined;
    this.#unitOf.delete(id);
    const at = unit.findIndex(({ task }) => task.id === id);
    const [{ task }] = unit.splice(at, 1) as [WaitingTask];
    this.end(task, undefined);
    return task;
  }

  takeAll(): readonly Task[] {
    return [...this.#waiting.keys(), ...this.#unitOf.keys()].map((id) => this.remove(id)!);
  }

  /** Divides what waits among units, as far as that can be decided now. Its tasks count as under way. */
  plan(): void {
    const { units, held } = unitsOf(
      [...this.#waiting.values()],
      this.#options,
      (stage) => {
        const known = this.#seconds.get(stage);
        return known && known.sum / known.count;
      },
      (stage) => this.#underWay.get(stage) ?? 0,
    );
    this.#waiting = new Map(held.map((each) => [each.task.id, each]));
    for (const tasks of units) {
      const unit = [...tasks];
      this.#planned.push(unit);
      for (const { task } of unit) {
        this.begin(task);
        this.#unitOf.set(task.id, unit);
      }
    }
  }

  /** The unit that goes next; undefined if none is planned. */
  next(): PlannedUnit | undefined {
    for (let unit = this.#planned.shift(); unit !== undefined; unit = this.#planned.shift()) {
      for (const { task } of unit) this.#unitOf.delete(task.id);
      // All of its tasks may have been removed.
      if (unit.length > 0) return this.#unit(unit);
    }
    return undefined;
  }

  /** The task is under way: it was taken, or an earlier run has submitted it. */
  begin({ stage }: Task): void {
    this.#underWay.set(stage, (this.#underWay.get(stage) ?? 0) + 1);
  }

  /** @param seconds how long it took; undefined if it did not come to its end */
  end({ stage }: Task, seconds: number | undefined): void {
    this.#underWay.set(stage, (this.#underWay.get(stage) ?? 1) - 1);
    if (seconds === undefined) return;
    const known = this.#seconds.get(stage) ?? { sum: 0, count: 0 };
    this.#seconds.set(stage, { sum: known.sum + seconds, count: known.count + 1 });
  }

  /**
   * Another attempt at this state gets what this one lacked.
   * @param hosts by the system's names: the one with which the attempt was lost, and the one that it was on; null if
   * there is none, or nobody has said
   */
  learn(task: Task, { failure, ofHost }: Failed, hosts: Hosts): void {
    const { cacheKey } = task;
    const failed = failure.class;
    if (ofHost !== undefined) this.#avoid(task, [hosts.was, ofHost]);
    const lesson = this.#lessons.get(cacheKey) ?? { memory: 1, time: 1, avoid: new Set<string>() };
    this.#lessons.set(cacheKey, lesson);
    if (failed === 'oom') lesson.memory *= 2;
    else if (failed === 'timeout') lesson.time *= 2;
    else if (failed === 'lost' && hosts.lost !== null) lesson.avoid.add(hosts.lost);
  }

  /**
   * The host computes with something else than the task's key names, so that no task with such a key goes there.
   * @param names what the host is called, the best one first
   */
  #avoid({ computes }: Task, names: readonly (string | null)[]): void {
    const host = names.find((name): name is string => name !== null && HOST.test(name));
    if (computes === undefined || host === undefined) return;
    const hosts = this.#unfit.get(computes.digest) ?? new Set();
    this.#unfit.set(computes.digest, hosts.add(host));
  }

  #unit(unit: readonly WaitingTask[]): PlannedUnit {
    const { needs, options } = unit[0]!.resources;
    const lessons = unit.flatMap(({ task }) => this.#lessons.get(task.cacheKey) ?? []);
    const unfit = unit.flatMap(({ task: { computes } }) =>
      computes === undefined ? [] : [...(this.#unfit.get(computes.digest) ?? [])],
    );
    const memory = Math.max(1, ...lessons.map((lesson) => lesson.memory));
    const timeouts = unit.map(({ task }) => this.#timeoutOf(task));
    // They execute one after another.
    const seconds = timeouts.reduce<number>((sum, each) => sum + (each ?? Number.POSITIVE_INFINITY), MARGIN_SECONDS);
    return {
      tasks: unit.map(({ task }) => task),
      timeouts,
      needs: {
        cpus: Math.max(1, Math.ceil(needs.cpus)),
        memoryMiB: needs.memoryMiB === null ? null : Math.ceil(needs.memoryMiB * memory + OWN_MIB),
        gpus: needs.gpus,
        seconds: Number.isFinite(seconds) ? Math.ceil(seconds) : null,
      },
      options,
      avoid: [...new Set([...lessons.flatMap(({ avoid }) => [...avoid]), ...unfit])].sort(),
    };
  }

  /** Twice the time for each attempt at the task's state that ran out of it: others of its job need no more. */
  #timeoutOf({ cacheKey, timeoutSeconds }: Task): number | null {
    return timeoutSeconds === null ? null : timeoutSeconds * (this.#lessons.get(cacheKey)?.time ?? 1);
  }
}

const UNKNOWN: TaskResources = { needs: { cpus: 1, memoryMiB: null, gpus: 0 }, seconds: null, options: {} };
