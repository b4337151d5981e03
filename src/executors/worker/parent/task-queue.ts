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
  /** How many tasks wait for such a worker. */
  readonly count: number;
}

interface Entry {
  readonly task: Task;
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

  add(task: Task): void {
    const requirement = requirementOf(task);
    const key = keyOf(requirement);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { requirement, entries: new Fifo() };
      this.#groups.set(key, group);
    }
    group.entries.push({ task, order: this.#order++ });
  }

  /** Removes a task from any position. */
  remove(id: string): Task | undefined {
    for (const group of this.#groups.values()) {
      const found = group.entries.remove(({ task }) => task.id === id);
      if (found === undefined) continue;
      this.#dropIfEmpty(group);
      return found.task;
    }
    return undefined;
  }

  /** The kinds of worker that tasks wait for, the longest waiting first. */
  waiting(): readonly Waiting[] {
    const groups = [...this.#groups.values()];
    if (groups.length > 1) groups.sort((a, b) => a.entries.first!.order - b.entries.first!.order);
    return groups.map(({ requirement, entries }) => ({ requirement, count: entries.size }));
  }

  /** Removes and returns the first task that needs such a worker. */
  take(requirement: Requirement): Task | undefined {
    const group = this.#groups.get(keyOf(requirement));
    const taken = group?.entries.shift();
    if (group !== undefined) this.#dropIfEmpty(group);
    return taken?.task;
  }

  takeAll(): readonly Task[] {
    const entries = [...this.#groups.values()].flatMap((group) => group.entries.toArray());
    this.#groups.clear();
    return entries.sort((a, b) => a.order - b.order).map(({ task }) => task);
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
