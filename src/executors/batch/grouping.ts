/**
 * Which of the waiting tasks share a job. A batch system starts few jobs a second, so short tasks go together; a task
 * whose length nobody knows goes alone, and a few of its stage show how long the others take.
 */
import type { Task, TaskResources } from '../contract.ts';

export interface GroupingOptions {
  /** How long a job of short tasks should last, in seconds. */
  readonly unitSeconds: number;
  /** How many tasks of a stage of unknown length are under way at most. */
  readonly scouts: number;
  /** Among so many jobs short tasks are divided at least, as long as there are that many tasks. */
  readonly spread: number;
}

export interface WaitingTask {
  readonly task: Task;
  readonly resources: TaskResources;
}

export interface Grouped<W extends WaitingTask> {
  readonly units: readonly (readonly W[])[];
  /** Those that wait until the length of their stage is known, in their order. */
  readonly held: readonly W[];
}

/** The most tasks of one job: what a job that is lost takes with it, and what it writes into one directory. */
const MOST_TASKS = 500;

/**
 * @param secondsOf how long an execution of the stage takes, as far as is known
 * @param underWay how many tasks of the stage are under way
 */
export function unitsOf<W extends WaitingTask>(
  waiting: readonly W[],
  { unitSeconds, scouts, spread }: GroupingOptions,
  secondsOf: (stage: string) => number | undefined,
  underWay: (stage: string) => number,
): Grouped<W> {
  const units: W[][] = [];
  const held: W[] = [];
  const sent = new Map<string, number>();
  const alike = new Map<string, W[]>();
  for (const each of waiting) {
    const { stage } = each.task;
    const seconds = each.resources.seconds ?? secondsOf(stage);
    if (seconds !== undefined) {
      const kind = JSON.stringify([stage, each.resources.needs, each.resources.options, each.task.timeoutSeconds]);
      const group = alike.get(kind);
      if (group === undefined) alike.set(kind, [each]);
      else group.push(each);
      continue;
    }
    const count = sent.get(stage) ?? underWay(stage);
    if (count < scouts) units.push([each]);
    else held.push(each);
    sent.set(stage, count + 1);
  }
  for (const tasks of alike.values()) {
    const seconds = tasks[0]!.resources.seconds ?? secondsOf(tasks[0]!.task.stage)!;
    const fitting = Math.floor(unitSeconds / Math.max(seconds, unitSeconds / MOST_TASKS));
    const size = Math.max(1, Math.min(fitting, Math.ceil(tasks.length / spread)));
    for (let at = 0; at < tasks.length; at += size) units.push(tasks.slice(at, at + size));
  }
  return { units, held };
}
