/** Tasks that wait for a worker, in order of arrival, by the kind of worker that they need. */
import { localeSettings } from '../../../identity/compute/locale-environment.ts';
import type { Task } from '../../contract.ts';
import { Fifo } from '../../fifo.ts';

/** What a worker must have been started with. */
export interface Requirement {
  /** Ids of the devices that it sees, as the pool assigned them; empty for the CPU. */
  readonly devices: readonly string[];
  readonly backend: string | null;
  /** Time zone and locale, where they are not the fixed ones. */
  readonly locale: Readonly<Record<string, string>>;
  /** It must not have executed anything before. */
  readonly isUnused: boolean;
}

export function requirementOf({ devices, backend, env, isolate = false }: Task): Requirement {
  return { devices, backend, locale: localeSettings(env), isUnused: isolate };
}

export function sameLocale(some: Requirement['locale'], others: Requirement['locale']): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}

export interface Waiting {
  readonly requirement: Requirement;
  /** How many workers of that kind have something to do: tasks that go together need one. */
  readonly count: number;
}

interface Entry {
  /** One, or several that go together; never empty. */
  tasks: readonly Task[];
  readonly order: number;
}

interface Group {
  readonly requirement: Requirement;
  /** Never empty. */
  readonly entries: Fifo<Entry>;
}

export class TaskQueue {
  readonly #groups = new Map<string, Group>();
  #order = 0;

  /** @param tasks one, or several that go together, with one requirement */
  add(tasks: readonly Task[]): void {
    const requirement = requirementOf(tasks[0]!);
    const key = keyOf(requirement);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { requirement, entries: new Fifo() };
      this.#groups.set(key, group);
    }
    group.entries.push({ tasks, order: this.#order++ });
  }

  /** Removes a task from any position. */
  remove(id: string): Task | undefined {
    for (const group of this.#groups.values()) {
      const entry = group.entries.toArray().find(({ tasks }) => tasks.some((task) => task.id === id));
      if (entry === undefined) continue;
      const found = entry.tasks.find((task) => task.id === id);
      entry.tasks = entry.tasks.filter((task) => task !== found);
      if (entry.tasks.length === 0) {
        group.entries.remove((each) => each === entry);
        this.#dropIfEmpty(group);
      }
      return found;
    }
    return undefined;
  }

  /** The kinds of worker that tasks wait for, the longest waiting first. */
  waiting(): readonly Waiting[] {
    const groups = [...this.#groups.values()];
    if (groups.length > 1) groups.sort((a, b) => a.entries.first!.order - b.entries.first!.order);
    return groups.map(({ requirement, entries }) => ({ requirement, count: entries.size }));
  }

  /**
   * Removes and returns the first task that needs such a worker, with those that go together with it; none if none
   * does.
   */
  take(requirement: Requirement): readonly Task[] {
    const group = this.#groups.get(keyOf(requirement));
    const taken = group?.entries.shift();
    if (group !== undefined) this.#dropIfEmpty(group);
    return taken?.tasks ?? [];
  }

  takeAll(): readonly Task[] {
    const entries = [...this.#groups.values()].flatMap((group) => group.entries.toArray());
    this.#groups.clear();
    return entries.sort((a, b) => a.order - b.order).flatMap(({ tasks }) => tasks);
  }

  #dropIfEmpty({ requirement, entries }: Group): void {
    if (entries.size === 0) this.#groups.delete(keyOf(requirement));
  }
}

export function sameDevices(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((device, i) => device === others[i]);
}

function keyOf({ devices, backend, locale, isUnused }: Requirement): string {
  return `${devices.join()} ${backend ?? ''} ${JSON.stringify(locale)} ${isUnused}`;
}
